"""Parts that all recipes share: exact resume, moving averages, seeds, several processes, optimiser steps, records."""

from modiste.lab.training.ranks import Group, gather
from modiste.lab.training.recipe import (
    MeanLosses,
    batches,
    check_sizes,
    check_split,
    check_unseen,
    keep_memory,
    pick_device,
    record,
    set_rates,
    setup,
    update,
)
from modiste.lab.training.run import Average, Run

__all__ = [
    "Average",
    "Group",
    "MeanLosses",
    "Run",
    "batches",
    "check_sizes",
    "check_split",
    "check_unseen",
    "gather",
    "keep_memory",
    "pick_device",
    "record",
    "set_rates",
    "setup",
    "update",
]

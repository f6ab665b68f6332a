"""Parts that all recipes share: exact resume, moving averages, seeds, several processes, optimiser steps, records."""

from modiste.lab.training.ranks import Group, gather
from modiste.lab.training.recipe import (
    MeanLosses,
    batches,
    check_contrastive,
    check_unseen,
    keep_memory,
    learning_rate,
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
    "check_contrastive",
    "check_unseen",
    "gather",
    "keep_memory",
    "learning_rate",
    "pick_device",
    "record",
    "set_rates",
    "setup",
    "update",
]

"""What every recipe shares: exact resume, moving averages, seeds, several processes, optimiser steps, records."""

from modiste.lab.training.device import pick_device
from modiste.lab.training.ema import Average
from modiste.lab.training.memory import keep_memory
from modiste.lab.training.ranks import Group, gather
from modiste.lab.training.recipe import MeanLosses, check_unseen, record, set_rates, setup, update
from modiste.lab.training.run import Run
from modiste.lab.training.schedule import batches, learning_rate

__all__ = [
    "Average",
    "Group",
    "MeanLosses",
    "Run",
    "batches",
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

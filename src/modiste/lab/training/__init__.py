"""What every recipe shares: exact resume, moving averages, seeds, several processes."""

from modiste.lab.training.device import pick_device
from modiste.lab.training.ema import Average
from modiste.lab.training.memory import keep_memory
from modiste.lab.training.ranks import Group, gather
from modiste.lab.training.run import Run
from modiste.lab.training.schedule import batches, learning_rate

__all__ = ["Average", "Group", "Run", "batches", "gather", "keep_memory", "learning_rate", "pick_device"]

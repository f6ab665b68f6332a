"""What every recipe shares: exact resume, moving averages, seeds, several processes."""

from modiste.training.device import pick_device
from modiste.training.ema import Average
from modiste.training.memory import keep_memory
from modiste.training.ranks import Group, gather
from modiste.training.run import Run
from modiste.training.schedule import batches, learning_rate

__all__ = ["Average", "Group", "Run", "batches", "gather", "keep_memory", "learning_rate", "pick_device"]

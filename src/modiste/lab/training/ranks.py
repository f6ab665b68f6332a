"""Several processes as one batch: `torchrun --nproc-per-node N -m modiste train ...`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True)
class Group:
    """The processes that train together; one process is a group of one."""

    rank: int = 0
    size: int = 1

    @classmethod
    def join(cls) -> Group:
        """The group that torchrun started, or a group of one."""
        if "WORLD_SIZE" not in os.environ:
            return cls()
        if not dist.is_initialized():
            dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
        return cls(dist.get_rank(), dist.get_world_size())

    @property
    def leads(self) -> bool:
        """True for the process that writes files and prints."""
        return self.rank == 0

    def share(self, count: int) -> int:
        """This process's part of a number for all of them together; at least 1 of a positive one."""
        return -(-count // self.size)

    @contextmanager
    def leader_first(self) -> Iterator[None]:
        """Let the leader write files that the others then find."""
        if self.size > 1 and not self.leads:
            dist.barrier()
        yield
        if self.size > 1 and self.leads:
            dist.barrier()

    def average_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Make every process's gradients the mean over all of them."""
        if self.size == 1:
            return
        for parameter in parameters:
            if parameter.grad is not None:
                dist.all_reduce(parameter.grad)
                parameter.grad /= self.size

    def leave(self) -> None:
        """Wait for the others and leave; without the wait half of all gloo runs abort at exit."""
        if self.size > 1:
            dist.barrier()
            dist.destroy_process_group()


def gather(rows: Tensor) -> Tensor:
    """The rows of every process, with gradients, so that negatives come from the whole batch. Shape: (b, ...)."""
    if not dist.is_initialized() or dist.get_world_size() == 1:
        return rows
    gathered: Tensor = _Gather.apply(rows)  # type: ignore[no-untyped-call]
    return gathered


class _Gather(torch.autograd.Function):
    """Every process gets all rows; a row's gradient is the sum over all processes."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        parts = [torch.empty_like(rows) for _ in range(dist.get_world_size())]
        dist.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].contiguous()
        dist.all_reduce(total)
        return total.chunk(dist.get_world_size())[dist.get_rank()]

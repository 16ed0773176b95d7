"""Several processes that train one reader, as torchrun starts them; or one process alone.

Each takes its share of a step's pages. Gradients are averaged, and whatever else depends on a whole step's pages
(counts in the loss, means and variances of batch norm) is shared, so that the losses are those of one process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from synth.errors import UserError

_PATIENCE = timedelta(hours=1)  # the others wait while one still evaluates

T = TypeVar("T")


@dataclass(frozen=True)
class Group:
    """The processes of a run, seen from one of them.

    Attributes:
        rank: Which of them this is; 0 is the leader, who alone writes and prints.
        size: How many they are.
        device: Where this one computes.
    """

    rank: int
    size: int
    device: torch.device

    @property
    def leader(self) -> bool:
        """Whether this one writes and prints."""
        return self.rank == 0

    def share(self, pages_per_step: int) -> int:
        """How many pages of a step are this process's.

        Raises:
            UserError: If they cannot be shared equally.
        """
        if pages_per_step % self.size:
            raise UserError(
                f"pages_per_step {pages_per_step} of the training recipe cannot be shared by {self.size} processes; "
                "give torchrun a number that divides it"
            )
        return pages_per_step // self.size

    def mean(self, value: Tensor) -> Tensor:
        """Mean of a tensor over the processes; no gradient flows through it."""
        if self.size == 1:
            return value
        return _shared_mean(value)

    def average_gradients(self, net: nn.Module) -> None:
        """Give all processes the mean of their gradients."""
        if self.size == 1:
            return
        gradients = [p.grad for p in net.parameters() if p.grad is not None]
        mean = self.mean(torch.cat([gradient.flatten() for gradient in gradients]))
        parts = torch.split(mean, [gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def agree(self, step: int, parts: Sequence[nn.Module | torch.optim.Optimizer]) -> int:
        """Give all processes the leader's step and the states of its parts; returns the step."""
        if self.size == 1:
            return step
        told: list[Any] = [[step, *(part.state_dict() for part in parts)]]
        dist.broadcast_object_list(told)
        for part, state in zip(parts, told[0][1:], strict=True):
            part.load_state_dict(state)
        return int(told[0][0])

    def gather(self, mine: list[T]) -> list[T]:
        """What all processes have, in the order of their ranks."""
        if self.size == 1:
            return mine
        theirs: list[Any] = [None] * self.size
        dist.all_gather_object(theirs, mine)
        return [item for items in theirs for item in items]


@contextmanager
def together() -> Iterator[Group]:
    """Join the processes that torchrun started; alone without it."""
    cuda, size = torch.cuda.is_available(), int(os.environ.get("WORLD_SIZE", "1"))
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if cuda else torch.device("cpu")
    if size == 1:
        yield Group(0, 1, device)
        return
    if cuda:
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if cuda else "gloo", timeout=_PATIENCE)
    try:
        yield Group(dist.get_rank(), size, device)
    finally:
        dist.destroy_process_group()


class SharedNorm(nn.BatchNorm2d):
    """Batch norm over the strips of all processes. `nn.SyncBatchNorm` is the same, but for GPUs only."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (B, C, H, W); B is the same in every process."""
        if not self.training:
            return super().forward(x)
        variance, mean = (own.double() for own in torch.var_mean(x.float(), dim=(0, 2, 3), correction=0))
        mean, square = _shared(torch.stack([mean, variance + mean.square()])).unbind()
        variance = square - mean.square()  # in double: the difference may be small
        self._remember(mean.detach(), variance.detach(), x.numel() // x.shape[1] * dist.get_world_size())
        scale = self.weight * (variance + self.eps).rsqrt().float()
        return (x.float() * scale[:, None, None] + (self.bias - mean.float() * scale)[:, None, None]).to(x.dtype)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor, count: int) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        share = 0.1 if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean.float(), share)
        self.running_var.lerp_((variance * count / (count - 1)).float(), share)
        self.num_batches_tracked.add_(1)


class _SharedMean(torch.autograd.Function):
    """Mean over the processes, through which gradients flow."""

    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:
        return _shared_mean(value)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return _shared_mean(gradients[0])


def _shared(value: Tensor) -> Tensor:
    shared: Tensor = _SharedMean.apply(value)  # type: ignore[no-untyped-call]
    return shared


def _shared_mean(value: Tensor) -> Tensor:
    shared = value.detach().contiguous().clone()
    dist.all_reduce(shared)
    shared.mul_(1.0 / dist.get_world_size())
    return shared


def share_norms(net: nn.Module) -> None:
    """Replace every batch norm of a net, in place, by one that all processes share."""
    for module in list(net.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                shared = SharedNorm(child.num_features, child.eps, child.momentum)
                shared.load_state_dict(child.state_dict())
                setattr(module, name, shared)

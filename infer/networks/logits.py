"""Logits: what networks give, as probabilities."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", np.float32, np.float64)


def log_softmax(logits: NDArray[F]) -> NDArray[F]:
    """Log probabilities of classes along the first axis."""
    less = logits - logits.max(axis=0)
    return np.asarray(less - np.log(np.exp(less).sum(axis=0)), logits.dtype)


def sigmoid(logits: NDArray[F]) -> NDArray[F]:
    """Probability of a logit."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -40.0, 40.0))), logits.dtype)

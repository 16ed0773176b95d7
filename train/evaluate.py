"""Validation while training: held-out records on unseen pages, read end to end and scored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from infer.network import Reader
from train.config import TrainConfig


def evaluate(reader: Reader, config: TrainConfig, records: list[Path]) -> dict[str, Any]:
    """dB per kind of page (stub until digitize stands)."""
    return {}

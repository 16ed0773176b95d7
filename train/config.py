"""The training recipe: one TOML, loaded strictly."""

from __future__ import annotations

import zlib
from pathlib import Path

import msgspec

from synth.errors import UserError
from synth.ranges import Range, check_range
from synth.recipe import decode_toml, load_recipe


class Pages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of page to train on.

    Attributes:
        recipe: A shipped recipe's name, or the path of a TOML file.
        share: Its share among all pages, relative to the others.
    """

    recipe: str
    share: float = 1.0


class TrainConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that decides a training run, but for the records and the machine.

    Attributes:
        name: Name of the run.
        about: One line for people.
        pages: Kinds of pages, with shares.
        seed: Seed of pages and of the networks' first weights.
        steps: Optimiser steps.
        pages_per_step: Pages per step.
        crops_per_page: Strip crops per page.
        crop_columns: Width of a crop in columns (10 per mm); a multiple of 32.
        learning_rate: Peak of the schedule.
        warmup: Steps of linear warm-up; a cosine to zero follows.
        weight_decay: AdamW's.
        clip: Largest norm of the gradient.
        ema: Decay of the averaged weights, which are the ones stored.
        label_sigma: Width of the target over y, in rows.
        offset_from: Step from which the L1 term on the soft-argmax counts.
        heart_share: Share of pages drawn from the embedded heart.
        amplitude: Factor on the signal, log-uniform.
        hold_out: One record in so many is never trained on (by a hash of its name).
        exclude: Names of further records never trained on.
        evaluate_every: Steps between checkpoints with an evaluation.
        evaluate_pages: Held-out pages per evaluation and kind.
    """

    name: str
    about: str = ""
    pages: tuple[Pages, ...]
    seed: int = 0
    steps: int = 2000
    pages_per_step: int = 2
    crops_per_page: int = 8
    crop_columns: int = 512
    learning_rate: float = 2e-3
    warmup: int = 100
    weight_decay: float = 0.01
    clip: float = 1.0
    ema: float = 0.995
    label_sigma: float = 1.2
    offset_from: int = 300
    heart_share: float = 0.15
    amplitude: Range = (0.7, 1.6)
    hold_out: int = 16
    exclude: tuple[str, ...] = ()
    evaluate_every: int = 250
    evaluate_pages: int = 4

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        if not self.pages or any(kind.share <= 0 for kind in self.pages):
            raise ValueError("pages must name at least one recipe, each with a share above 0")
        if self.crop_columns % 32 or self.crop_columns < 64:
            raise ValueError(f"crop_columns must be a multiple of 32, at least 64; got {self.crop_columns}")
        for field in ("steps", "pages_per_step", "crops_per_page", "evaluate_every", "evaluate_pages"):
            if getattr(self, field) < 1:
                raise ValueError(f"{field} must be at least 1, got {getattr(self, field)}")
        if self.hold_out < 2:
            raise ValueError(f"hold_out must be at least 2, got {self.hold_out}")
        check_range("amplitude", self.amplitude, 0.1, 10.0)

    def held_out(self, record: str) -> bool:
        """Whether a record of this name is kept for evaluation."""
        return record in self.exclude or zlib.crc32(record.encode()) % self.hold_out == 0


def load_config(path: Path) -> TrainConfig:
    """Load a training recipe and check the recipes it names.

    Raises:
        UserError: One line: file, fault, place, cure.
    """
    config = decode_toml(path, TrainConfig)
    for kind in config.pages:
        try:
            load_recipe(kind.recipe)
        except UserError as error:
            raise UserError(f"{path}: {error}") from None
    return config

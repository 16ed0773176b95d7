"""The training recipe: one TOML, loaded strictly."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Literal

import msgspec

from synth.errors import UserError
from synth.ranges import Range, check_range
from synth.recipe import Recipe, decode_toml, load_recipe
from train.stored import stored_pages

_BOUNDS = {
    "seed": (0, 2**32 - 1),
    "steps": (1, 1e9),
    "pages_per_step": (1, 4096),
    "crops_per_page": (1, 256),
    "crop_columns": (64, 4096),
    "learning_rate": (1e-9, 10.0),
    "warmup": (0, 1e9),
    "weight_decay": (0.0, 10.0),
    "clip": (1e-6, 1e6),
    "ema": (0.0, 1.0 - 1e-9),
    "label_sigma": (0.1, 20.0),
    "offset_from": (0, 1e9),
    "heart_share": (0.0, 1.0),
    "hold_out": (2, 1e9),
    "evaluate_every": (1, 1e9),
    "evaluate_pages": (1, 10_000),
}


class Pages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of page to train on.

    Attributes:
        recipe: A shipped recipe's name, or the path of a TOML file: pages are made on the fly.
        corpus: Instead of it, a folder of `ecgpaper synth`, whose pages are drawn from again and again.
        share: Its share among all pages, relative to the others.
        layouts: Draw these layouts of the catalogue, `all` for every one, instead of the recipe's own; empty: do not.
    """

    recipe: str = ""
    share: float = 1.0
    layouts: tuple[str, ...] = ()
    corpus: str = ""

    def __post_init__(self) -> None:
        """Refuse what names no pages."""
        if bool(self.recipe) == bool(self.corpus):
            raise ValueError("[[pages]] must name either a recipe or a corpus")
        if self.corpus and self.layouts:
            raise ValueError("layouts are chosen for a recipe; the pages of a corpus have theirs already")
        _check_number("share", self.share, 1e-6, 1e6)

    def load(self) -> Recipe:
        """The recipe, with the layouts that are asked for; UserError as `load_recipe` says."""
        recipe = load_recipe(self.recipe)
        return msgspec.structs.replace(recipe, layouts=self.layouts, layout=None) if self.layouts else recipe


class TrainConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that decides a training run, but for the records and the machine.

    Attributes:
        name: Name of the run.
        about: One line for people.
        pages: Kinds of pages, with shares.
        seed: Seed of pages and of the networks' first weights.
        steps: Optimiser steps.
        pages_too: Whether the network of whole pages is trained beside that of strips; if not, it stays as `--init`
            has it and is not run.
        pages_per_step: Pages per step.
        crops_per_page: Strip crops per page.
        crop_columns: Width of a crop in columns (10 per mm); a multiple of 64.
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
        precision: Of the networks' forward pass: `bfloat16` halves the time on processors that know it (avx512_bf16,
            AMX) and took five times as long on one that does not; `auto` takes it on a GPU only.
    """

    name: str
    about: str = ""
    pages: tuple[Pages, ...]
    seed: int = 0
    steps: int = 2000
    pages_too: bool = True
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
    precision: Literal["auto", "float32", "bfloat16"] = "auto"

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        if not self.pages:
            raise ValueError("pages must name at least one recipe or corpus: [[pages]]")
        if not self.name:
            raise ValueError("name must not be empty")
        if self.crop_columns % 64:
            raise ValueError(f"crop_columns must be a multiple of 64, got {self.crop_columns}")
        for field, (low, high) in _BOUNDS.items():
            _check_number(field, getattr(self, field), low, high)
        check_range("amplitude", self.amplitude, 0.1, 10.0)

    @property
    def kinds(self) -> tuple[str, ...]:
        """A name for each kind of page, in order, no two the same: the recipe's or the corpus folder's."""
        names: list[str] = []
        for kind in self.pages:
            name = Path(kind.recipe or kind.corpus).stem
            same = sum(known.partition("#")[0] == name for known in names)
            names.append(f"{name}#{same + 1}" if same else name)
        return tuple(names)

    def held_out(self, record: str) -> bool:
        """Whether a record of this name is kept for evaluation."""
        return record in self.exclude or zlib.crc32(record.encode()) % self.hold_out == 0


def load_config(path: Path) -> TrainConfig:
    """Load a training recipe and check the recipes and corpora it names.

    Raises:
        UserError: One line: file, fault, place, cure.
    """
    config = decode_toml(path, TrainConfig)
    for kind in config.pages:
        try:
            if kind.corpus:
                stored_pages(config, kind.corpus)
            else:
                kind.load()
        except (UserError, ValueError) as error:
            raise UserError(f"{path}: {error}") from None
    return config


def _check_number(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ValueError(f"{name} must be within [{low:g}, {high:g}], got {value:g}")

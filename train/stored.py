"""Pages that are not made on the fly: a corpus of `ecgpaper synth`, parted by record like everything else."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from synth.corpus import CorpusAbout
from synth.errors import UserError
from synth.store import ABOUT_CORPUS

if TYPE_CHECKING:
    from train.config import TrainConfig


class Stored(NamedTuple):
    """The samples of a corpus, sorted by name.

    Attributes:
        kept: Those to train on, at least one.
        held: Those that are held out: of records that the training recipe holds out. Every page of the embedded heart
            is of another heart, so of these pages one in `hold_out` is.
    """

    kept: tuple[Path, ...]
    held: tuple[Path, ...]


@lru_cache(maxsize=64)
def stored_pages(config: TrainConfig, folder: str) -> Stored:
    """List a corpus, which must not change while a run lasts.

    Raises:
        UserError: If it is no corpus, one of bare pages, or none of its pages is left to train on.
    """
    about = _about(Path(folder))
    kept: list[Path] = []
    held: list[Path] = []
    for path in sorted(path for path in Path(folder).glob("*.json") if path.name != ABOUT_CORPUS):
        (held if config.held_out(_record(path.stem, about)) else kept).append(path)
    if not kept:
        raise UserError(
            f"{folder}: no page to train on ({len(held)} held out: 1 record in {config.hold_out}, by name); "
            "make some with `ecgpaper synth`"
        )
    return Stored(tuple(kept), tuple(held))


def _about(folder: Path) -> CorpusAbout:
    try:
        about = msgspec.json.decode((folder / ABOUT_CORPUS).read_bytes(), type=CorpusAbout)
    except OSError as error:
        raise UserError(
            f"{folder}: no corpus ({ABOUT_CORPUS}: {error.strerror}); make one with `ecgpaper synth`"
        ) from None
    except msgspec.DecodeError as error:
        raise UserError(
            f"{folder / ABOUT_CORPUS}: not of this version's corpora ({error}); make the corpus anew"
        ) from error
    if about.bare:
        raise UserError(f"{folder}: holds bare pages, which are for checking labels; make them without --bare")
    return about


def _record(stem: str, about: CorpusAbout) -> str:
    """The record that a sample shows; of a heart the sample itself."""
    index = stem.partition("_")[0]
    return about.records[int(index) % len(about.records)] if about.records and index.isdecimal() else stem

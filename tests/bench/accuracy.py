"""How well the reader reads, on sets that are kept apart; prints one row per set.

    python -m tests.bench.accuracy [--shared ../shared/data] [--weights FILE] [--pages 20] [--own-only]

Own pages are drawn from records that the weights were not trained on: those of `--shared`/ptbxl that the
weights' own training recipe holds out, or without --shared the embedded heart's with an unused seed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from safetensors import safe_open

from infer.digitize import Digitizer
from infer.picture import read_picture
from infer.score import RecordScore, score_record, total
from infer.weights import default_weights
from synth.errors import UserError
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import load_recipe
from synth.record import EcgRecord, find_records, read_record
from train.config import TrainConfig

_SEED = 20_261_123
_SETS = (
    ("other generator, clean", "kit", "*_clean.png"),
    ("other generator, hard", "kit", "*_hard.jpg"),
    ("real flatbed scans", "scans", "*.png"),
    ("real phone photos", "photos", "*.jpg"),
)


def main() -> None:
    """Read and score every set that is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, help="folder of real records and pictures; left out: own pages only")
    parser.add_argument("--weights", type=Path, default=default_weights())
    parser.add_argument("--pages", type=int, default=20, help="own pages per recipe")
    parser.add_argument("--recipes", nargs="*", default=["clean", "mild"])
    options = parser.parse_args()
    digitizer = Digitizer(options.weights)
    records = _unseen(options.weights, options.shared)
    print(f"{'set':28} {'pages':>5} {'capped':>8} {'uncapped':>8} {'median':>8} {'worst':>8} {'failed':>6}")
    for name in options.recipes:
        _row(f"own pages, {name}", list(_score_own(digitizer, name, records, options.pages)))
    if options.shared is None:
        print("real pages left out: no --shared")
        return
    for title, folder, pattern in _SETS:
        pictures = sorted((options.shared / folder).glob(pattern))
        _row(title, [_score_picture(digitizer, path) for path in pictures]) if pictures else print(f"{title}: absent")


def _row(title: str, scores: list[RecordScore]) -> None:
    whole = total(scores)
    worst = min(score.uncapped_db for score in scores)
    figures = (whole.capped_db, whole.uncapped_db, whole.median_db, worst)
    print(
        f"{title:28} {len(scores):5d} " + " ".join(f"{x:8.2f}" for x in figures) + f" {whole.failures:6d}",
        flush=True,
    )


def _unseen(weights: Path, shared: Path | None) -> Callable[[int], EcgRecord]:
    if shared is None:
        return lambda index: heart_record(index, _SEED)
    with safe_open(str(weights), "np") as file:
        config = msgspec.json.decode(file.metadata()["config"], type=TrainConfig)
    paths = [path for path in find_records(shared / "ptbxl") if config.held_out(path.stem)]
    return lambda index: read_record(paths[index % len(paths)])


def _score_own(
    digitizer: Digitizer, recipe: str, record: Callable[[int], EcgRecord], pages: int
) -> Iterator[RecordScore]:
    for index in range(pages):
        sample = generate(load_recipe(recipe), record(index), seed=_SEED, index=index)
        try:
            found: EcgRecord | str = digitizer.read(sample.image, "page", fs_hz=sample.fs_hz).record
        except UserError as error:
            found = str(error)
        yield score_record(sample.as_printed(), found)


def _score_picture(digitizer: Digitizer, path: Path) -> RecordScore:
    try:
        found: EcgRecord | str = digitizer.read(read_picture(path), path.stem).record
    except UserError as error:
        found = str(error)
    return score_record(read_record(path.with_suffix(".hea")), found)


if __name__ == "__main__":
    main()

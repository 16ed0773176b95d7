"""The main job end to end, to watch: pages, a short training run, readings of unseen pages, their score."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from infer.batch import Wish, find_pictures, read_pictures
from infer.networks.backend import open_backend
from infer.networks.weights import shipped_weights
from infer.score import Score, score_record, total
from synth.corpus import Corpus
from synth.errors import UserError
from synth.generate import versions
from synth.progress import stoppable, track
from synth.recipe import load_recipe
from synth.record import read_record, write_whole
from synth.report import make_and_report
from train.config import TrainConfig
from train.report import find_config, train_and_report, with_steps

_UNSEEN_SEED = 2026  # of pages and of the embedded heart's records; no training recipe uses it
_KINDS = ("clean", "mild")
_MARK = "demo.json"


@dataclass(frozen=True)
class Plan:
    """What the demo makes.

    Attributes:
        config: The short training run.
        known: Records to train on; none for the embedded heart.
        unseen: Records that neither this run nor the weights that ship were trained on.
        pages: Pages to make of known records.
        read: Unseen pages of each kind to read with the weights that ship.
        read_again: As many of them with those just trained.
    """

    config: TrainConfig
    known: tuple[Path, ...]
    unseen: tuple[Path, ...]
    pages: int
    read: int
    read_again: int


def run_demo(out: Path, records: tuple[Path, ...], workers: int, quick: bool) -> None:
    """Walk the road and print a table of dB. What stands in `out` from an equal run is used again.

    Args:
        out: Folder of everything that is made.
        records: WFDB headers; none for the embedded heart.
        workers: Processes that make pages.
        quick: A page or two of everything.

    Raises:
        UserError: If no record is held out, `out` is somebody else's or cannot be written.
    """
    plan = _plan(records, quick)
    source = f"{len(plan.known)} records" if records else "the embedded heart"
    with stoppable(lambda: f"what was made is in {out}; the same command goes on from there"):
        _begin(out, plan)
        open_backend(shipped_weights())  # first of all: without torch there is no demo

        _headline(1, f"pages of {source}, mildly degraded, with exact labels: {out / 'pages'}")
        make_and_report(_corpus("mild", plan.known, plan.config.seed, out / "pages"), plan.pages, workers)

        _headline(2, f"a short training run on such pages of {source}, from the weights that ship: {out / 'run'}")
        trained = train_and_report(plan.config, list(records), out / "run", max(1, workers // 2), shipped_weights())

        _headline(3, f"pages to read, of {'held-out records' if records else 'other hearts'}: {out}/unseen-*")
        for kind in _KINDS:
            unseen = _corpus(kind, plan.unseen, _UNSEEN_SEED, out / f"unseen-{kind}")
            make_and_report(unseen, plan.read, workers)

        _headline(4, f"readings and their score: {out}/read-*")
        table = _table()
        for name, weights, count in (("shipped", None, plan.read), ("trained", trained, plan.read_again)):
            for kind in _KINDS:
                found = out / f"read-{kind}-{name}"
                score, seconds = _read_and_score(weights, out / f"unseen-{kind}", found, count, workers)
                table.add_row(name, kind, *_cells(score, seconds))
        Console(width=100).print(table)
        print(
            f"A page read worse than 3 dB has failed. `trained` are the weights of step 2: those that ship, trained\n"
            f"{plan.config.steps} steps more on mildly degraded pages, as one adapts them to a printer of one's own."
        )


def _plan(records: tuple[Path, ...], quick: bool) -> Plan:
    config = find_config("demo")
    if records:
        config = msgspec.structs.replace(config, heart_share=0.0)
    known = tuple(path for path in records if not config.held_out(path.stem))
    unseen = tuple(path for path in records if config.held_out(path.stem))
    if records and not (known and unseen):
        raise UserError(
            f"{records[0].parent}: of {len(records)} records none is "
            f"{'held out' if known else 'left to train on'} (1 in {config.hold_out} is held out, by name); give more"
        )
    if quick:
        return Plan(with_steps(config, 2), known, unseen, pages=2, read=1, read_again=1)
    if records:
        read = min(20, len(unseen))
        return Plan(config, known, unseen, pages=min(440, len(known)), read=read, read_again=min(5, read))
    return Plan(config, known, unseen, pages=40, read=10, read_again=5)


def _begin(out: Path, plan: Plan) -> None:
    """Mark the folder as the demo's; one of a demo with other inputs begins anew."""
    mark = {
        "config": plan.config,
        "records": [path.stem for path in (*plan.known, *plan.unseen)],
        "versions": versions(),
    }
    data, path = msgspec.json.encode(mark, order="deterministic"), out / _MARK
    try:
        out.mkdir(parents=True, exist_ok=True)
        if not path.exists() and any(out.iterdir()):
            raise UserError(f"{out}: holds files that are not the demo's; choose another --out")
        if path.exists() and path.read_bytes() != data:
            print(f"{out}: of a demo with other inputs; begun anew")
            for made in (out / "pages", out / "run", *out.glob("unseen-*"), *out.glob("read-*")):
                shutil.rmtree(made, ignore_errors=True)
        write_whole(path, data)
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror}); choose another --out") from error


def _corpus(recipe: str, records: tuple[Path, ...], seed: int, out: Path) -> Corpus:
    return Corpus(load_recipe(recipe), records, seed, out)


def _read_and_score(weights: Path | None, truth: Path, found: Path, count: int, workers: int) -> tuple[Score, float]:
    """Score of the first `count` pages of a folder, and the seconds per reading."""
    pictures = find_pictures([truth], Wish(found))[:count]
    start = time.monotonic()
    faults = list(track(read_pictures(pictures, Wish(found), weights, workers), "pictures", len(pictures)))
    seconds = (time.monotonic() - start) / len(pictures)
    scores = []
    for picture, fault in zip(pictures, faults, strict=True):
        reading = fault or read_record(found / f"{picture.stem}.hea")
        scores.append(score_record(read_record(picture.with_suffix(".hea")), reading))
    return total(scores), seconds


def _headline(step: int, text: str) -> None:
    print(f"\n{step}. {text}", flush=True)


def _table() -> Table:
    titles = ("weights", "pages", "read", "dB capped", "uncapped", "median", "failed", "s per picture")
    table = Table(*titles, box=SIMPLE_HEAD)
    for column in table.columns[2:]:
        column.justify = "right"
    return table


def _cells(score: Score, seconds: float) -> Sequence[str]:
    values = (f"{db:.2f}" for db in (score.capped_db, score.uncapped_db, score.median_db))
    return (str(len(score.records)), *values, str(score.failures), f"{seconds:.1f}")

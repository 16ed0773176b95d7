"""The log of a training run: JSON lines, the source of everything; TensorBoard's events and a curve beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth.record import write_whole
from train.curve import draw_curve

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

Row = dict[str, Any]


class RunLog:
    """`log.jsonl` with one row per step, `tensorboard/`, `curve.png`; see `open_log`."""

    def __init__(self, out: Path, events: SummaryWriter | None) -> None:
        self._out, self._events = out, events

    def write(self, row: Row) -> None:
        """Add a row; one with an evaluation draws the curve anew."""
        with (self._out / "log.jsonl").open("a") as log:
            log.write(json.dumps(row) + "\n")
        if self._events is not None:
            for name, value in _scalars(row):
                self._events.add_scalar(name, value, row["step"])
        if "dB" in row:
            write_whole(self._out / "curve.png", draw_curve(read_rows(self._out / "log.jsonl")))
            if self._events is not None:
                self._events.flush()


@contextmanager
def open_log(out: Path, start: int, say: Callable[[str], None]) -> Iterator[RunLog]:
    """The log of a run that goes on after `start` steps; what was logged after them is forgotten.

    Args:
        out: Folder of the run.
        start: Steps done.
        say: Told once if TensorBoard is not installed; the run goes on without its events.
    """
    path = out / "log.jsonl"
    rows = [row for row in read_rows(path) if row["step"] <= start]
    write_whole(path, "".join(json.dumps(row) + "\n" for row in rows).encode())
    events = _events(out / "tensorboard", start, say)
    try:
        yield RunLog(out, events)
    finally:
        if events is not None:
            events.close()


def read_rows(path: Path) -> list[Row]:
    """The rows of a log, up to one that was cut off."""
    rows: list[Row] = []
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            rows.append(json.loads(line))
        except ValueError:
            break
    return rows


def _events(folder: Path, start: int, say: Callable[[str], None]) -> SummaryWriter | None:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        say("tensorboard is not installed, so no event files; for these: pip install 'ecgpaper[train]'")
        return None
    return SummaryWriter(str(folder), purge_step=start + 1)


def _scalars(row: Row) -> Iterator[tuple[str, float]]:
    for name, value in row.items():
        if name == "dB":
            for kind, told in value.items():
                yield f"dB/{kind}", told["capped"]
                yield f"failed/{kind}", told["failed"] / told["pages"]
        elif name != "step" and isinstance(value, int | float):
            yield name.replace(".", "/", 1) if "." in name else f"run/{name}", value

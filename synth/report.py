"""A corpus in the making, for the eye: progress, what was noted and failed, and a summary."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field

from synth.corpus import Corpus, Made, count_made, make_corpus
from synth.progress import Progress, stoppable

_NOTES = 10  # so many lines on missing leads and the like; the others are counted


@dataclass
class Tally:
    """What became of a corpus so far.

    Attributes:
        done: Samples seen to; `kept` of them stood there already, `failed` of them could not be made.
        said: Lines that were printed.
        noted: How many of them tell of pages that were made.
        hushed: Lines of such pages that were not printed.
    """

    done: int = 0
    kept: int = 0
    failed: int = 0
    said: set[str] = field(default_factory=set)
    noted: int = 0
    hushed: set[str] = field(default_factory=set)


def make_and_report(corpus: Corpus, count: int, workers: int) -> Tally:
    """Make a corpus and tell the user; what failed is told, and the rest is made.

    Raises:
        UserError: As `make_corpus`, and on Ctrl-C, with what is kept.
    """
    tally, start = Tally(), time.monotonic()
    with (
        stoppable(lambda: f"{_pages(count_made(corpus.out))} in {corpus.out}; the same command goes on from there"),
        Progress("pages", count) as progress,
    ):
        for made in make_corpus(corpus, count, min(workers, count)):
            _count(tally, made, progress)
            progress.at(tally.done)
    if tally.hushed:
        print(f"and {len(tally.hushed)} more records whose leads are missing in parts", file=sys.stderr)
    print(_summary(corpus, tally, time.monotonic() - start))
    return tally


def _count(tally: Tally, made: Made, progress: Progress) -> None:
    tally.done += 1
    tally.kept += made.kept
    tally.failed += made.failed
    line = f"ecgpaper: {made.note}" if made.failed else made.note
    if not line or line in tally.said:
        return
    if made.failed or tally.noted < _NOTES:
        tally.said.add(line)
        tally.noted += not made.failed
        progress.say(line)
    else:
        tally.hushed.add(line)


def _summary(corpus: Corpus, tally: Tally, seconds: float) -> str:
    new = tally.done - tally.kept - tally.failed
    parts = [f"{_pages(new)} made in {seconds:.1f} s"]
    if new:
        parts[0] += f" ({seconds / new:.2f} s per page)"
    if tally.kept:
        parts.append(f"{tally.kept} stood there already")
    if tally.failed:
        parts.append(f"{tally.failed} failed")
    return f"{', '.join(parts)}: {corpus.out}"


def _pages(count: int) -> str:
    return f"{count} page" if count == 1 else f"{count} pages"

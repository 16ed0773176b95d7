"""How well the reader reads, on sets that are kept apart; prints one row per set.

    python -m tests.bench.accuracy [--shared ../shared/data] [--weights FILE] [--sets own kinds copies layouts phones
                                   settings real] [--pages 10] [--first 0] [--workers 2] [--overlays DIR]

Own pages are drawn from records that the weights were not trained on: those of `--shared`/ptbxl that the weights' own
training recipe holds out, or without --shared the embedded heart's with an unused seed. `kinds` are the competition's,
`copies` what faxes, copiers, heads and screens make of a page, `layouts` every layout of the catalogue as an office
scan at 200 dpi, `phones` as a phone picture, `settings` office scans at gains, speeds and with rhythm strips that users
choose; of all, it counts those whose every lead was found in its place, at their speed and gains. Of these, dx is the
error in mm of where along time the map has the traces, less each page's median: an error of time 0 is none of it. Pages
from 0 on were looked at while the reading was written; what is published begins at --first 500. dB capped, uncapped,
median and worst; failed pages are those below 3 dB, and named.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from infer.networks.weights import shipped_weights
from infer.score import total
from synth.catalogue import CATALOGUE
from synth.settings import Settings
from tests.bench.reading import Page, read_own, read_picture_of

REAL = (
    ("other generator, clean", "kit", "*_clean.png"),
    ("other generator, hard", "kit", "*_hard.jpg"),
    ("real flatbed scans", "scans", "*.png"),
    ("real phone photos", "photos", "*.jpg"),
)
_KINDS = ("0001", "0003", "0004", "0005", "0006", "0009", "0010", "0011", "0012")
_OWN = {
    "own": (("clean", "mild"), None),
    "kinds": (tuple(f"kind {kind}" for kind in _KINDS), "own pages, all kinds"),
    "copies": (("fax", "photocopy", "thermal", "screenshot", "soiled"), "own pages, all of these"),
}
_SCAN = "office-scan"
_EVERY_LAYOUT = {"layouts": ("office scan", _SCAN, 0, 200.0), "phones": ("phone picture", "phone", 60_000, None)}
_SETTINGS = {
    "5 or 20 mm/mV": Settings(gain=1.0),
    "50 mm/s": Settings(speed=1.0),
    "any rhythm strips": Settings(rhythm=1.0),
}


def main() -> None:
    """Read and score every set that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, help="folder of real records and pictures; left out: own pages only")
    parser.add_argument("--weights", type=Path, default=shipped_weights())
    parser.add_argument("--pages", type=int, default=10, help="own pages per recipe; pages per layout")
    parser.add_argument("--first", type=int, default=0, help="number of the first of them")
    parser.add_argument(
        "--sets", nargs="*", default=["own", "real"], choices=[*_OWN, *_EVERY_LAYOUT, "settings", "real"]
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--overlays", type=Path, help="folder for pictures of what was found")
    options = parser.parse_args()
    with Parallel(n_jobs=options.workers) as pool:
        _report(options, pool)


def _report(options: argparse.Namespace, pool: Parallel) -> None:
    print(
        f"{'set':28} {'pages':>5} {'capped':>7} {'uncapped':>8} {'median':>7} {'worst':>7} {'failed':>6} "
        f"{'layouts':>8} {'dx p50':>7} {'p90 mm':>7}"
    )

    def own(recipe: str, layout: str | None = None, first: int = 0, **changes: Any) -> list[Page]:
        job, begin = delayed(read_own), first + options.first
        return list(
            pool(
                job(options.weights, options.shared, recipe, layout, number, options.overlays, **changes)
                for number in range(begin, begin + options.pages)
            )
        )

    _report_own(options.sets, own)
    if "settings" in options.sets:
        read = (
            (f"  {name}", own(_SCAN, first=50_000 + 3000 * k, settings=settings))
            for k, (name, settings) in enumerate(_SETTINGS.items())
        )
        _rows(read, "other settings, office scan")
    if "real" in options.sets and options.shared is not None:
        _report_real(options, pool)
    elif "real" in options.sets:
        print("real pages left out: no --shared")


def _report_own(sets: list[str], own: Callable[..., list[Page]]) -> None:
    for kind, (names, together) in _OWN.items():
        if kind in sets:
            _rows(((f"own pages, {name}", own(name.split()[-1])) for name in names), together)
    for kind, (title, recipe, first, dpi) in _EVERY_LAYOUT.items():
        if kind in sets:
            at = {} if dpi is None else {"dpi": (dpi, dpi)}
            read = ((f"  {name}", own(recipe, name, first + 1000 * k, **at)) for k, name in enumerate(CATALOGUE))
            _rows(read, f"every layout, {title}")


def _report_real(options: argparse.Namespace, pool: Parallel) -> None:
    for title, folder, pattern in REAL:
        pictures = sorted((options.shared / folder).glob(pattern))
        read = list(pool(delayed(read_picture_of)(options.weights, path, options.overlays) for path in pictures))
        _row(title, read) if read else print(f"{title}: absent")


def _rows(sets: Iterable[tuple[str, list[Page]]], together: str | None = None) -> None:
    """A row for each set as soon as it is read, then one of all."""
    every: list[Page] = []
    for title, pages in sets:
        _row(title, pages)
        every += pages
    if together:
        _row(together, every)


def _row(title: str, pages: list[Page]) -> None:
    whole = total(page.score for page in pages)
    worst = min(page.score.uncapped_db for page in pages)
    known = [page.right for page in pages if page.right is not None]
    off = [page.off_mm for page in pages if page.off_mm is not None and page.right]
    print(
        f"{title:28} {len(pages):5d} {whole.capped_db:7.2f} {whole.uncapped_db:8.2f} {whole.median_db:7.2f} "
        f"{worst:7.2f} {whole.failures:6d} "
        + (f"{100.0 * np.mean(known):6.1f} % " if known else " " * 9)
        + (" ".join(f"{x:7.3f}" for x in np.percentile(np.concatenate(off), [50, 90])) if off else ""),
        flush=True,
    )
    if bad := [f"{page.name} {page.score.uncapped_db:.1f}" for page in pages if page.score.failed]:
        print("    failed: " + ", ".join(bad), flush=True)


if __name__ == "__main__":
    main()

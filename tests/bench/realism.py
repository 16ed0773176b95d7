"""How real our pages look beside real ones: statistics of both, and a network that tries to tell them apart.

    python -m tests.bench.realism --shared ../shared/data [--recipes crumpled phone office-scan] [--pages 30]
                                  [--only statistics|telling]

Phone recipes stand beside `photos`, scan recipes beside `scans`. Every recipe is judged twice: as it is, and in the
form of the real pages, which are all of one kind (layout, colours and strength of the grid, black ink): what the form
is says nothing of how well it is printed and pictured. Real pictures keep their pixels; ours are made at their px/mm,
by turns, from real signals, and stored as they are (JPEG 75 4:2:0, or without loss).

Statistics: median [10 %..90 %] over windows of 256 px on the page; AUC tells how well the one number parts them, 0.5
not at all. Telling: balanced accuracy of a network of 33 k parameters on crops of 64 px, each under random flips and
quarter turns, of pictures that it was not taught with, in 5 folds of real photos (2 of scans, the left and right
half of one in the same); 0.5 is indistinguishable.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from synth.degrade.capture.codec import Codec, Jpeg, Png
from synth.degrade.printers.printer import Office
from synth.recipe import Recipe, load_recipe, shipped_recipes
from tests.bench.pictures import Look, Subject, halves, own_pictures, real_pictures
from tests.bench.telling import telling_rates

_CROP_PX, _CROPS = 64, 1000  # of either kind
_WINDOWS = 200  # of either kind
_SCANS = {"office-scan", "0003", "0004", "0011", "0012", "fax"}

Table = dict[str, NDArray[np.float64]]  # statistic -> its value in every window


@dataclass(frozen=True)
class Kind:
    """A kind of real picture that there is.

    Attributes:
        folder: Its folder in the shared data.
        pattern: What names of its pictures match.
        whole: Whether paper fills the picture.
        codec: How its pictures are stored.
        style: What every page of it has in common, beside the layout.
    """

    folder: str
    pattern: str
    whole: bool
    codec: Codec
    style: dict[str, object]


_FORM: dict[str, object] = {"inks": ("black",), "papers": ("white",), "pens": ("line",)}
_PHOTO = Kind("photos", "*.jpg", False, Jpeg((75.0, 75.0)), _FORM | {"grid_colours": ("darkred",), "fine": (0.0, 0.06)})
_SCAN = Kind("scans", "*.png", True, Png(), _FORM | {"grid_colours": ("grey", "black"), "fine": (0.2, 0.8)})


def main() -> None:
    """Judge every recipe that is asked for and ships."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"), help="folder of real pictures")
    parser.add_argument(
        "--recipes", nargs="*", default=["crumpled", "phone", "office-scan"], choices=shipped_recipes(), metavar="NAME"
    )
    parser.add_argument("--pages", type=int, default=30, help="pages of ours per recipe")
    parser.add_argument("--only", choices=["statistics", "telling"])
    options = parser.parse_args()
    if not options.shared.is_dir():
        print(f"{options.shared}: no such folder; there is nothing real to compare with")
        return
    cv2.setNumThreads(1)
    told = []
    for name in options.recipes:
        kind, recipe = (_SCAN if name in _SCANS else _PHOTO), load_recipe(name)
        subjects = real_pictures(options.shared / kind.folder, kind.pattern, whole=kind.whole)
        real, ours = _looks(subjects, len(subjects), options.only), {}
        scales = [float(np.median([row["px per mm"] for row in look.rows])) for look in real]
        for title, asked in (("as it is", recipe), ("same form", _in_form(recipe, kind))):
            pages = own_pictures(asked, options.shared / "ptbxl", scales, kind.codec, options.pages)
            ours[title] = _looks(pages, options.pages, options.only)
        if options.only != "telling":
            _print_statistics(name, _table(real), {title: _table(looks) for title, looks in ours.items()})
        if options.only != "statistics":
            told += [_told(name, title, real, looks) for title, looks in ours.items()]
            if kind.whole:
                parts = _looks(halves(subjects), 2 * len(subjects), "telling")
                told.append(_told(name, "same form, real halves", parts, ours["same form"], parts=2))
    if told:
        print("\n| told from real | pages | balanced accuracy | real told right | ours told right |\n|" + "---|" * 5)
        print("\n".join(told))


def _in_form(recipe: Recipe, kind: Kind) -> Recipe:
    """The recipe printing the form of the real pages, with its own office printers."""
    printers = tuple(printer for printer in recipe.printers if isinstance(printer, Office))
    style = msgspec.structs.replace(recipe.style, **kind.style)
    return msgspec.structs.replace(recipe, layouts=("3x4+II",), style=style, printers=printers or recipe.printers)


def _looks(subjects: Iterable[Subject], count: int, only: str | None) -> list[Look]:
    windows = 5 if only == "telling" else -(-_WINDOWS // count)
    crops = 0 if only == "statistics" else -(-_CROPS // count)
    looks = [subject.look(windows, crops, _CROP_PX, seed) for seed, subject in enumerate(subjects)]
    return [look for look in looks if look.rows and (len(look.crops) or not crops)]


def _table(looks: Sequence[Look]) -> Table:
    rows = [row for look in looks for row in look.rows]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _print_statistics(name: str, real: Table, ours: dict[str, Table]) -> None:
    print(f"\n| `{name}` | real | " + " | ".join(f"{title} | AUC" for title in ours) + " |\n|" + "---|" * 6)
    for statistic in sorted(real, key=lambda one: -_auc(real[one], ours["same form"][one])):
        cells = [
            f"{_said(table[statistic])} | {_auc(real[statistic], table[statistic]):.2f}" for table in ours.values()
        ]
        print(f"| {statistic} | {_said(real[statistic])} | " + " | ".join(cells) + " |", flush=True)


def _said(values: NDArray[np.float64]) -> str:
    if not np.isfinite(values).any():
        return "none"
    low, middle, high = np.nanpercentile(values, (10, 50, 90))
    return f"{middle:.3g} [{low:.3g}..{high:.3g}]"


def _auc(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """How often a value of the one kind lies on the same side of one of the other; 0.5 if that says nothing."""
    one, other = one[np.isfinite(one)], other[np.isfinite(other)]
    if not (len(one) and len(other)):
        return float("nan")
    rank = rankdata(np.concatenate([one, other]))[: len(one)].sum()
    area = float((rank - len(one) * (len(one) + 1) / 2) / (len(one) * len(other)))
    return max(area, 1.0 - area)


def _told(name: str, title: str, real: Sequence[Look], ours: Sequence[Look], parts: int = 1) -> str:
    found = telling_rates([look.crops for look in real], [look.crops for look in ours], parts)
    right = [float(np.mean(rates)) for rates in found]
    return f"| `{name}` | {title} | {np.mean(right):.3f} | {right[0]:.2f} | {right[1]:.2f} |"


if __name__ == "__main__":
    main()

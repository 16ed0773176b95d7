"""What each decision of a reading is worth: the same pages read again with one of them taken back, in dB.

    python -m tests.bench.ablation [--shared ../shared/data] [--weights FILE] [--pages 2] [--workers 2]
                                   [--only WORD ...]

One row per decision, the reading as it ships first; capped dB of real photos, the other generator's hard pages, and
own pages of four recipes. What training decides (loss, width of labels, degradations) `tests.bench.training` asks.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from infer.networks.weights import shipped_weights
from infer.rows.strip_grid import grid_shift
from infer.rows.strips import X_PX_MM, Y_PX_MM, cut_strip
from infer.rows.trace import Column, distribution
from infer.score import total
from synth.geometry import Map, affine, compose
from tests.bench.reading import Page, read_own, read_picture_of

_REAL = {"photos": ("photos", "*.jpg"), "kit hard": ("kit", "*_hard.jpg")}
_OWN = ("phone", "crumpled", "office-scan", "0010")


def _blind_to(waves: slice | list[int]) -> Callable[..., NDArray[np.float32]]:
    """The strips' look at the grid without some of its phases."""

    def look(phase: NDArray[np.float32], *given: Any, **named: Any) -> NDArray[np.float32]:
        phase = phase.copy()
        phase[waves] = 0.0
        return grid_shift(phase, *given, **named)

    return look


def as_it_is(value: Any, *_: Any) -> Any:
    """What stands for a step that is left out."""
    return value


def _as_read(strip: Any, column: Column, *_: Any) -> NDArray[np.float64]:
    """The row of a trace that is not followed in its ink."""
    return column.row


def nothing(*_: Any, **__: Any) -> float:
    """What stands for a correction that is left out."""
    return 0.0


def _cut_twice(image: NDArray[np.uint8], to_px: Map, columns: int, beside: int = 0) -> NDArray[np.uint8]:
    """A strip that is sampled again, half a pixel aside, from one that was sampled from the picture."""
    half = np.array([0.5 / X_PX_MM, 0.5 / Y_PX_MM])
    strip = cut_strip(image, compose([affine(1.0, (half[0], half[1])), to_px]), columns, beside)
    back, size = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5]]), (strip.shape[1], strip.shape[0])
    again = cv2.warpAffine(strip, back, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(again, dtype=np.uint8)


def _likeliest(y: NDArray[np.float32]) -> NDArray[np.float32]:
    """The distribution over the eight likeliest rows of each column alone."""
    p = distribution(y)
    least = np.partition(p, -8, axis=0)[-8]
    p = np.where(p >= least, p, np.float32(0.0))
    return np.asarray(p / p.sum(axis=0))


def _no_look(*_: Any, **__: Any) -> None:
    """What stands for another look at the page."""


def _straight(x: NDArray[np.float64], y: NDArray[np.float64], **_: Any) -> Callable[..., NDArray[np.float64]]:
    """Straight lines from column to column."""
    return lambda at: np.interp(at, x, y)


#: Names that stand for something else while pages are read.
_TAKEN_BACK: dict[str, dict[str, Any]] = {
    "as it ships": {},
    "geometry: one homography, strips believe it": {
        "infer.page.rectify._FLAT_MM": np.inf,
        "infer.rows.row.grid_shift": _blind_to(slice(None)),
        "infer.rows.row.lines_off": nothing,
    },
    "geometry: bent map of cells, strips believe it": {
        "infer.rows.row.grid_shift": _blind_to(slice(None)),
        "infer.rows.row.lines_off": nothing,
    },
    "geometry: strips are cut once": {"infer.rows.row._FLAT_MM": np.inf, "infer.rows.row._BENT_MM": np.inf},
    "geometry: strips are resampled twice": {"infer.rows.row.cut_strip": _cut_twice},
    "geometry: no look along y": {"infer.rows.row.grid_shift": _blind_to(slice(4, 8))},
    "geometry: no look at the 1 mm grid": {"infer.rows.row.grid_shift": _blind_to([2, 3, 6, 7])},
    "geometry: bend not smoothed": {"infer.page.rectify.smooth_bend": as_it_is},
    "geometry: whole cells stay lost": {
        "infer.page.rectify.unslip": as_it_is,
        "infer.page.rectify.without_slips": as_it_is,
    },
    "geometry: lines not measured in the strips' pixels": {"infer.rows.row.lines_off": nothing},
    "geometry: creases not followed": {"infer.rows.strip_grid._SHARP_MM": 1e9},
    "geometry: a grid made out where it is hidden is believed": {"infer.rows.strip_grid._where_seen": as_it_is},
    "geometry: pages are not laid level": {"infer.page.level._again": _no_look},
    "geometry: no page is looked at upside down": {"infer.look.upside_down": _no_look},
    "time 0 by edges and pulses alone": {"infer.rows.time_axis.PRINTED_MM": 0.0},
    "time 0: strokes of pulses not measured in pixels": {"infer.rows.time_axis.agreed": nothing},
    "geometry: lines of the grid taken as even": {"infer.rows.strip_grid.even_mm": as_it_is},
    "format: no rival is tried": {"infer.look.as_limb_leads_agree": as_it_is},
    "geometry: names give no map": {"infer.look.maps_by_names": lambda *_: []},
    "what is hardly seen stays as it is": {"infer.digitize.by_other_beats": as_it_is},
    "beats stay where each row has them": {"infer.digitize.in_step": as_it_is},
    "rows stay as they lean": {"infer.digitize.in_line": as_it_is},
    "limb leads stay as they are": {"infer.digitize.agree": as_it_is},
    "readout: the likeliest row": {"infer.rows.trace._WINDOW": 0},
    "readout: 12 rows around it": {"infer.rows.trace._WINDOW": 12},
    "readout: mean of the eight likeliest rows": {"infer.rows.row.distribution": _likeliest},
    "readout: mean of all rows": {"infer.rows.trace._WINDOW": 1000},
    "trace not followed in its ink": {"infer.rows.row.follow_ink": _as_read},
    "columns to samples: by straight lines": {"infer.leads.lead.Akima1DInterpolator": _straight},
    "neighbours' ink not taken away": {"infer.rows.trace._ROUNDS": 0},
    "every column believed": {"infer.leads.lead._DOUBT_MM2": np.inf, "infer.leads.lead._LEAST": 0.0},
}


def main() -> None:
    """Read the pages once per decision, and print one row each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, help="folder of real records and pictures; left out: own pages only")
    parser.add_argument("--weights", type=Path, default=shipped_weights())
    parser.add_argument("--pages", type=int, default=2, help="own pages per recipe")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", nargs="*", help="decisions that hold one of these words")
    options = parser.parse_args()
    sets = _sets(options)
    print(f"{'capped dB':58} " + " ".join(f"{name:>11}" for name in sets))
    with Parallel(n_jobs=options.workers) as pool:
        for name in _TAKEN_BACK:
            if options.only and not any(word in name for word in options.only):
                continue
            jobs = [(name, *job) for jobs in sets.values() for job in jobs]
            pages = iter(pool(delayed(_read_without)(*job) for job in jobs))
            scores = [total(next(pages).score for _ in jobs) for jobs in sets.values()]
            print(f"{name:58} " + " ".join(f"{score.capped_db:11.2f}" for score in scores), flush=True)


def _sets(options: argparse.Namespace) -> dict[str, list[tuple[Callable[..., Page], tuple[Any, ...]]]]:
    """Jobs of each set that is there."""
    sets: dict[str, list[tuple[Callable[..., Page], tuple[Any, ...]]]] = {}
    for name, (folder, pattern) in _REAL.items() if options.shared else ():
        paths = sorted((options.shared / folder).glob(pattern))
        sets[name] = [(read_picture_of, (options.weights, path, None)) for path in paths]
    for name in _OWN:
        rows = [(options.weights, options.shared, name, None, number) for number in range(options.pages)]
        sets[name] = [(read_own, row) for row in rows]
    return sets


def _read_without(name: str, read: Callable[..., Page], given: tuple[Any, ...]) -> Page:
    with standing_in(_TAKEN_BACK[name]):
        return read(*given)


@contextmanager
def standing_in(instead: dict[str, Any]) -> Iterator[None]:
    """Let names of modules, by their paths, stand for something else."""
    with ExitStack() as stack:
        for target, value in instead.items():
            stack.enter_context(patch(target, value))
        yield


if __name__ == "__main__":
    main()

"""Whether the reader knows how well it reads: said against measured dB of every lead, in bins of what was said.

    python -m tests.bench.reliability [--shared ../shared/data] [--weights FILE] [--pages 8] [--fit] [--plot FILE]

On own pages of records that the weights were not trained on. --fit fits the model on the even pages, writes
`data/confidence.json`, and shows the odd ones, which are of other records; --plot draws these. Leads that are not found
and pages that are refused have no part in it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec
import numpy as np
from joblib import Parallel, delayed
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.optimize import lsq_linear

from infer.confidence import SIGNS, Confidence
from infer.networks.weights import shipped_weights
from tests.bench.reading import lead_signs

_RECIPES = (
    "clean", "office-scan", "phone", "0003", "0004", "0005", "0006", "0009", "0010", "0011", "0012", "fax", "thermal",
    "photocopy", "refolded", "everything",
)  # fmt: skip
_LOW_DB, _HIGH_DB = -5.0, 35.0
_RIDGE = 1.0


def main() -> None:
    """Read, compare, print; fit if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, help="folder of real records; left out: the embedded heart's")
    parser.add_argument("--weights", type=Path, default=shipped_weights())
    parser.add_argument("--pages", type=int, default=8, help="pages per recipe")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--fit", action="store_true", help="write data/confidence.json")
    parser.add_argument("--plot", type=Path, help="picture of said against measured dB, .png or .jpg")
    options = parser.parse_args()
    todo = [(recipe, page) for recipe in _RECIPES for page in range(options.pages)]
    read = Parallel(n_jobs=options.workers)(
        delayed(lead_signs)(options.weights, options.shared, recipe, page) for recipe, page in todo
    )
    signs = np.array([row for leads in read for row, _ in leads])
    found = np.clip([db for leads in read for _, db in leads], _LOW_DB, _HIGH_DB)
    odd = np.array([page % 2 == 1 for (_, page), leads in zip(todo, read, strict=True) for _ in leads])
    if options.fit:
        weights = _fit(signs[~odd], found[~odd])
        model = Confidence({name: round(float(w), 4) for name, w in zip(SIGNS, weights, strict=True)})
        Path("data/confidence.json").write_bytes(msgspec.json.format(msgspec.json.encode(model), indent=1) + b"\n")
    else:
        model = msgspec.json.decode(Path("data/confidence.json").read_bytes(), type=Confidence)
    said = np.clip(signs @ np.array([model.weights[name] for name in SIGNS]), _LOW_DB, _HIGH_DB)
    if refused := sum(not leads for leads in read):
        print(f"{refused} of {len(todo)} pages were refused and say nothing here")
    _print_curve(said[odd], found[odd])
    if options.plot is not None:
        _plot(said[odd], found[odd], options.plot)


def _fit(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights that each count the way that their sign does, small ones where little speaks for large ones."""
    way = np.array(list(SIGNS.values()))
    small = np.sqrt(_RIDGE) * np.eye(len(way))[way != 0]
    low, high = np.where(way > 0, 0.0, -np.inf), np.where(way < 0, 0.0, np.inf)
    return np.asarray(lsq_linear(np.vstack([x, small]), np.concatenate([y, np.zeros(len(small))]), (low, high)).x)


def _plot(said: NDArray[np.float64], found: NDArray[np.float64], path: Path) -> None:
    """Every lead as a dot, and the median of each bin."""
    figure = Figure(figsize=(5, 5), dpi=110)
    axes = figure.add_subplot()
    axes.plot([_LOW_DB, _HIGH_DB], [_LOW_DB, _HIGH_DB], color="0.7")
    axes.plot(said, found, ".", markersize=3, alpha=0.4)
    bins = [(said >= low) & (said < low + 2.5) for low in np.arange(_LOW_DB, _HIGH_DB, 2.5)]
    curve = np.array([(said[inside].mean(), np.median(found[inside])) for inside in bins if inside.sum() >= 5])
    axes.plot(*curve.T, "o-", color="tab:red")
    axes.set(xlabel="dB that is said of a lead", ylabel="dB measured, median of each bin in red", aspect="equal")
    axes.grid(alpha=0.3)
    figure.savefig(path, bbox_inches="tight")


def _print_curve(said: NDArray[np.float64], found: NDArray[np.float64]) -> None:
    print(f"{'said dB':>10} {'leads':>6} {'said':>7} {'median':>7} {'10 %':>7} {'90 %':>7}")
    for low in np.arange(_LOW_DB, _HIGH_DB, 5.0):
        inside = (said >= low) & (said < low + 5.0)
        if inside.sum() >= 5:
            parts = np.percentile(found[inside], [50, 10, 90])
            figures = " ".join(f"{v:7.1f}" for v in (said[inside].mean(), *parts))
            print(f"{low:4.0f} ..{low + 5:3.0f} {inside.sum():6d} {figures}")
    print(f"correlation {np.corrcoef(said, found)[0, 1]:.2f}, mean |said - found| {np.abs(said - found).mean():.1f} dB")


if __name__ == "__main__":
    main()

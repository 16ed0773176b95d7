"""The curve of a training run as a picture: its losses, and the dB of every kind of page."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

_SMOOTH = 0.02  # share of the steps that a loss is averaged over
_FOOT_DB, _TOP_DB = -6.0, 26.5  # what is worse lies on the foot


def draw_curve(rows: list[dict[str, Any]]) -> bytes:
    """A PNG of the rows of a log (at least one): losses at the left, capped dB of the evaluations at the right."""
    figure = Figure(figsize=(13.0, 5.5), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    _draw_losses(left, rows)
    _draw_decibels(right, [row for row in rows if "dB" in row])
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _draw_losses(axes: Axes, rows: list[dict[str, Any]]) -> None:
    steps, width = np.array([row["step"] for row in rows]), max(1, round(_SMOOTH * len(rows)))
    names = [name for name in rows[-1] if name.partition(".")[0] in ("page", "strip")]
    for k, name in enumerate(sorted(names, key=lambda name: (name.partition(".")[0], name))):
        losses = np.array([row.get(name) or np.nan for row in rows], dtype=np.float64)  # 0: not to be told of that page
        whole = "." not in name
        axes.plot(
            steps,
            _smooth(losses, width),
            color=colormaps["tab20"](k % 20),
            linewidth=2.0 if whole else 0.8,
            label=name,
        )
    axes.set(xlabel="step", ylabel=f"loss, mean of {width} steps", yscale="log", title="losses")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7, ncols=2)


def _draw_decibels(axes: Axes, rows: list[dict[str, Any]]) -> None:
    kinds = sorted({kind for row in rows for kind in row["dB"]})
    steps = [row["step"] for row in rows]
    for k, kind in enumerate(kinds):
        decibels = [row["dB"].get(kind, {}).get("capped", np.nan) for row in rows]
        axes.plot(
            steps, np.maximum(decibels, _FOOT_DB), marker=".", color=colormaps["tab20"](k % 20), lw=1.0, label=kind
        )
    axes.set(xlabel="step", ylabel=f"dB, capped ({_FOOT_DB:g} and worse at the foot)", title="held-out pages")
    axes.set_ylim(_FOOT_DB - 0.5, _TOP_DB)
    axes.grid(alpha=0.3)
    if kinds:
        axes.legend(fontsize=7, ncols=2)


def _smooth(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Running mean over the last `width` known values, over fewer at the beginning."""
    known, sums = np.isfinite(values), np.concatenate([[0.0], np.nancumsum(values)])
    counts = np.concatenate([[0], np.cumsum(known)])
    first = np.maximum(np.arange(len(values)) + 1 - width, 0)
    count = counts[1:] - counts[first]
    mean = (sums[1:] - sums[first]) / np.maximum(count, 1)
    return np.where(count > 0, mean, np.nan)

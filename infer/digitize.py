"""Picture -> record: the steps of a reading in order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from infer.leads import LEFT_MM, find_time_axis, read_leads, strip_columns
from infer.rectify import PageMap, rectify
from infer.strips import column_mm, cut_strip
from infer.trace import Column, read_columns
from infer.view import small_picture
from infer.weights import default_weights, load_weights
from synth.catalogue import COMPETITION
from synth.errors import UserError
from synth.geometry import Points
from synth.layout import Layout
from synth.record import LEADS, EcgRecord

if TYPE_CHECKING:
    from infer.network import Reader

_LEAST_CONFIDENCE = 0.2


@dataclass(frozen=True, eq=False)
class Reading:
    """A record read from a picture.

    Attributes:
        record: 12 leads in mV over the page's whole duration; NaN where a lead is not printed.
        about: What was found and what was assumed, fit for JSON.
        strips_px: The found traces in the picture's pixels, one (n, 2) per strip, NaN where nothing was found.
    """

    record: EcgRecord
    about: dict[str, Any]
    strips_px: tuple[Points, ...]


class Digitizer:
    """Reads pictures with one set of weights.

    Args:
        weights: A safetensors file; None takes the weights that ship.

    Raises:
        UserError: If the weights cannot be loaded, or torch is not installed.
    """

    def __init__(self, weights: Path | None = None) -> None:
        self._reader = load_weights(weights or default_weights())

    def read(self, image: NDArray[np.uint8], name: str, *, fs_hz: float = 500.0) -> Reading:
        """Read one picture.

        Args:
            image: (H, W, 3) RGB, upright.
            name: Name of the record.
            fs_hz: Sampling rate of the record.

        Raises:
            UserError: If there is no readable ECG page in the picture.
        """
        return digitize(self._reader, image, name, fs_hz=fs_hz)


def digitize(reader: Reader, image: NDArray[np.uint8], name: str, *, fs_hz: float = 500.0) -> Reading:
    """Read one picture with given networks; see `Digitizer.read`."""
    layout = COMPETITION  # the one format so far
    page = _look_at_page(reader, image)
    rows = _look_at_strips(reader, image, page, layout)
    axis = find_time_axis(rows, layout, page.lock)
    leads = read_leads(rows, layout, axis, fs_hz)
    mv = np.full((len(LEADS), int(layout.duration_s * fs_hz)), np.nan)
    for lead, (stretch, samples, _) in leads.items():
        mv[LEADS.index(lead), stretch] = samples
    confidence = {lead: round(leads[lead][2], 3) for lead in LEADS if lead in leads}
    if not confidence or float(np.median(list(confidence.values()))) < _LEAST_CONFIDENCE:
        raise UserError("no ECG traces found in the picture; is it an ECG page, upright and sharp?")
    about = {
        "layout": layout.name,
        "columns": "sequential",
        "assumed": ["layout", "columns", "speed_mm_s", "gain_mm_mv"],
        "speed_mm_s": layout.speed_mm_s,
        "gain_mm_mv": layout.gain_mm_mv,
        "fs_hz": fs_hz,
        "px_per_mm": round(page.px_per_mm, 3),
        "grid_certainty": round(page.lock, 3),
        "start_certainty": round(axis.certainty, 3),
        "time_stretch": round(axis.stretch, 5),
        "confidence": confidence,
        "not_found": [lead for lead in LEADS if lead not in leads],
    }
    strips = tuple(_in_picture(row, page, layout, k) for k, row in enumerate(rows))
    return Reading(EcgRecord(name, fs_hz, LEADS, mv), about, strips)


def _look_at_page(reader: Reader, image: NDArray[np.uint8]) -> PageMap:
    import torch

    from infer.network import normalise

    with torch.inference_mode():
        small = torch.from_numpy(small_picture(image).transpose(2, 0, 1)[None].copy())
        seen = reader.page(normalise(small))
        paper = torch.sigmoid(seen.paper)[0, 0].numpy()
        return rectify(seen.phase[0].numpy(), seen.place[0].numpy(), paper, (image.shape[1], image.shape[0]))


def _look_at_strips(reader: Reader, image: NDArray[np.uint8], page: PageMap, layout: Layout) -> list[Column]:
    import torch

    from infer.network import normalise

    rows = []
    for zero_mm in _zeros(layout):
        strip = cut_strip(image, page.to_px, -LEFT_MM, zero_mm, strip_columns(layout))
        with torch.inference_mode():
            seen = reader.strip(normalise(torch.from_numpy(strip.transpose(2, 0, 1)[None].copy())))
        rows.append(read_columns(seen.y[0].numpy(), seen.printed[0].numpy(), seen.edge[0].numpy()))
    return rows


def _zeros(layout: Layout) -> list[float]:
    """Zero lines of the rows, from the first one."""
    return [zero - layout.zero_mm[0] for zero in layout.zero_mm]


def _in_picture(row: Column, page: PageMap, layout: Layout, index: int) -> Points:
    x = column_mm(np.arange(len(row.above_mm))) - LEFT_MM
    mm = np.stack([x, _zeros(layout)[index] - row.above_mm], axis=1)
    px = page.to_px.forward(mm)
    px[row.confidence < 0.3] = np.nan
    return px

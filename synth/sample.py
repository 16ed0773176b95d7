"""Sample: one finished picture with its exact labels.

Conventions, for every file and type of this project:

- Pixels are (x, y), y down; (0, 0) is the CENTRE of the first pixel. Paper is (x, y) in mm from its top-left
  corner, y down. Time is in s, amplitude in mV, rates in Hz. Lead names are `record.LEADS`.
- A trace under a stain or outside the frame is still labelled; `visible` tells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synth.geometry import Map, Points, local_scale
from synth.labels import soft_mask
from synth.recipe import Recipe
from synth.record import LEADS, EcgRecord


@dataclass(frozen=True, eq=False)
class Trace:
    """The label of one printed strip.

    Attributes:
        lead: Lead name.
        rhythm: Whether it is a full-width rhythm strip.
        t_s: Time of each printed sample since the page's time 0, (n,) float64.
        mv: The samples in mV, (n,) float64.
        xy_px: Centre of the ink at each sample in the picture, (n, 2) float64.
        visible: Whether the sample can be seen, (n,) bool.
        zero_mm: y of 0 mV on the paper: y_mm = zero_mm - gain * mv, and x_mm = t0_mm + speed * t_s.
        width_mm: Width of the printed line.
    """

    lead: str
    rhythm: bool
    t_s: NDArray[np.float64]
    mv: NDArray[np.float64]
    xy_px: Points
    visible: NDArray[np.bool_]
    zero_mm: float
    width_mm: float


@dataclass(frozen=True, eq=False, kw_only=True)
class About:
    """What is known of a sample beside its picture, traces and map; stored as it stands in the JSON.

    Attributes:
        layout: Name of the layout.
        speed_mm_s: Paper speed.
        gain_mm_mv: Amplitude scale.
        page_mm: Paper (width, height).
        t0_mm: x of time 0 on the paper.
        grid_origin_mm: (x, y) of a crossing of the grid's coarse lines on the paper.
        px_per_mm: Scale at the centre of the page.
        fs_hz: Sampling rate of the signal.
        duration_s: Seconds that the page shows.
        record: Name of the record.
        recipe: The recipe it was made by.
        seed: Seed of the run.
        index: Index of the sample in the run.
        versions: Versions of what made it.
    """

    layout: str
    speed_mm_s: float
    gain_mm_mv: float
    page_mm: tuple[float, float]
    t0_mm: float
    grid_origin_mm: tuple[float, float]
    px_per_mm: float
    fs_hz: float
    duration_s: float
    record: str
    recipe: Recipe
    seed: int
    index: int
    versions: dict[str, str]


@dataclass(frozen=True, eq=False, kw_only=True)
class Sample(About):
    """A picture and everything known of it. Arrays are read-only by convention.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        traces: One per printed strip.
        map: Paper mm -> picture px, the very one that the picture was drawn through.
        encoded: The picture's file as bytes; empty when read from disk.
        suffix: Ending of that file.
    """

    image: NDArray[np.uint8]
    traces: tuple[Trace, ...]
    map: Map
    encoded: bytes = field(default=b"", repr=False)
    suffix: str = ".png"

    @cached_property
    def masks(self) -> dict[str, NDArray[np.float32]]:
        """Soft coverage (H, W) in [0, 1] per lead, drawn from the labels; strips of one lead are joined."""
        masks: dict[str, NDArray[np.float32]] = {}
        for trace in self.traces:
            mask = self.mask(trace)
            masks[trace.lead] = np.maximum(masks[trace.lead], mask) if trace.lead in masks else mask
        return masks

    def mask(self, trace: Trace) -> NDArray[np.float32]:
        """Soft coverage (H, W) in [0, 1] of one strip."""
        width_px = trace.width_mm * local_scale(self.map, self.map.inverse(trace.xy_px))
        return soft_mask(trace.xy_px, trace.t_s, width_px, (self.image.shape[1], self.image.shape[0]))

    def as_printed(self) -> EcgRecord:
        """The signal that the page shows: 12 leads, NaN where not printed; a rhythm strip is preferred."""
        n = int(self.duration_s * self.fs_hz)
        mv = np.full((len(LEADS), n), np.nan)
        for trace in sorted(self.traces, key=lambda trace: trace.rhythm):
            mv[LEADS.index(trace.lead), np.round(trace.t_s * self.fs_hz).astype(np.intp)] = trace.mv
        return EcgRecord(self.record, self.fs_hz, LEADS, mv)

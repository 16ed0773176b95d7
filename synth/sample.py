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

from synth.degrade.capture.codec import decode_picture, encode_png
from synth.field import scale_in
from synth.geometry import Map, Points
from synth.grid_lines import GridLines, even_mm, turned
from synth.labels import Lattice, Mark, grid_lattice, join, millimetre_field, trace_patches
from synth.lines import Patch
from synth.recipe import Recipe
from synth.record import LEADS, EcgRecord, sample_count


@dataclass(frozen=True, eq=False)
class Trace:
    """The label of one printed strip.

    Attributes:
        lead: Lead name.
        rhythm: Whether it is a rhythm strip.
        inverted: Whether it is drawn upside down, as -aVR is in Cabrera's order; `mv` is as drawn, too.
        row: Index among the layout's rows, then its rhythm strips.
        t_s: Time of each printed sample since the beginning of the record, in s, (n,) float64.
        mv: The samples as drawn, in mV, (n,) float64: upside down if inverted, cut where device or paper ended.
        xy_px: Centre of the ink at each sample in the picture, (n, 2) float64.
        visible: Whether the sample can be seen, (n,) bool.
        t0_mm: x of time 0 on the paper, printed or not: x_mm = t0_mm + speed * t_s.
        zero_mm: y of 0 mV on the paper: y_mm = zero_mm - gain * mv.
        gain_mm_mv: Amplitude scale of this lead.
        width_mm: Width of the printed line.
    """

    lead: str
    rhythm: bool
    inverted: bool
    row: int
    t_s: NDArray[np.float64]
    mv: NDArray[np.float64]
    xy_px: Points
    visible: NDArray[np.bool_]
    t0_mm: float
    zero_mm: float
    gain_mm_mv: float
    width_mm: float


@dataclass(frozen=True, eq=False, kw_only=True)
class About:
    """What is known of a sample beside its picture, labels and map; stored as it stands in the JSON.

    Attributes:
        layout: Name of the layout.
        speed_mm_s: Paper speed.
        gain_mm_mv: Amplitude scale; each trace has its own, chest leads may differ.
        page_mm: Paper (width, height).
        t0_mm: x of time 0 on the paper: where the first column begins.
        grid_box_mm: (left, top, right, bottom) of the grid on the paper.
        grid_origin_mm: (x, y) of a crossing of the grid's coarse lines on the paper.
        grid_pitch_mm: Pitch of the fine and of the coarse grid.
        grid_raster_dpi: Raster of whose whole pixels its lines lie apart; None where they lie evenly.
        grid_turn_deg: How far its lines lie turned clockwise on the paper, about `grid_origin_mm`.
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
    grid_box_mm: tuple[float, float, float, float]
    grid_origin_mm: tuple[float, float]
    grid_pitch_mm: tuple[float, float]
    grid_raster_dpi: float | None = None
    grid_turn_deg: float = 0.0
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
        size_px: (width, height) of the picture.
        traces: One per printed strip.
        marks: Boxes of traces, lead names, pulses, separators and texts.
        map: Paper mm -> picture px, the very one that the picture was drawn through.
        pixels: The picture; None while nobody has asked `stored` for it.
        stored: The picture's file as bytes; empty for a PNG that nobody has written yet.
        suffix: Ending of that file.
    """

    size_px: tuple[int, int]
    traces: tuple[Trace, ...]
    marks: tuple[Mark, ...]
    map: Map
    pixels: NDArray[np.uint8] | None = field(default=None, repr=False)
    stored: bytes = field(default=b"", repr=False)
    suffix: str = ".png"

    @cached_property
    def image(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB."""
        return decode_picture(self.stored) if self.pixels is None else self.pixels

    @property
    def encoded(self) -> bytes:
        """The picture's file as bytes, which decode to `image`."""
        return self.stored or encode_png(self.image)

    @cached_property
    def masks(self) -> dict[str, NDArray[np.float32]]:
        """Soft coverage (H, W) in [0, 1] per lead, whole where leads overlap; strips of one lead are joined.

        Drawn from the labels, as lines, whatever pen and printer made the ink.
        """
        return {lead: _soft(join(self.patches(lead), self.size_px)) for lead in self._leads}

    @cached_property
    def overlap(self) -> NDArray[np.uint8]:
        """How many leads cover at least half of each pixel, (H, W) uint8: where masks share ink it is 2 or more."""
        count = np.zeros((self.size_px[1], self.size_px[0]), dtype=np.uint8)
        for lead in self._leads:
            count += join(self.patches(lead), self.size_px) >= 128
        return count

    def mask(self, trace: Trace) -> NDArray[np.float32]:
        """Soft coverage (H, W) in [0, 1] of one strip."""
        return _soft(join(self._patches(trace), self.size_px))

    def patches(self, lead: str) -> list[Patch]:
        """The mask of a lead as patches whose maximum it is: much smaller than the picture."""
        return [patch for trace in self.traces if trace.lead == lead for patch in self._patches(trace)]

    def lattice(self) -> Lattice:
        """The crossings of the 5 mm grid."""
        lines = GridLines(self.grid_origin_mm, self.grid_pitch_mm[1], self.grid_raster_dpi, self.grid_turn_deg)
        return grid_lattice(self.grid_box_mm, lines, self.map, self.size_px)

    def grid_mm(self, mm: Points) -> Points:
        """Places on the paper (..., 2) from a crossing of the 5 mm grid, as its lines show them if taken to be even."""
        pitch, raster = self.grid_pitch_mm[1], self.grid_raster_dpi
        away = np.asarray(mm - np.array(self.grid_origin_mm)) @ turned(self.grid_turn_deg).T
        return np.stack([even_mm(away[..., axis], pitch, raster) for axis in (0, 1)], axis=-1)

    def mm_field(self, stride: int = 8) -> NDArray[np.float32]:
        """Place on the paper, in mm, of the centre of every `stride`-th pixel, (ceil(H / stride), .., 2) float32."""
        return millimetre_field(self.map, self.size_px, stride)

    def as_printed(self) -> EcgRecord:
        """The signal that the page shows: 12 leads, NaN where not printed, none upside down.

        Where a lead is printed twice, a rhythm strip is preferred.
        """
        n = sample_count(self.duration_s, self.fs_hz)
        mv = np.full((len(LEADS), n), np.nan)
        for trace in sorted(self.traces, key=lambda trace: trace.rhythm):
            at = np.round(trace.t_s * self.fs_hz).astype(np.intp)
            mv[LEADS.index(trace.lead), at] = -trace.mv if trace.inverted else trace.mv
        return EcgRecord(self.record, self.fs_hz, LEADS, mv)

    @property
    def _leads(self) -> list[str]:
        return list(dict.fromkeys(trace.lead for trace in self.traces))

    def _patches(self, trace: Trace) -> list[Patch]:
        width_px = trace.width_mm * scale_in(self.map, trace.xy_px)
        return trace_patches(trace.xy_px, trace.t_s, width_px, self.size_px)


def _soft(coverage: NDArray[np.uint8]) -> NDArray[np.float32]:
    return coverage.astype(np.float32) / np.float32(255.0)

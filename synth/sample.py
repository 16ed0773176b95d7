"""Sample: one finished picture with its exact labels, in memory and on disk.

Conventions, for every file and type of this project:

- Pixels are (x, y), y down; (0, 0) is the CENTRE of the first pixel. Paper is (x, y) in mm from its top-left
  corner, y down. Time is in s, amplitude in mV, rates in Hz. Lead names are `record.LEADS`.
- A trace under a stain or outside the frame is still labelled; `visible` tells.

On disk a sample is these files with one stem:

- `<stem>.png` or `<stem>.jpg`: the picture; no other file of the sample ends so.
- `<stem>.json`: layout, speed, gain, scale, map, recipe, seed, index, versions, and lead names per trace.
- `<stem>.npz`: for trace k the float64 arrays `k.t_s`, `k.mv`, `k.xy_px` and the bool array `k.visible`.
- `<stem>.hea`, `<stem>.dat`: the signal as printed (WFDB, NaN where not printed): what a reading is scored on.

Soft masks are not stored; `Sample.masks` draws them from the labels.
"""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from synth.errors import UserError
from synth.geometry import Homography, Map, Points, local_scale
from synth.labels import soft_mask
from synth.recipe import Recipe
from synth.record import LEADS, EcgRecord, write_record, write_whole

_ENDINGS = (".json", ".npz", ".png", ".jpg", ".hea", ".dat")
_MAX_LABEL_BYTES = 500_000_000


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


@dataclass(frozen=True, eq=False)
class Sample:
    """A picture and everything known of it. Arrays are read-only by convention.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        traces: One per printed strip.
        map: Paper mm -> picture px, the very one that the picture was drawn through.
        layout: Name of the layout.
        speed_mm_s: Paper speed.
        gain_mm_mv: Amplitude scale.
        page_mm: Paper (width, height).
        t0_mm: x of time 0 on the paper.
        grid_mm: (x, y) of a crossing of the grid's coarse lines on the paper; they repeat every 5 mm.
        px_per_mm: Scale at the centre of the page.
        fs_hz: Sampling rate of the signal.
        duration_s: Seconds that the page shows.
        record: Name of the record.
        recipe: The recipe it was made by.
        seed: Seed of the run.
        index: Index of the sample in the run.
        versions: Versions of what made it.
        encoded: The picture's file as bytes; empty when read from disk.
        suffix: Ending of that file.
    """

    image: NDArray[np.uint8]
    traces: tuple[Trace, ...]
    map: Map
    layout: str
    speed_mm_s: float
    gain_mm_mv: float
    page_mm: tuple[float, float]
    t0_mm: float
    grid_mm: tuple[float, float]
    px_per_mm: float
    fs_hz: float
    duration_s: float
    record: str
    recipe: Recipe
    seed: int
    index: int
    versions: dict[str, str]
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


class _TraceMeta(msgspec.Struct, frozen=True):
    lead: str
    rhythm: bool
    samples: int
    zero_mm: float
    width_mm: float


class _Meta(msgspec.Struct, frozen=True, kw_only=True):
    picture: str
    size_px: tuple[int, int]
    layout: str
    speed_mm_s: float
    gain_mm_mv: float
    page_mm: tuple[float, float]
    t0_mm: float
    grid_mm: tuple[float, float]
    px_per_mm: float
    fs_hz: float
    duration_s: float
    traces: tuple[_TraceMeta, ...]
    map_mm_to_px: tuple[tuple[float, float, float], ...]
    record: str
    recipe: Recipe
    seed: int
    index: int
    versions: dict[str, str]


def write_sample(sample: Sample, folder: Path, stem: str) -> None:
    """Write a sample's files, each whole or not at all; the JSON comes last and marks it complete."""
    assert isinstance(sample.map, Homography)
    write_whole(folder / f"{stem}{sample.suffix}", sample.encoded)
    write_whole(folder / f"{stem}.npz", _pack(sample.traces))
    printed = sample.as_printed()
    write_record(EcgRecord(stem, printed.fs_hz, printed.leads, printed.mv), folder)
    meta = _Meta(
        picture=f"{stem}{sample.suffix}",
        size_px=(sample.image.shape[1], sample.image.shape[0]),
        traces=tuple(_TraceMeta(t.lead, t.rhythm, len(t.t_s), t.zero_mm, t.width_mm) for t in sample.traces),
        map_mm_to_px=tuple((float(a), float(b), float(c)) for a, b, c in sample.map.matrix),
        **{name: getattr(sample, name) for name in _SHARED},
    )
    text = msgspec.json.format(msgspec.json.encode(meta, order="deterministic"), indent=1)
    write_whole(folder / f"{stem}.json", text + b"\n")


#: What `Sample` and its JSON have in common.
_SHARED = (
    "layout", "speed_mm_s", "gain_mm_mv", "page_mm", "t0_mm", "grid_mm", "px_per_mm", "fs_hz",
    "duration_s", "record", "recipe", "seed", "index", "versions",
)  # fmt: skip


def read_sample(path: str | Path) -> Sample:
    """Read a sample by any of its files, or by their common stem.

    Raises:
        UserError: If a file is missing or broken.
    """
    path = Path(path)
    stem = path.with_suffix("") if path.suffix in _ENDINGS else path
    meta_path = stem.with_name(stem.name + ".json")
    try:
        meta = msgspec.json.decode(meta_path.read_bytes(), type=_Meta)
        picture_path = stem.with_name(Path(meta.picture).name)
        image = decode_picture(picture_path.read_bytes())
        traces = _unpack(stem.with_name(stem.name + ".npz"), meta.traces)
        if meta.size_px != (image.shape[1], image.shape[0]):
            raise ValueError(f"{picture_path.name} is another picture")
    except FileNotFoundError as error:
        raise UserError(f"{error.filename}: missing; a sample is a picture, a .json and a .npz of one stem") from None
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile, zlib.error) as error:
        raise UserError(f"{stem}: not a whole sample ({error})") from error
    shared = {name: getattr(meta, name) for name in _SHARED}
    matrix = np.array(meta.map_mm_to_px, dtype=np.float64)
    return Sample(image=image, traces=traces, map=Homography(matrix), suffix=picture_path.suffix, **shared)


def _pack(traces: tuple[Trace, ...]) -> bytes:
    arrays: dict[str, NDArray[np.generic]] = {}
    for k, trace in enumerate(traces):
        arrays |= {
            f"{k}.t_s": trace.t_s,
            f"{k}.mv": trace.mv,
            f"{k}.xy_px": trace.xy_px,
            f"{k}.visible": trace.visible,
        }
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _unpack(path: Path, metas: tuple[_TraceMeta, ...]) -> tuple[Trace, ...]:
    if path.stat().st_size > _MAX_LABEL_BYTES:
        raise ValueError(f"{path.name} is larger than {_MAX_LABEL_BYTES} bytes")
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        traces = []
        for k, meta in enumerate(metas):
            t_s, mv, xy_px, visible = (arrays[f"{k}.{name}"] for name in ("t_s", "mv", "xy_px", "visible"))
            if [a.shape for a in (t_s, mv, visible, xy_px)] != [(meta.samples,)] * 3 + [(meta.samples, 2)]:
                raise ValueError(f"{path.name} does not fit its .json")
            traces.append(Trace(meta.lead, meta.rhythm, t_s, mv, xy_px, visible, meta.zero_mm, meta.width_mm))
    return tuple(traces)


def decode_picture(data: bytes) -> NDArray[np.uint8]:
    """Bytes of a PNG or JPEG -> (H, W, 3) RGB.

    Raises:
        ValueError: If they are no picture.
    """
    whole = data.endswith((b"IEND\xaeB`\x82", b"\xff\xd9"))  # decoders fill what was cut off with grey
    image = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR) if whole else None
    if image is None:
        raise ValueError("no picture, or only a part of one")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8)

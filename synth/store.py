"""A sample on disk.

A sample is these files with one stem:

- `<stem>.png` or `<stem>.jpg`: the picture; no other file of the sample ends so.
- `<stem>.json`: layout, speed, gain, scale, map, recipe, seed, index, versions; lead, row and place per trace;
  boxes and strings of everything printed.
- `<stem>.npz`: for trace k the float64 arrays `k.t_s`, `k.mv`, `k.xy_px` and the bool array `k.visible`; of paper that
  is not flat `map.back_mm`, see `field.Field`.
- `<stem>.hea`, `<stem>.dat`: the signal as printed (WFDB, NaN where not printed): what a reading is scored on.

Soft masks, the overlap map, the grid's lattice and the millimetre field are not stored: `Sample` makes them from
labels and map.
"""

from __future__ import annotations

import dataclasses
import io
import zlib
from pathlib import Path
from tokenize import TokenError
from zipfile import BadZipFile, ZipFile

import msgspec
import numpy as np
from numpy.typing import NDArray

from synth.degrade.capture.codec import decode_picture
from synth.errors import UserError
from synth.field import STRIDE_PX, Field
from synth.geometry import Homography, Map
from synth.labels import Mark
from synth.record import EcgRecord, write_record, write_whole
from synth.sample import About, Sample, Trace

#: Tells in a folder of samples what made them; every other JSON there is a sample.
ABOUT_CORPUS = "corpus.json"

_ENDINGS = (".json", ".npz", ".png", ".jpg", ".hea", ".dat")
_MAX_LABEL_BYTES = 500_000_000
_BROKEN = (OSError, ValueError, KeyError, TypeError, EOFError, RuntimeError, BadZipFile, TokenError, zlib.error)

_Row = tuple[float, float, float]


class _TraceMeta(msgspec.Struct, frozen=True):
    lead: str
    rhythm: bool
    inverted: bool
    row: int
    samples: int
    t0_mm: float
    zero_mm: float
    gain_mm_mv: float
    width_mm: float


class _HomographyMeta(msgspec.Struct, frozen=True, tag_field="kind", tag="homography"):
    matrix: tuple[_Row, _Row, _Row]


class _FieldMeta(msgspec.Struct, frozen=True, tag_field="kind", tag="field"):
    stride_px: int
    nodes: tuple[int, int]


_MapMeta = _HomographyMeta | _FieldMeta


class _Meta(msgspec.Struct, frozen=True):
    picture: str
    size_px: tuple[int, int]
    about: About
    traces: tuple[_TraceMeta, ...]
    marks: tuple[Mark, ...]
    map_mm_to_px: _MapMeta


def write_sample(sample: Sample, folder: Path, stem: str) -> None:
    """Write a sample's files, each whole or not at all; the JSON comes last and marks it complete.

    Raises:
        UserError: If the stem cannot be a WFDB record's name.
    """
    printed = sample.as_printed()
    write_record(EcgRecord(stem, printed.fs_hz, printed.leads, printed.mv), folder)
    write_whole(folder / f"{stem}{sample.suffix}", sample.encoded)
    write_whole(folder / f"{stem}.npz", _pack(sample))
    about = {field.name: getattr(sample, field.name) for field in dataclasses.fields(About)}
    meta = _Meta(
        picture=f"{stem}{sample.suffix}",
        size_px=sample.size_px,
        about=About(**about),
        traces=tuple(_describe_trace(trace) for trace in sample.traces),
        marks=sample.marks,
        map_mm_to_px=_describe(sample.map),
    )
    text = msgspec.json.format(msgspec.json.encode(meta, order="deterministic"), indent=1)
    write_whole(folder / f"{stem}.json", text + b"\n")


def read_sample(path: str | Path) -> Sample:
    """Read a sample by any of its files, or by their common stem.

    Raises:
        UserError: If a file is missing or broken.
    """
    path = Path(path)
    stem = path.with_suffix("") if path.suffix in _ENDINGS else path
    try:
        meta = msgspec.json.decode(stem.with_name(stem.name + ".json").read_bytes(), type=_Meta)
        picture_path = stem.with_name(Path(meta.picture).name)
        stored = picture_path.read_bytes()
        image = decode_picture(stored)
        traces = _unpack(stem.with_name(stem.name + ".npz"), meta.traces)
        to_px = _rebuild(meta.map_mm_to_px, stem.with_name(stem.name + ".npz"))
        if meta.size_px != (image.shape[1], image.shape[0]):
            raise ValueError(f"{picture_path.name} is another picture")
    except FileNotFoundError as error:
        raise UserError(
            f"{error.filename}: missing; a sample is a picture, a .json and a .npz of one stem, and `ecgpaper synth` "
            "makes it again where its .json is deleted"
        ) from None
    except _BROKEN as error:
        raise UserError(
            f"{stem}: not a whole sample ({error}); `ecgpaper synth` makes a page again where its .json is deleted, "
            "and what is no page belongs elsewhere"
        ) from error
    about = {field.name: getattr(meta.about, field.name) for field in dataclasses.fields(About)}
    return Sample(
        size_px=meta.size_px,
        traces=traces,
        marks=meta.marks,
        map=to_px,
        pixels=image,
        stored=stored,
        suffix=picture_path.suffix,
        **about,
    )


def _describe_trace(trace: Trace) -> _TraceMeta:
    known = {name: getattr(trace, name) for name in _TraceMeta.__struct_fields__ if name != "samples"}
    return _TraceMeta(samples=len(trace.t_s), **known)


def _describe(step: Map) -> _MapMeta:
    if isinstance(step, Field):
        return _FieldMeta(STRIDE_PX, (step.back_mm.shape[0], step.back_mm.shape[1]))
    if not isinstance(step, Homography):
        raise TypeError(f"a map of type {type(step).__name__} has no form on disk")
    a, b, c = ((float(x), float(y), float(z)) for x, y, z in step.matrix)
    return _HomographyMeta((a, b, c))


def _rebuild(meta: _MapMeta, path: Path) -> Map:
    if isinstance(meta, _HomographyMeta):
        return Homography(np.array(meta.matrix, dtype=np.float64))
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        back_mm = arrays["map.back_mm"]
    if meta.stride_px != STRIDE_PX or back_mm.shape != (*meta.nodes, 2) or back_mm.dtype != np.float32:
        raise ValueError(f"{path.name} does not hold the map that the .json tells of")
    return Field(back_mm)


def _pack(sample: Sample) -> bytes:
    arrays: dict[str, NDArray[np.generic]] = {}
    for k, trace in enumerate(sample.traces):
        arrays |= {
            f"{k}.t_s": trace.t_s,
            f"{k}.mv": trace.mv,
            f"{k}.xy_px": trace.xy_px,
            f"{k}.visible": trace.visible,
        }
    if isinstance(sample.map, Field):
        arrays["map.back_mm"] = sample.map.back_mm
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _unpack(path: Path, metas: tuple[_TraceMeta, ...]) -> tuple[Trace, ...]:
    with ZipFile(path) as archive:
        if sum(packed.file_size for packed in archive.infolist()) > _MAX_LABEL_BYTES:
            raise ValueError(f"{path.name} is larger than {_MAX_LABEL_BYTES} bytes")
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        traces = []
        for k, meta in enumerate(metas):
            t_s, mv, xy_px, visible = (arrays[f"{k}.{name}"] for name in ("t_s", "mv", "xy_px", "visible"))
            if [a.shape for a in (t_s, mv, visible, xy_px)] != [(meta.samples,)] * 3 + [(meta.samples, 2)]:
                raise ValueError(f"{path.name} does not fit its .json")
            known = {name: getattr(meta, name) for name in _TraceMeta.__struct_fields__ if name != "samples"}
            traces.append(Trace(t_s=t_s, mv=mv, xy_px=xy_px, visible=visible, **known))
    return tuple(traces)

"""COCO: instances with masks, boxes, polygons and keypoints in one JSON (cocodataset.org/#format-data).

- `images/`: the pictures, their very bytes.
- `annotations.json`: one annotation per trace, its mask (coverage of at least a half) as run lengths, whole where
  leads overlap; keypoints are its first and last sample, visibility 2 if seen, 1 if hidden or outside the picture.
  One per lead name, pulse, separator and text: a polygon, and what it says in `text`.
- `lattice.json`: crossings of the 5 mm grid per picture, which COCO has no place for: `nodes_px` and `nodes_mm`
  (rows, columns, 2), `visible` (rows, columns).

Boxes, polygons, run lengths and lattice count pixel edges (`convert.EDGE_PX`); keypoints count pixel centres, as COCO's
own do: readers take them for indices of pixels. What lies outside the picture is cut off or left away.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from synth.export.convert import CLASSES, EDGE_PX, Pages, class_of
from synth.labels import Mark
from synth.record import LEADS, write_whole
from synth.sample import Sample, Trace

_DECIMALS = 3  # of a pixel or a millimetre
_SEEN, _HIDDEN = 2, 1  # COCO's visibility of a keypoint
_NO_KEYPOINTS = {"keypoints": [0] * 6, "num_keypoints": 0}


def write_coco(pages: Pages, out: Path) -> None:
    """Write pages as a COCO data set."""
    (out / "images").mkdir(exist_ok=True)
    images: list[dict[str, object]] = []
    annotations: list[msgspec.Raw] = []  # as JSON at once: run lengths are large as Python numbers
    lattices: dict[str, msgspec.Raw] = {}
    for image_id, (stem, sample) in enumerate(pages, start=1):
        name = f"{stem}{sample.suffix}"
        write_whole(out / "images" / name, sample.encoded)
        width, height = sample.size_px
        images.append({"id": image_id, "file_name": name, "width": width, "height": height})
        for found in _annotations(sample):
            about = {"id": len(annotations) + 1, "image_id": image_id, "iscrowd": 0}
            annotations.append(msgspec.Raw(msgspec.json.encode(about | found)))
        lattices[name] = msgspec.Raw(msgspec.json.encode(_lattice(sample)))
    whole = {
        "info": {"description": "ECG pages made by ecgpaper"},
        "images": images,
        "categories": [_category(name) for name in CLASSES],
        "annotations": annotations,
    }
    write_whole(out / "lattice.json", msgspec.json.encode(lattices))
    write_whole(out / "annotations.json", msgspec.json.encode(whole))


def run_lengths(mask: NDArray[np.bool_]) -> list[int]:
    """COCO's run lengths of a mask (H, W), down the columns: zeros first, then ones, and so on by turns."""
    flat = mask.ravel(order="F")
    turns = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    lengths = np.diff(np.concatenate([[0], turns, [flat.size]])).tolist()
    return [0, *lengths] if flat[0] else lengths


def _category(name: str) -> dict[str, object]:
    category: dict[str, object] = {"id": CLASSES.index(name) + 1, "name": name}
    if name not in LEADS:
        return category | {"supercategory": "mark"}
    return category | {"supercategory": "lead", "keypoints": ["start", "end"], "skeleton": [[1, 2]]}


def _annotations(sample: Sample) -> Iterator[dict[str, object]]:
    for trace in sample.traces:
        yield from _trace(sample, trace)
    for mark in sample.marks:
        if mark.kind != "lead":
            yield from _mark(mark, sample.size_px)


def _trace(sample: Sample, trace: Trace) -> Iterator[dict[str, object]]:
    mask = sample.mask(trace) >= 0.5
    if not mask.any():
        return
    x, y = (np.flatnonzero(mask.any(axis=axis)) for axis in (0, 1))
    keypoints: list[float] = []
    for end in (0, -1):
        place = np.round(trace.xy_px[end], _DECIMALS)
        keypoints += [*place.tolist(), _SEEN if trace.visible[end] else _HIDDEN]
    yield {
        "category_id": CLASSES.index(trace.lead) + 1,
        "segmentation": {"size": list(mask.shape), "counts": run_lengths(mask)},
        "bbox": [float(x[0]), float(y[0]), float(x[-1] + 1 - x[0]), float(y[-1] + 1 - y[0])],
        "area": float(mask.sum()),
        "keypoints": keypoints,
        "num_keypoints": 2,
        "rhythm": trace.rhythm,
        "inverted": trace.inverted,
    }


def _mark(mark: Mark, size: tuple[int, int]) -> Iterator[dict[str, object]]:
    w, h = size
    picture = np.array([(0, 0), (w, 0), (w, h), (0, h)], dtype=np.float32)
    area, cut = cv2.intersectConvexConvex(np.array(mark.quad_px, dtype=np.float32) + np.float32(EDGE_PX), picture)
    if area <= 0.0:
        return
    polygon = np.round(np.asarray(cut, dtype=np.float64).reshape(-1, 2), _DECIMALS)
    low, side = polygon.min(axis=0), np.ptp(polygon, axis=0)
    yield {
        "category_id": class_of(mark) + 1,
        "segmentation": [polygon.ravel().tolist()],
        "bbox": [*low.tolist(), *np.round(side, _DECIMALS).tolist()],
        "area": float(area),
        "text": mark.string,
        **_NO_KEYPOINTS,
    }


def _lattice(sample: Sample) -> dict[str, object]:
    lattice = sample.lattice()
    return {
        "nodes_px": np.round(lattice.px + EDGE_PX, _DECIMALS).tolist(),
        "nodes_mm": np.round(lattice.mm, _DECIMALS).tolist(),
        "visible": lattice.visible.tolist(),
    }

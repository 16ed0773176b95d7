"""YOLO: boxes as Ultralytics' detectors train on them (docs.ultralytics.com/datasets/detect).

- `images/`: the pictures, their very bytes.
- `labels/<stem>.txt`: a line `class x y width height` per box, its centre and sides as shares of the picture, which
  cuts the boxes; those outside are left away. Edges count, so that 0 and 1 are the picture's own edges.
- `data.yaml`: names of the classes; `train` and `val` are the same pages: split them, or convert two corpora.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from synth.export.convert import CLASSES, EDGE_PX, Pages, class_of
from synth.labels import Mark
from synth.record import write_whole


def write_yolo(pages: Pages, out: Path) -> None:
    """Write pages as a data set of Ultralytics' detectors."""
    for folder in ("images", "labels"):
        (out / folder).mkdir(exist_ok=True)
    for stem, sample in pages:
        write_whole(out / "images" / f"{stem}{sample.suffix}", sample.encoded)
        lines = "".join(_line(mark, sample.size_px) for mark in sample.marks)
        write_whole(out / "labels" / f"{stem}.txt", lines.encode())
    names = "".join(f"  {k}: {name}\n" for k, name in enumerate(CLASSES))
    write_whole(out / "data.yaml", f"train: images\nval: images\nnames:\n{names}".encode())


def _line(mark: Mark, size: tuple[int, int]) -> str:
    low, high = np.clip(np.reshape(mark.box_px, (2, 2)) + EDGE_PX, 0.0, size) / size
    if (high <= low).any():
        return ""
    numbers = " ".join(f"{share:.6f}" for share in (*((low + high) / 2.0), *(high - low)))
    return f"{class_of(mark)} {numbers}\n"

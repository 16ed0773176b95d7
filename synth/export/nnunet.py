"""nnU-Net v2: a raw data set folder (its documentation/dataset_format.md), to be put in `$nnUNet_raw`.

In `Dataset100_ecgpaper/`:

- `imagesTr/<stem>_0000.png`: the picture, RGB in one file as nnU-Net's reader of natural images wants it.
- `labelsTr/<stem>.png`: the class of each pixel: 0 is background, else the lead's place in the standard order plus 1.
  A pixel belongs to a lead that covers at least half of it; where leads overlap to the one that covers more of it,
  and of equals to the later, as a label map has one answer per pixel.
- `dataset.json`.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from synth.export.convert import Pages, as_png
from synth.record import LEADS, write_whole
from synth.sample import Sample

_NAME = "Dataset100_ecgpaper"
_HALF = 128  # of 255, the first that is at least a half


def write_nnunet(pages: Pages, out: Path) -> None:
    """Write pages as a raw data set of nnU-Net v2, all for training."""
    root = out / _NAME
    for folder in ("imagesTr", "labelsTr"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    count = 0
    for stem, sample in pages:
        write_whole(root / "imagesTr" / f"{stem}_0000.png", as_png(sample))
        write_whole(root / "labelsTr" / f"{stem}.png", cv2.imencode(".png", label_map(sample))[1].tobytes())
        count += 1
    about = {
        "channel_names": {"0": "R", "1": "G", "2": "B"},
        "labels": {"background": 0} | {lead: k for k, lead in enumerate(LEADS, start=1)},
        "numTraining": count,
        "file_ending": ".png",
    }
    write_whole(root / "dataset.json", msgspec.json.format(msgspec.json.encode(about), indent=1) + b"\n")


def label_map(sample: Sample) -> NDArray[np.uint8]:
    """Class of each pixel, (H, W) uint8."""
    width, height = sample.size_px
    labels = np.zeros((height, width), dtype=np.uint8)
    most = np.full((height, width), _HALF, dtype=np.uint8)
    for k, lead in enumerate(LEADS, start=1):
        for patch in sample.patches(lead):
            h, w = patch.coverage.shape
            here = slice(patch.y, patch.y + h), slice(patch.x, patch.x + w)
            labels[here][patch.coverage >= most[here]] = k
            patch.lay_on(most)
    return labels

"""What every format shares: the walk over a corpus folder, the classes, the other count of pixels, PNG.

Coordinates of this project count pixel CENTRES, (0, 0) is the centre of the first pixel; those of all four formats
count pixel EDGES, (0, 0) is the first pixel's top-left corner, so `EDGE_PX` is added; but for keypoints of COCO.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import get_args

from synth.degrade.capture.codec import encode_png
from synth.errors import UserError
from synth.labels import Kind, Mark
from synth.progress import track
from synth.record import LEADS
from synth.sample import Sample
from synth.store import read_sample

_ABOUT_CORPUS = "corpus.json"  # in a corpus folder, but no sample

#: From a place counted in pixel centres to the same place counted in pixel edges.
EDGE_PX = 0.5

#: What is labelled: the traces of the 12 leads, then every other kind of mark.
CLASSES: tuple[str, ...] = (*LEADS, *(kind for kind in get_args(Kind) if kind != "lead"))

#: Samples with the stems of their files.
Pages = Iterable[tuple[str, Sample]]

#: Writes pages into a folder that exists; each file whole or not at all.
Write = Callable[[Pages, Path], None]


def convert(folder: Path, write: Write, out: Path) -> int:
    """Write every sample of a corpus folder in another format, in the order of their names, and say how many.

    What `out` holds is written over, so that the same command may be run again.

    Raises:
        UserError: If the folder holds no sample or a broken one, or if `out` holds samples itself.
    """
    paths = sorted(path for path in folder.glob("*.json") if path.name != _ABOUT_CORPUS)
    if not paths:
        raise UserError(f"{folder}: no sample in it; give a folder that `ecgpaper synth` made")
    if any(out.glob("*.npz")):
        raise UserError(f"{out}: holds samples, which must stay as they are; choose another --out")
    out.mkdir(parents=True, exist_ok=True)
    write(((path.stem, read_sample(path)) for path in track(paths, "pages", len(paths))), out)
    return len(paths)


def class_of(mark: Mark) -> int:
    """Index of a mark among `CLASSES`."""
    return CLASSES.index(mark.lead if mark.kind == "lead" and mark.lead else mark.kind)


def as_png(sample: Sample) -> bytes:
    """The picture as a PNG file, with the very pixels of `sample.image`, whatever file it was."""
    return sample.encoded if sample.suffix == ".png" else encode_png(sample.image)

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
from synth.record import LEADS, write_whole
from synth.sample import Sample
from synth.store import ABOUT_CORPUS, read_sample

_MADE_OF = ".ecgpaper"  # in a converted folder: which corpus it was made of, and as what

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

    The same command may be run again, with more pages, too: what it made is written over. A folder that holds anything
    else is refused, since readers would take it for part of the data set.

    Raises:
        UserError: If the folder holds no sample or a broken one, or if `out` holds anything else or cannot be written.
    """
    paths = sorted(path for path in folder.glob("*.json") if path.name != ABOUT_CORPUS)
    if not paths:
        raise UserError(f"{folder}: no sample in it; give a folder that `ecgpaper synth` made")
    try:
        _claim(folder, write, out)
        write(((path.stem, read_sample(path)) for path in track(paths, "pages", len(paths))), out)
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror}); choose another --out") from error
    return len(paths)


def _claim(folder: Path, write: Write, out: Path) -> None:
    """Make the folder, or make sure that it holds an earlier conversion of this very corpus."""
    about = folder / ABOUT_CORPUS
    made = (about.read_bytes() if about.exists() else b"") + write.__name__.encode() + b"\n"
    out.mkdir(parents=True, exist_ok=True)
    if not any(out.iterdir()):
        write_whole(out / _MADE_OF, made)
    elif not (out / _MADE_OF).is_file() or (out / _MADE_OF).read_bytes() != made:
        raise UserError(f"{out}: holds something else already; choose another --out, or empty it")


def class_of(mark: Mark) -> int:
    """Index of a mark among `CLASSES`."""
    return CLASSES.index(mark.lead if mark.kind == "lead" and mark.lead else mark.kind)


def as_png(sample: Sample) -> bytes:
    """The picture as a PNG file, with the very pixels of `sample.image`, whatever file it was."""
    return sample.encoded if sample.suffix == ".png" else encode_png(sample.image)

"""Many pictures in one go: found, checked before anything is read, and read by any number of workers."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from infer.digitize import Digitizer, Reading
from infer.known import NOTHING, Known
from infer.output import MADE, write_reading
from infer.picture import count_pages, read_picture
from synth.errors import UserError
from synth.progress import Progress, stoppable
from synth.workers import work

Picture = NDArray[np.uint8]  # (H, W, 3) RGB

#: Endings by which pictures are found in a folder; a picture named outright may end otherwise.
ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif")

_OVERLAY = ".overlay.png"


@dataclass(frozen=True)
class Wish:
    """What is wanted of every picture.

    Attributes:
        out: Folder of the readings.
        fs_hz: Sampling rate of the records, Hz.
        csv: Also write `<stem>.csv`.
        overlay: Also write `<stem>.overlay.png`.
        known: What is known of the pages.
    """

    out: Path
    fs_hz: float = 500.0
    csv: bool = False
    overlay: bool = False
    known: Known = NOTHING


def find_pictures(paths: Sequence[Path], wish: Wish) -> list[Path]:
    """The pictures that are named; a folder stands for those directly in it, sorted, but for overlays.

    Raises:
        UserError: If a folder holds none, two would be read into the same files, or a reading would take the
            place of what is none, such as the truth beside a picture.
    """
    found = list(dict.fromkeys(picture for path in paths for picture in pictures_in(path)))
    first: dict[str, Path] = {}
    for picture in found:
        other = first.setdefault(picture.stem, picture)
        if other != picture:
            raise UserError(
                f"{picture}: would be written to {picture.stem}.hea like {other}; rename one or read it apart"
            )
        if foreign := _foreign(wish, picture.stem):
            raise UserError(f"{foreign}: is no reading and would be overwritten; choose another --out")
    return found


def pictures_in(path: Path) -> list[Path]:
    """A picture itself, or those directly in a folder, sorted, but for overlays; UserError if there are none."""
    if not path.is_dir():
        return [path]
    pictures = sorted(
        inside
        for inside in path.iterdir()
        if inside.suffix.lower() in ENDINGS and not inside.name.lower().endswith(_OVERLAY) and inside.is_file()
    )
    if not pictures:
        raise UserError(f"{path}: no picture ({', '.join(ENDINGS)}) directly in this folder; name the pictures")
    return pictures


def _foreign(wish: Wish, stem: str) -> Path | None:
    """A file that a reading would take the place of, though no reading wrote it."""
    header = wish.out / f"{stem}.hea"
    if header.is_file():
        return None if MADE.encode() in header.read_bytes() else header
    endings = [".dat", ".json"] + [".csv"] * wish.csv + [_OVERLAY] * wish.overlay
    return next((path for ending in endings if (path := wish.out / f"{stem}{ending}").exists()), None)


def read_pictures(pictures: Sequence[Path], wish: Wish, weights: Path | None = None, workers: int = 1) -> Iterator[str]:
    """Read pictures and write what was found; yields for each, in order, an empty string or why it could not be read.

    The same bytes are written whatever the number of workers. Stopped at any moment, it leaves whole readings, but
    perhaps for what stands beside the last record; that is read again.

    Args:
        pictures: What to read.
        wish: What is wanted of each.
        weights: See `open_backend`.
        workers: Processes at work; each loads the networks for itself.

    Raises:
        UserError: If the folder cannot be written, the weights cannot be loaded, or a worker was killed.
    """
    try:
        wish.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{wish.out}: cannot be written ({error.strerror}); choose another --out") from error
    run, kept = time.time_ns(), "what was read so far is kept; give the others again, with fewer --workers"
    todo = ((picture, wish, weights, run, os.getcwd()) for picture in pictures)
    yield from work(_read_and_write, todo, min(workers, len(pictures)), wish.out, kept)


def read_and_report(paths: Sequence[Path], wish: Wish, weights: Path | None, workers: int = 1) -> int:
    """Find and read pictures and tell the user; how many could not be read.

    Raises:
        UserError: As `Known.layouts`, `find_pictures` and `read_pictures`; on Ctrl-C, with what is kept.
    """
    wish.known.layouts()
    pictures, start = find_pictures(paths, wish), time.monotonic()
    done = failed = 0
    with (
        stoppable(lambda: f"{done - failed} of {len(pictures)} readings are in {wish.out}; give the others again"),
        Progress("pictures", len(pictures)) as progress,
    ):
        for fault in read_pictures(pictures, wish, weights, workers):
            done, failed = done + 1, failed + bool(fault)
            if fault:
                progress.say(f"ecgpaper: {fault}")
            progress.at(done)
    seconds = (time.monotonic() - start) / done
    print(f"{done - failed} of {done} pictures read, {seconds:.1f} s per picture: {wish.out}")
    return failed


def _read_and_write(picture: Path, wish: Wish, weights: Path | None, run: int, folder: str) -> str:
    """Read one picture in whichever process this is; why it could not be read."""
    os.chdir(folder)  # a worker that is used again may stand in another one
    digitizer = _open_once(weights, run)
    try:
        _check_name(picture)
        image = read_picture(picture)
        reading = _read(digitizer, image, picture, wish)
        if (pages := count_pages(picture)) > 1:
            reading.about["warnings"].append(f"the first of {pages} pages was read: store each as a picture of its own")
    except UserError as error:
        return str(error)
    try:
        write_reading(reading, image, wish.out, csv=wish.csv, overlay=wish.overlay)
    except OSError as error:
        raise UserError(f"{wish.out}: cannot be written ({error.strerror}); what was read so far is kept") from error
    return ""


@lru_cache(maxsize=1)
def _open_once(weights: Path | None, run: int) -> Digitizer:
    """The networks, opened once per process and run. All on one thread: torch's sums differ with their number."""
    digitizer = Digitizer(weights)
    cv2.setNumThreads(1)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    return digitizer


def _check_name(picture: Path) -> None:
    """A picture's stem becomes a WFDB record's name; of `*.png`, which matched nothing, that is not what is wrong."""
    if picture.exists() and not re.fullmatch(r"[A-Za-z0-9_-]+", picture.stem):
        fit = re.sub(r"[^A-Za-z0-9_-]+", "-", picture.stem).strip("-") or "page"
        raise UserError(
            f"{picture}: a WFDB record name holds only letters, digits, '-' and '_'; "
            f"rename the picture, to {fit}{picture.suffix} say"
        )


def _read(digitizer: Digitizer, image: Picture, picture: Path, wish: Wish) -> Reading:
    try:
        return digitizer.read(image, picture.stem, fs_hz=wish.fs_hz, known=wish.known)
    except UserError as error:
        raise UserError(f"{picture}: {error}") from None

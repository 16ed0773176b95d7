"""Real pictures and pages of ours beside them: at the same scale, stored alike, and cut only where paper is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from synth.degrade.capture.codec import Codec
from synth.generate import generate
from synth.recipe import Recipe
from synth.record import find_records, read_record
from synth.sample import Sample
from tests.bench.window import SIDE_PX, measure, pitch_px

Picture = NDArray[np.uint8]  # (H, W, 3) RGB
OnPaper = Callable[[NDArray[np.float64]], bool]  # whether all points (n, 2) px lie on the page

_SEED = 4_711
_INSET_MM = 3.0
_TRIES = 20_000


@dataclass(frozen=True, eq=False)
class Look:
    """What is kept of a picture that was looked at.

    Attributes:
        rows: Statistics of each window.
        crops: (n, side, side, 3) uint8 RGB.
    """

    rows: list[dict[str, float]]
    crops: Picture


@dataclass(frozen=True, eq=False)
class Subject:
    """A picture, and where its page is.

    Attributes:
        image: The picture.
        on_paper: Tells whether points lie on the page, well inside.
    """

    image: Picture
    on_paper: OnPaper

    def look(self, windows: int, crops: int, crop_px: int, seed: int) -> Look:
        """Measure so many windows and cut so many crops, from anywhere on the page; fewer if hardly any fits."""
        rng = np.random.default_rng(np.random.SeedSequence(seed))
        return Look(self._measured(windows, rng), np.array(self._cut(crop_px, crops, rng), dtype=np.uint8))

    def _cut(self, side: int, count: int, rng: np.random.Generator) -> list[Picture]:
        h, w = self.image.shape[:2]
        corners = np.array([(x, y) for x in (0.0, 0.5, 1.0) for y in (0.0, 0.5, 1.0)]) * (side - 1)
        pieces: list[Picture] = []
        for _ in range(_TRIES):
            if len(pieces) == count:
                break
            x, y = int(rng.integers(w - side + 1)), int(rng.integers(h - side + 1))
            if self.on_paper(corners + np.array([x, y])):
                pieces.append(self.image[y : y + side, x : x + side])
        return pieces

    def _measured(self, count: int, rng: np.random.Generator) -> list[dict[str, float]]:
        """Statistics of windows, with how much the paper's brightness differs between them."""
        windows = self._cut(SIDE_PX, count, rng)
        if not windows:
            return []
        near_px = float(np.median([pitch_px(window) for window in windows]))
        found = [measure(window, near_px) for window in windows]
        bright = np.array([one["paper brightness"] for one in found])
        spread = {"shading of the page, std": float(bright.std() / bright.mean())}
        return [one | spread for one in found]


def real_pictures(folder: Path, pattern: str, *, whole: bool) -> list[Subject]:
    """The real pictures of a folder, in order of their names.

    Args:
        folder: Where they lie.
        pattern: What their names match.
        whole: Whether paper fills the picture, as in a scan; else it is the bright part of it.
    """
    images = [cv2.imread(str(path), cv2.IMREAD_COLOR_RGB) for path in sorted(folder.glob(pattern))]
    return [Subject(image, _anywhere if whole else _bright_part(image)) for image in images]


def halves(subjects: Sequence[Subject]) -> list[Subject]:
    """The left half of each picture and its right half, by turns."""
    parts = []
    for subject in subjects:
        middle = subject.image.shape[1] // 2
        parts += [Subject(subject.image[:, :middle], _anywhere), Subject(subject.image[:, middle:], _anywhere)]
    return parts


def own_pictures(recipe: Recipe, records: Path, scales: Sequence[float], codec: Codec, count: int) -> Iterator[Subject]:
    """Pages of a recipe, printed from real signals, at the scales of real pictures by turns and stored like them."""
    paths = find_records(records)
    for index in range(count):
        dpi = 25.4 * scales[index % len(scales)]
        scaled = msgspec.structs.replace(recipe, dpi=(dpi, dpi), codec=codec)
        sample = generate(scaled, read_record(paths[7 * index % len(paths)]), seed=_SEED, index=index)
        yield Subject(sample.image, _within(sample))


def _within(sample: Sample) -> OnPaper:
    low, high = np.full(2, _INSET_MM), np.array(sample.page_mm) - _INSET_MM

    def on_paper(points: NDArray[np.float64]) -> bool:
        places = sample.map.inverse(points)
        return bool(((places > low) & (places < high)).all())

    return on_paper


def _anywhere(points: NDArray[np.float64]) -> bool:
    return True


def _bright_part(image: Picture) -> OnPaper:
    """The convex hull of the largest part that is brighter than Otsu's threshold, a little smaller."""
    scale = 400.0 / max(image.shape[:2])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    white = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8)).min(axis=2)
    _, bright = cv2.threshold(white, 0, 255, cv2.THRESH_OTSU)
    outlines, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    page = np.zeros_like(white)
    cv2.fillConvexPoly(page, cv2.convexHull(max(outlines, key=cv2.contourArea)), 255)
    page = cv2.erode(page, np.ones((9, 9), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    limit = np.array(page.shape[::-1]) - 1

    def on_paper(points: NDArray[np.float64]) -> bool:
        x, y = np.minimum((points * scale).astype(np.intp), limit).T
        return bool((page[y, x] > 0).all())

    return on_paper

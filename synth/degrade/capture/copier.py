"""Copiers and fax machines: pages that were copied before they were pictured."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.degrade.capture.scanner import Threshold, black_and_white
from synth.degrade.step import Photometric, Picture
from synth.ranges import Range, Within, draw, draw_count, pick

Grey = NDArray[np.uint8]  # (H, W)

_GRAIN_PX = 512  # side of the tile that grain is drawn for
_STEEP = 9.0  # slope of a copier's tone curve at full contrast


class Photocopy(Photometric, frozen=True, tag="photocopy"):
    """A photocopy, or a photocopy of one: thin lines vanish, thick ones swell, toner falls where it should not.

    Each copy blurs a little and then decides between toner and paper: a faint or thin line falls under what is
    decided for, a strong one gains the blur around it.

    Attributes:
        generations: How many copies were made of copies, in [0, 6].
        contrast: How sharply a copy decides, in [0, 1].
        level: What is just half black, white being 1, in [0.2, 0.9].
        haze: How grey the paper becomes, in [0, 0.3].
        specks: Number of specks of toner that each copy adds, in [0, 400].
        border: Width of black borders where the lid was open, in widths of the picture, in [0, 0.1].
    """

    generations: Annotated[Range, Within(0.0, 6.0, calm=0.0)] = (1.0, 3.0)
    contrast: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.3, 0.9)
    level: Annotated[Range, Within(0.2, 0.9)] = (0.5, 0.72)
    haze: Annotated[Range, Within(0.0, 0.3, calm=0.0)] = (0.0, 0.1)
    specks: Annotated[Range, Within(0.0, 400.0, calm=0.0)] = (0.0, 60.0)
    border: Annotated[Range, Within(0.0, 0.1, calm=0.0)] = (0.0, 0.02)

    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Copy again and again; what is between toner and paper at last is grey."""
        copies, contrast, level = draw_count(self.generations, rng), draw(self.contrast, rng), draw(self.level, rng)
        haze, border = draw(self.haze, rng), draw(self.border, rng)
        if copies == 0:
            return image
        grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        grain = rng.standard_normal((_GRAIN_PX, _GRAIN_PX), dtype=np.float32)
        grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.8), dtype=np.float32)
        rough = np.clip(128.0 + 10.0 * grain, 0.0, 255.0).astype(np.uint8)
        for copy in range(copies):
            _toner(grey, draw_count(self.specks, rng), rng)
            curve = _decide(contrast, level + rng.normal(0.0, 0.03), haze if copy == copies - 1 else 0.3 * haze)
            grey = _copied(grey, curve, rough, rng)
        _borders(grey, border, rng)
        return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), dtype=np.uint8)


class Fax(Photometric, frozen=True, tag="fax"):
    """A fax: a coarse raster of black and white, its lines wider than its dots, some spoilt by the telephone line.

    Attributes:
        dots: Dots along the picture's longer side, 204 per inch of letter paper being 2244; in [400, 4000].
        coarse: How many times as far apart the lines are as the dots, 2.08 in standard and 1.04 in fine resolution
            (ITU-T T.4); in [1, 2.5].
        level: Threshold, as in `bilevel`, in [0.05, 0.95].
        by: How it decides, as in `bilevel`.
        errors: Lines per thousand that arrive spoilt, in [0, 100].
        share: Probability that the picture was faxed at all.
    """

    dots: Annotated[Range, Within(400.0, 4000.0)] = (1600.0, 2300.0)
    coarse: Annotated[Range, Within(1.0, 2.5, calm=1.0)] = (1.04, 2.08)
    level: Annotated[Range, Within(0.05, 0.95)] = (0.45, 0.75)
    by: tuple[Threshold, ...] = ("global", "local", "diffusion")
    errors: Annotated[Range, Within(0.0, 100.0, calm=0.0)] = (0.0, 6.0)
    share: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 1.0

    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Shrink to the fax's raster, decide, spoil lines, and show each dot as a rectangle."""
        dots, coarse, level = draw(self.dots, rng), draw(self.coarse, rng), draw(self.level, rng)
        by, errors, sideways = pick(self.by, rng), draw(self.errors, rng), rng.uniform() < 0.5
        if rng.uniform() >= self.share:
            return image
        h, w = image.shape[:2]
        pitch = max(1.0, max(h, w) / dots)
        size = (w / pitch, h / pitch / coarse) if not sideways else (w / pitch / coarse, h / pitch)
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        raster = cv2.resize(grey, (max(1, round(size[0])), max(1, round(size[1]))), interpolation=cv2.INTER_AREA)
        sent = black_and_white(np.asarray(raster, dtype=np.uint8), level, by)
        _spoil(sent.T if sideways else sent, errors, rng)
        shown = cv2.resize(sent, (w, h), interpolation=cv2.INTER_NEAREST_EXACT)
        return np.asarray(cv2.cvtColor(shown, cv2.COLOR_GRAY2RGB), dtype=np.uint8)


def _decide(contrast: float, level: float, haze: float) -> NDArray[np.float64]:
    """A copier's tone curve, (256,) in [0, 1]: a logistic one, from toner to hazy paper."""
    steep = 1.5 + _STEEP * contrast
    curve = 1.0 / (1.0 + np.exp(-steep * (np.linspace(0.0, 1.0, 256) - level)))
    return np.asarray(0.06 + (0.94 - haze) * (curve - curve[0]) / (curve[-1] - curve[0]))


def _copied(grey: Grey, curve: NDArray[np.float64], rough: Grey, rng: np.random.Generator) -> Grey:
    """One copy: exposed for its paper, soft, uneven and rough, then bent by the curve."""
    h, w = grey.shape
    uneven = (128.0 + rng.uniform(-10.0, 10.0, (4, 5))).astype(np.float32)
    rough = np.roll(rough, tuple(rng.integers(_GRAIN_PX, size=2)), (0, 1))
    paper = float(np.percentile(grey[::7, ::7], 75.0))
    seen = np.interp(np.arange(256) * 255.0 / max(paper, 40.0), np.arange(256), 255.0 * curve)
    grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), max(0.3, 2.6e-4 * max(h, w))), dtype=np.uint8)
    smooth = cv2.resize(uneven, (64, 64), interpolation=cv2.INTER_CUBIC)
    shift = cv2.resize(np.asarray(smooth).astype(np.uint8), (w, h), interpolation=cv2.INTER_LINEAR)
    cv2.addWeighted(grey, 1.0, shift, 1.0, -128.0, dst=grey)
    for top in range(0, h, _GRAIN_PX):
        for left in range(0, w, _GRAIN_PX):
            part = grey[top : top + _GRAIN_PX, left : left + _GRAIN_PX]
            part[:] = cv2.addWeighted(part, 1.0, rough[: part.shape[0], : part.shape[1]], 1.0, -128.0)
    return np.asarray(cv2.LUT(grey, np.round(seen).astype(np.uint8)), dtype=np.uint8)


def _toner(grey: Grey, count: int, rng: np.random.Generator) -> None:
    """Lay specks of toner, in place; one in four is a spot without any."""
    h, w = grey.shape
    unit = max(h, w) / 2200.0
    for _ in range(count):
        x, y, size = rng.uniform(0.0, w), rng.uniform(0.0, h), unit * min(4.0, 0.4 + rng.exponential(0.5))
        tone = 250.0 if rng.uniform() < 0.25 else rng.uniform(20.0, 120.0)
        cv2.ellipse(
            grey, ((x, y), (2.0 * size, size * rng.uniform(1.0, 2.0)), rng.uniform(0, 180)), tone, -1, cv2.LINE_AA
        )


def _borders(grey: Grey, width: float, rng: np.random.Generator) -> None:
    """Blacken some sides where no paper lay, in place; the edge is slanted."""
    h, w = grey.shape
    for side in range(4):
        reach = width * w * rng.uniform(0.2, 1.0, 2) * (rng.uniform() < 0.5)
        length = h if side % 2 == 0 else w
        corners = np.array([[0.0, 0.0], [reach[0], 0.0], [reach[1], length], [0.0, length]])
        corners = corners if side % 2 == 0 else corners[:, ::-1]
        corners = corners if side < 2 else np.array([w, h]) - corners
        if reach.max() >= 1.0:
            cv2.fillPoly(grey, [np.round(corners * 16.0).astype(np.int32).reshape(-1, 1, 2)], 22.0, cv2.LINE_AA, 4)


def _spoil(sent: Grey, per_thousand: float, rng: np.random.Generator) -> None:
    """Spoil lines of a fax, in place: repeat the line before, or fill the rest with wrong runs, as T.4 codes them."""
    count, dots = sent.shape
    for line in rng.integers(count, size=rng.poisson(per_thousand * count / 1000.0)):
        burst = int(rng.geometric(0.5))
        for bad in range(line, min(count, line + burst)):
            if rng.uniform() < 0.5 and bad > 0:
                sent[bad] = sent[bad - 1]
                continue
            at, black = int(rng.integers(dots)), rng.uniform() < 0.5
            while at < dots:
                run = int(rng.geometric(0.02 if black else 0.01))
                sent[bad, at : at + run] = 0 if black else 255
                at, black = at + run, not black

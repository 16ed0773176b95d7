"""The sensor and what comes after it: focus, exposure, noise, sharpening, black and white."""

from __future__ import annotations

from typing import Annotated, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from synth.degrade.step import Photometric, Picture
from synth.ranges import Range, Within, draw, draw_sign, pick

_NOISE_PX = 768  # side of the tile that noise is drawn for
_AROUND_PX = 51  # side of the neighbourhood of a local threshold


class Blur(Photometric, frozen=True, tag="blur"):
    """Focus that is slightly off: a Gaussian blur.

    Attributes:
        sigma: Standard deviation in thousandths of the picture's longer side, in [0, 5].
    """

    sigma: Annotated[Range, Within(0.0, 5.0, calm=0.0)] = (0.1, 0.4)

    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Blur all channels alike."""
        sigma = draw(self.sigma, rng) * 1e-3 * max(image.shape[:2])
        return image if sigma < 0.2 else _picture(cv2.GaussianBlur(image, (0, 0), sigma))


class Motion(Photometric, frozen=True, tag="motion"):
    """A camera that moved while it looked: a blur along a random direction.

    Attributes:
        length: Length of the way in thousandths of the picture's longer side, in [0, 20].
    """

    length: Annotated[Range, Within(0.0, 20.0, calm=0.0)] = (0.2, 1.5)

    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Average along a line, centred: nothing moves."""
        length, angle = draw(self.length, rng) * 1e-3 * max(image.shape[:2]), rng.uniform(0.0, np.pi)
        half = int(np.ceil(length / 2.0))
        if length < 0.5:
            return image
        kernel = np.zeros((2 * half + 1, 2 * half + 1), dtype=np.float32)
        for t in np.linspace(-length / 2.0, length / 2.0, 8 * half + 9):
            x, y = half + t * np.cos(angle), half + t * np.sin(angle)
            j, i = min(int(x), 2 * half - 1), min(int(y), 2 * half - 1)
            u, v = x - j, y - i
            kernel[i : i + 2, j : j + 2] += np.outer([1.0 - v, v], [1.0 - u, u])
        return _picture(cv2.filter2D(image, -1, kernel / kernel.sum()))


class Tone(Photometric, frozen=True, tag="tone"):
    """Exposure, contrast and colour balance of the camera or scanner.

    Attributes:
        gain: Factor on the light, in [0.2, 2].
        gamma: Exponent of the tone curve, in [0.3, 3].
        cast: Relative error of each channel's gain, in [0, 0.5]; the side is drawn.
        grey: Probability that the picture is grey.
    """

    gain: Annotated[Range, Within(0.2, 2.0, calm=1.0)] = (0.85, 1.05)
    gamma: Annotated[Range, Within(0.3, 3.0, calm=1.0)] = (0.8, 1.25)
    cast: Annotated[Range, Within(0.0, 0.5, calm=0.0)] = (0.0, 0.06)
    grey: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 0.0

    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Scale, bend and tint; grey is Rec. 601 luma."""
        gain, gamma = draw(self.gain, rng), draw(self.gamma, rng)
        cast = np.array([1.0 + draw(self.cast, rng) * draw_sign(rng) for _ in range(3)]) * gain
        grey = rng.uniform() < self.grey
        light = np.linspace(0.0, 1.0, 256)[None, :, None] * cast
        curve = np.round(255.0 * np.clip(light, 0.0, 1.0) ** gamma).astype(np.uint8)
        image = _picture(cv2.LUT(image, curve))
        return _picture(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)) if grey else image


class Noise(Photometric, frozen=True, tag="noise"):
    """Sensor noise: Gaussian, partly shared by the channels.

    Attributes:
        sigma: Standard deviation, white being 1; in [0, 0.3].
    """

    sigma: Annotated[Range, Within(0.0, 0.3, calm=0.0)] = (0.005, 0.03)

    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Add luma noise and half as much colour noise, drawn for a tile of the picture and repeated."""
        sigma = 255.0 * draw(self.sigma, rng)
        h, w = image.shape[:2]
        side = _NOISE_PX if max(h, w) > _NOISE_PX else -(-max(h, w) // 2) * 2
        luma = rng.standard_normal((side, side), dtype=np.float32)
        colour = rng.standard_normal((side // 2, side // 2, 3), dtype=np.float32)
        colour = np.asarray(cv2.resize(colour, (side, side), interpolation=cv2.INTER_LINEAR), dtype=np.float32)
        tile = np.round(sigma * luma[..., None] + 0.5 * sigma * colour).astype(np.int16)
        for top in range(0, h, side):
            for left in range(0, w, side):
                part = image[top : top + side, left : left + side]
                part[:] = cv2.add(part, tile[: part.shape[0], : part.shape[1]], dtype=cv2.CV_8U)
        return image


class Sharpen(Photometric, frozen=True, tag="sharpen"):
    """What phones and scanners do to edges: an unsharp mask, with its halos.

    Attributes:
        amount: How much of the detail is added again, in [0, 4].
        radius: Sigma of what counts as detail, in thousandths of the picture's longer side, in [0.1, 3].
    """

    amount: Annotated[Range, Within(0.0, 4.0, calm=0.0)] = (0.2, 1.2)
    radius: Annotated[Range, Within(0.1, 3.0)] = (0.3, 0.9)

    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Add what a blur takes away."""
        amount, sigma = draw(self.amount, rng), draw(self.radius, rng) * 1e-3 * max(image.shape[:2])
        soft = cv2.GaussianBlur(image, (0, 0), max(0.3, sigma))
        return _picture(cv2.addWeighted(image, 1.0 + amount, soft, -amount, 0.0))


class Bilevel(Photometric, frozen=True, tag="bilevel"):
    """Black and white and nothing between, as cheap scanners, copiers and fax machines see.

    Attributes:
        level: Threshold, white being 1, in [0.05, 0.95]; of `local`, how much darker than around counts as black is
            1 - level.
        by: One threshold for all, one from the neighbourhood, or error diffusion (Floyd and Steinberg 1976).
    """

    level: Annotated[Range, Within(0.05, 0.95)] = (0.45, 0.7)
    by: tuple[Literal["global", "local", "diffusion"], ...] = ("global", "local", "diffusion")

    def __post_init__(self) -> None:
        """Check the ranges, and that something is named."""
        super().__post_init__()
        if not self.by:
            raise ValueError("by must name global, local or diffusion; got none")

    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Make every pixel 0 or 255."""
        level, by = draw(self.level, rng), pick(self.by, rng)
        grey = _picture(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
        if by == "global":
            _, black = cv2.threshold(grey, 255.0 * level, 255, cv2.THRESH_BINARY)
        elif by == "local":
            around = cv2.boxFilter(grey, -1, (_AROUND_PX, _AROUND_PX))
            black = np.where(grey > np.asarray(around) * (0.6 + 0.4 * level), np.uint8(255), np.uint8(0))
        else:
            black = np.asarray(Image.fromarray(grey).convert("1"), dtype=np.uint8) * np.uint8(255)
        return _picture(cv2.cvtColor(np.asarray(black, dtype=np.uint8), cv2.COLOR_GRAY2RGB))


def _picture(image: NDArray[np.generic] | cv2.Mat) -> Picture:
    return np.asarray(image, dtype=np.uint8)

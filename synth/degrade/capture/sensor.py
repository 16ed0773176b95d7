"""The sensor and what comes after it, of a phone or of a scanner: focus, exposure, noise, sharpening."""

from __future__ import annotations

from typing import Annotated, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.degrade.step import Photometric, Picture
from synth.ranges import Range, Within, draw, draw_sign

_NOISE_PX = 512  # side of the tile that noise is drawn for
_BAND_ROWS = 64  # are made noisy at a time: they stay in the processor's cache


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
        gain: Factor on the light, in [0.2, 2]; on what a camera's meter makes of it, where one is there.
        gamma: Exponent of the tone curve, in [0.3, 3].
        cast: Relative error of each channel's gain, in [0, 0.5]; the side is drawn.
        grey: Probability that the picture is grey.
    """

    exposes: ClassVar[bool] = True

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
    """Sensor noise as it looks once the phone or scanner has smoothed it: grain, nearly without colour.

    Shot noise grows with the square root of the light, and a gamma curve divides it by nearly as much: what is left is
    as strong in white as in grey. The sensor's own noise is added in the dark.

    Attributes:
        sigma: Standard deviation of the grain where there is light, white being 1; in [0, 0.3].
        dark: How much stronger it is in black, as a share, in [0, 3].
        colour: Strength of the noise of colours against that of the grain, in [0, 1].
        smear: How far denoising has smeared the grain into blotches, in [0, 1].
    """

    sigma: Annotated[Range, Within(0.0, 0.3, calm=0.0)] = (0.005, 0.03)
    dark: Annotated[Range, Within(0.0, 3.0, calm=0.0)] = (0.0, 0.6)
    colour: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.0, 0.12)
    smear: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.2, 0.7)

    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Add noise drawn for a tile of the picture and repeated."""
        sigma, dark = 255.0 * draw(self.sigma, rng), draw(self.dark, rng)
        colour, smear = draw(self.colour, rng), draw(self.smear, rng)
        if sigma < 0.05:
            return image
        h, w = image.shape[:2]
        side = _NOISE_PX if max(h, w) > _NOISE_PX else -(-max(h, w) // _BAND_ROWS) * _BAND_ROWS
        grain = _grain(side, colour, smear, rng)
        # Above and below apart, in bytes: up to four deviations of noise, of up to 1 + dark times its strength.
        tiles = [_picture(np.clip(sign * grain * 63.75, 0.0, 255.0)) for sign in (1.0, -1.0)]
        share = (1.0 + dark * (1.0 - np.linspace(0.0, 1.0, 256)) ** 2) / (1.0 + dark)
        strength = _picture(np.round(255.0 * share))
        scale = sigma * (1.0 + dark) / (63.75 * 255.0)
        for top in range(0, h, _BAND_ROWS):
            for left in range(0, w, side):
                part = image[top : top + _BAND_ROWS, left : left + side]
                local, at = cv2.LUT(part, strength), top % side
                rows, columns = part.shape[:2]
                up, down = (cv2.multiply(local, tile[at : at + rows, :columns], scale=scale) for tile in tiles)
                part[:] = cv2.subtract(cv2.add(part, up), down)
        return image


def _grain(side: int, colour: float, smear: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Noise of deviation 1, (side, side, 3): one grain for all channels, with blotches, and a little colour."""
    fine = rng.standard_normal((side, side), dtype=np.float32)
    coarse = rng.standard_normal((max(2, side // 3), max(2, side // 3)), dtype=np.float32)
    tints = rng.standard_normal((side // 2, side // 2, 3), dtype=np.float32)
    if smear > 0.0:
        fine = np.asarray(cv2.GaussianBlur(fine, (0, 0), 0.3 + 0.5 * smear), dtype=np.float32)
    blotch = np.asarray(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), dtype=np.float32)
    luma = fine / fine.std() + np.float32(0.5 * smear) * blotch / blotch.std()
    tints = np.asarray(cv2.resize(tints, (side, side), interpolation=cv2.INTER_LINEAR), dtype=np.float32)
    return np.asarray((luma / luma.std())[..., None] + np.float32(colour) * tints / tints.std(), dtype=np.float32)


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


def _picture(image: NDArray[np.generic] | cv2.Mat) -> Picture:
    return np.asarray(image, dtype=np.uint8)

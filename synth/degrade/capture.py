"""The capture: pose of the camera or scanner, then lens, sensor and codec."""

from __future__ import annotations

from typing import Annotated, Literal

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from synth.degrade.plugin import Albumentations
from synth.degrade.step import Geometric, Optical, Photometric, Picture, Pose
from synth.geometry import Points
from synth.ranges import Range, Ranged, Within, draw, draw_sign, pick

_NOISE_PX = 768  # side of the tile that noise is drawn for
_AROUND_PX = 51  # side of the neighbourhood of a local threshold


class Tilt(Geometric, frozen=True, tag="tilt"):
    """The page lies turned in the picture, about its centre, to either side.

    Attributes:
        angle_deg: Angle in degrees, in [0, 45]; the side is drawn.
    """

    angle_deg: Annotated[Range, Within(0.0, 45.0, calm=0.0)] = (0.0, 5.0)

    def pose(self, size: tuple[float, float], rng: np.random.Generator) -> Pose:
        """Rotate about the sheet's centre."""
        angle = np.deg2rad(draw(self.angle_deg, rng) * draw_sign(rng))
        turn = np.eye(4)
        turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        return _about_centre(turn, size)


class Perspective(Geometric, frozen=True, tag="perspective"):
    """A camera that does not look straight down: it leans in a random direction.

    Attributes:
        angle_deg: Angle between the camera's axis and the page's normal, in [0, 60].
        distance: Distance of the camera in widths of the page, in [0.8, 10].
    """

    angle_deg: Annotated[Range, Within(0.0, 60.0, calm=0.0)] = (0.0, 15.0)
    distance: Annotated[Range, Within(0.8, 10.0)] = (1.3, 2.5)

    def pose(self, size: tuple[float, float], rng: np.random.Generator) -> Pose:
        """Lean the sheet about its centre and project it; the scale at the centre stays 1."""
        lean, towards = np.deg2rad(draw(self.angle_deg, rng)), rng.uniform(0.0, 2.0 * np.pi)
        d = draw(self.distance, rng) * max(size)
        axis = np.array([np.cos(towards), np.sin(towards), 0.0]) * lean
        rotation, _ = cv2.Rodrigues(axis)
        # Points of the sheet, turned, seen from (0, 0, -d) through a picture plane at focal length d.
        seen = np.eye(4)
        seen[:3, :3] = np.asarray(rotation) * [[d], [d], [1.0]]
        seen[3] = [*np.asarray(rotation)[2], d]
        return _about_centre(seen, size)


class Turn(Geometric, frozen=True, tag="turn"):
    """A picture taken, or a page laid, sideways or upside down.

    Attributes:
        quarters: Quarter turns to choose from, clockwise, each from 0 to 3.
    """

    quarters: tuple[Literal[0, 1, 2, 3], ...] = (0, 1, 2, 3)

    def __post_init__(self) -> None:
        """Check that something is named."""
        if not self.quarters:
            raise ValueError("quarters must name some of 0, 1, 2, 3; got none")

    def pose(self, size: tuple[float, float], rng: np.random.Generator) -> Pose:
        """Rotate about the sheet's centre, exactly."""
        cos, sin = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[pick(self.quarters, rng)]
        turn = np.eye(4)
        turn[:2, :2] = [[cos, -sin], [sin, cos]]
        return _about_centre(turn, size)


class Lens(Optical, frozen=True, tag="lens"):
    """Radial distortion of a wide lens (Brown 1966, first term), a little off the picture's centre.

    Attributes:
        barrel: How far the picture's corners are pulled in, as a share of their distance from the centre, in
            [-0.15, 0.15]; below 0 they are pushed out.
    """

    barrel: Annotated[Range, Within(-0.15, 0.15, calm=0.0)] = (-0.02, 0.04)

    def refract(self, points: Points, size: tuple[int, int], rng: np.random.Generator) -> Points:
        """Scale each point's distance from the optical axis by 1 + barrel * (distance / half diagonal)^2."""
        barrel, reach = draw(self.barrel, rng), 0.5 * float(np.hypot(*size))
        axis = (np.array(size) - 1.0) / 2.0 + rng.normal(0.0, 0.02, 2) * reach
        away = points - axis
        far = (away**2).sum(axis=1, keepdims=True) / reach**2
        return np.asarray(axis + away * (1.0 + barrel * far))


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


class Png(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="png"):
    """Store the picture without loss."""

    suffix = ".png"

    def encode(self, image: Picture, rng: np.random.Generator) -> bytes:
        """Encode (H, W, 3) RGB."""
        return encode_png(image)


class Jpeg(Ranged, frozen=True, tag_field="kind", tag="jpeg"):
    """Store the picture as JPEG.

    Attributes:
        quality: libjpeg quality, in [5, 100].
    """

    quality: Annotated[Range, Within(5.0, 100.0, calm=100.0)] = (60.0, 95.0)

    suffix = ".jpg"

    def encode(self, image: Picture, rng: np.random.Generator) -> bytes:
        """Encode (H, W, 3) RGB at a drawn quality."""
        return _encode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, round(draw(self.quality, rng))])


#: Every capture step a recipe may name; warps are taken before all exposures.
CaptureStep = Albumentations | Tilt | Perspective | Turn | Lens | Blur | Motion | Tone | Noise | Sharpen | Bilevel

#: How the picture is stored.
Codec = Png | Jpeg


def encode_png(image: NDArray[np.uint8]) -> bytes:
    """(H, W, 3) RGB -> the bytes of a PNG file."""
    return _encode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 2])


def _about_centre(matrix: Pose, size: tuple[float, float]) -> Pose:
    to_centre, back = np.eye(4), np.eye(4)
    back[:2, 3] = size[0] / 2.0, size[1] / 2.0
    to_centre[:2, 3] = -back[:2, 3]
    return np.asarray(back @ (matrix / matrix[3, 3]) @ to_centre)


def _encode(suffix: str, image: NDArray[np.uint8], options: list[int]) -> bytes:
    done, data = cv2.imencode(suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise ValueError(f"a picture of {image.shape[1]}x{image.shape[0]} px cannot be stored as {suffix}")
    return data.tobytes()


def _picture(image: NDArray[np.generic] | cv2.Mat) -> Picture:
    return np.asarray(image, dtype=np.uint8)

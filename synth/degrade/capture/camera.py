"""The camera or scanner: how the sheet stands before it, and what its lens does."""

from __future__ import annotations

from typing import Annotated, Literal

import cv2
import numpy as np

from synth.degrade.step import Geometric, Optical, Pose
from synth.geometry import Points
from synth.ranges import Range, Within, draw, draw_sign, pick


class Tilt(Geometric, frozen=True, tag="tilt"):
    """The page lies turned in the picture, about its centre, to either side.

    Attributes:
        angle_deg: Angle in degrees, in [0, 45]; the side is drawn.
        chance: Probability that it does.
    """

    angle_deg: Annotated[Range, Within(0.0, 45.0, calm=0.0)] = (0.0, 5.0)
    chance: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 1.0

    def pose(self, size: tuple[float, float], rng: np.random.Generator) -> Pose:
        """Rotate about the sheet's centre."""
        angle = np.deg2rad(draw(self.angle_deg, rng) * draw_sign(rng))
        angle *= rng.uniform() < self.chance
        turn = np.eye(4)
        turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        return _about_centre(turn, size)


class Perspective(Geometric, frozen=True, tag="perspective"):
    """A camera that does not look straight down: it leans in a random direction.

    Attributes:
        angle_deg: Angle between the camera's axis and the page's normal, in [0, 60].
        distance: Distance of the camera in longer sides of the page, in [0.8, 10].
        chance: Probability that it leans.
    """

    angle_deg: Annotated[Range, Within(0.0, 60.0, calm=0.0)] = (0.0, 15.0)
    distance: Annotated[Range, Within(0.8, 10.0)] = (1.3, 2.5)
    chance: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 1.0

    def pose(self, size: tuple[float, float], rng: np.random.Generator) -> Pose:
        """Lean the sheet about its centre and project it; the scale at the centre stays 1."""
        lean, towards = np.deg2rad(draw(self.angle_deg, rng)), rng.uniform(0.0, 2.0 * np.pi)
        d = draw(self.distance, rng) * max(size)
        lean *= rng.uniform() < self.chance
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


class RollingShutter(Optical, frozen=True, tag="rolling-shutter"):
    """A sensor that is read row by row while the phone moves: the picture is skewed, stretched and wobbles.

    Rows run along the picture's longer side, as they do on a phone's sensor.

    Attributes:
        skew: How far the phone moves while all rows are read, along them and across, each to either side; in shorter
            sides of the picture, in [0, 0.1].
        tremor: How far the hand trembles meanwhile, in thousandths of the picture's longer side, in [0, 3].
    """

    skew: Annotated[Range, Within(0.0, 0.1, calm=0.0)] = (0.0, 0.01)
    tremor: Annotated[Range, Within(0.0, 3.0, calm=0.0)] = (0.0, 0.5)

    def refract(self, points: Points, size: tuple[int, int], rng: np.random.Generator) -> Points:
        """Move every row by where the phone was when it was read; the middle row stays."""
        skew = np.array([draw(self.skew, rng) * draw_sign(rng) for _ in range(2)])
        tremor = draw(self.tremor, rng) * 1e-3 * max(size) * np.array([1.0, rng.uniform(0.2, 1.0)])
        beats, phase = rng.uniform(0.5, 4.0), rng.uniform(0.0, 2.0 * np.pi, 2)
        across = 1 if size[0] >= size[1] else 0  # the axis from row to row
        side = size[across]
        time = ((points[:, across] - (side - 1.0) / 2.0) / side)[:, None]  # 0 at the middle row, -0.5 at the first
        shift = skew * side * time
        shift += tremor * (np.sin(2.0 * np.pi * beats * time + phase) - np.sin(phase))
        return np.asarray(points + (shift if across == 1 else shift[:, ::-1]))


def _about_centre(matrix: Pose, size: tuple[float, float]) -> Pose:
    to_centre, back = np.eye(4), np.eye(4)
    back[:2, 3] = size[0] / 2.0, size[1] / 2.0
    to_centre[:2, 3] = -back[:2, 3]
    return np.asarray(back @ (matrix / matrix[3, 3]) @ to_centre)

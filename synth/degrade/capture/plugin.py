"""Photometric steps of other libraries, by name: imported only when a recipe names them."""

from __future__ import annotations

import os
import warnings
from typing import Any

import msgspec
import numpy as np

from synth.degrade.step import Photometric, Picture
from synth.errors import UserError

#: Transforms that are called image-only and move pixels all the same.
_MOVES = ("ChromaticAberration", "Downscale", "Emboss", "GlassBlur", "MotionBlur", "Superpixels", "ZoomBlur")
#: Modules of imgaug whose augmenters leave pixels in their place, but for those with lopsided kernels.
_STAY = ("arithmetic", "artistic", "blur", "color", "contrast", "convolutional", "edges", "weather")
_LOPSIDED = ("Convolve", "DirectedEdgeDetect", "Emboss", "MotionBlur")


class Albumentations(Photometric, frozen=True, tag="albumentations"):
    """A photometric transform of Albumentations (`pip install 'ecgpaper[albumentations]'`).

    One that moves pixels is refused: labels would not follow. It is checked when the first page is made.

    Attributes:
        transform: Its name, such as `RandomToneCurve`.
        arguments: Its arguments; `p` is 1 if left out.
    """

    transform: str
    arguments: dict[str, Any] = msgspec.field(default_factory=dict)

    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Apply the transform with a seed of this stage."""
        chosen = _find(self.transform, self.arguments)
        chosen.set_random_seed(int(rng.integers(2**31)))
        try:
            exposed = np.asarray(chosen(image=image)["image"])
        except (TypeError, ValueError, NotImplementedError) as error:  # that needs other pictures, or does nothing
            said = " ".join(str(error).split())
            raise UserError(f"albumentations {self.transform}: {said}; see albumentations.ai/docs") from error
        if exposed.shape != image.shape or exposed.dtype != np.uint8:
            raise UserError(
                f"albumentations {self.transform}: gives {exposed.dtype} {exposed.shape}; pages stay 8-bit RGB"
            )
        return exposed


class Imgaug(Photometric, frozen=True, tag="imgaug"):
    """A photometric augmenter of imgaug (`pip install 'ecgpaper[imgaug]'` in an environment of its own).

    imgaug 0.4.0, its last version, needs NumPy below 2 and OpenCV below 5; the extra brings them, and pages are made
    with them, so pixels differ a little from those of newer versions. It also brings `opencv-python` beside
    `opencv-python-headless`: two copies of the same files. Where `import cv2` then asks for libGL, reinstall the
    headless one last: `pip install --force-reinstall --no-deps 'opencv-python-headless<4.12'`.

    An augmenter that moves pixels is refused: labels would not follow. It is checked when the first page is made. A few
    (`Fog`, `Clouds`, `Snowflakes`) fail with every NumPy that Python 3.11 can have, and say so.

    Attributes:
        augmenter: Its name, such as `AddToHueAndSaturation`.
        arguments: Its arguments; [low, high] is a range here, as everywhere in a recipe.
    """

    augmenter: str
    arguments: dict[str, Any] = msgspec.field(default_factory=dict)

    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Apply the augmenter with a seed of this stage."""
        seed = int(rng.integers(2**31))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is of 2020 and deprecated all over
            kind, arguments = _find_augmenter(self.augmenter), _with_ranges(self.arguments)
            try:
                exposed = np.asarray(kind(**{"seed": seed} | arguments).augment_image(image))
            except (TypeError, ValueError, AssertionError, AttributeError) as error:
                said = " ".join(str(error).split())
                raise UserError(f"imgaug {self.augmenter}: {said}; see imgaug.readthedocs.io") from error
        if exposed.shape != image.shape or exposed.dtype != np.uint8:
            raise UserError(f"imgaug {self.augmenter}: gives {exposed.dtype} {exposed.shape}; pages stay 8-bit RGB")
        return exposed


def _find(name: str, arguments: dict[str, Any]) -> Any:
    """The transform; nothing is cached, for it holds a state of its own."""
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # it would ask a server for its newest version
    import albumentations

    kind = getattr(albumentations, name, None)
    if not (isinstance(kind, type) and issubclass(kind, albumentations.BasicTransform)):
        raise UserError(f"albumentations {name}: there is no such transform; see albumentations.ai/docs")
    if name in _MOVES or not issubclass(kind, albumentations.ImageOnlyTransform):
        raise UserError(
            f"albumentations {name}: moves pixels, and labels would not follow; use sheet and capture steps"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return kind(**{"p": 1.0} | arguments)
    except (TypeError, ValueError, UserWarning) as error:
        raise UserError(f"albumentations {name}: {' '.join(str(error).split())}; see albumentations.ai/docs") from error


def _find_augmenter(name: str) -> Any:
    """The class of an augmenter."""
    try:
        from imgaug import augmenters
    except (ImportError, AttributeError) as error:  # with NumPy 2 it fails on an attribute
        raise UserError(
            f"imgaug {name}: imgaug cannot be imported ({error}); "
            "pip install 'ecgpaper[imgaug]' in an environment of its own, it needs NumPy below 2"
        ) from error
    kind = getattr(augmenters, name, None)
    if not (isinstance(kind, type) and issubclass(kind, augmenters.Augmenter)):
        raise UserError(f"imgaug {name}: there is no such augmenter; see imgaug.readthedocs.io")
    if name in _LOPSIDED or kind.__module__.rpartition(".")[2] not in _STAY:
        raise UserError(
            f"imgaug {name}: moves pixels or is not photometric, and labels would not follow; "
            "use sheet and capture steps"
        )
    return kind


def _with_ranges(arguments: dict[str, Any]) -> dict[str, Any]:
    """Lists as pairs: to imgaug a list is a choice."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in arguments.items()}

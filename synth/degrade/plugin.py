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
_MOVES = ("ChromaticAberration", "GlassBlur", "ZoomBlur", "Superpixels")


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
        exposed = np.asarray(chosen(image=image)["image"])
        if exposed.shape != image.shape or exposed.dtype != np.uint8:
            raise UserError(
                f"albumentations {self.transform}: gives {exposed.dtype} {exposed.shape}; pages stay 8-bit RGB"
            )
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

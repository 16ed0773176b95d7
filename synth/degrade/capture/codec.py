"""How a picture is stored."""

from __future__ import annotations

from typing import Annotated

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from synth.degrade.step import Picture
from synth.ranges import Range, Ranged, Within, draw


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


#: How the picture is stored.
Codec = Png | Jpeg


def encode_png(image: NDArray[np.uint8]) -> bytes:
    """(H, W, 3) RGB -> the bytes of a PNG file."""
    return _encode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 2])


def decode_picture(data: bytes) -> NDArray[np.uint8]:
    """Bytes of a PNG or JPEG -> (H, W, 3) RGB.

    Raises:
        ValueError: If they are no picture.
    """
    whole = data.endswith((b"IEND\xaeB`\x82", b"\xff\xd9"))  # decoders fill what was cut off with grey
    try:
        image = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR) if whole else None
    except cv2.error as error:  # it says that it is larger than any
        raise ValueError("no picture, or too large a one") from error
    if image is None:
        raise ValueError("no picture, or only a part of one")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _encode(suffix: str, image: NDArray[np.uint8], options: list[int]) -> bytes:
    done, data = cv2.imencode(suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise ValueError(f"a picture of {image.shape[1]}x{image.shape[0]} px cannot be stored as {suffix}")
    return data.tobytes()

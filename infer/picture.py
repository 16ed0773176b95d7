"""Any picture file -> RGB pixels, upright. Pictures come from anywhere: nothing in them is trusted."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, TiffImagePlugin, UnidentifiedImageError

from synth.errors import UserError

_MIN_SIDE = 64
_MAX_SIDE = 32_000  # OpenCV's warps count to 2**15
_MAX_PIXELS = 150_000_000

_TURNS = {  # EXIF orientation: what brings the picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIZE_SAID = (
    rb"#\?R[^\0]*?\n[-+]Y (?P<h>\d{1,9}) [-+]X (?P<w>\d{1,9})\n",  # Radiance
    rb"PF\s+(?P<w>\d{1,9})\s+(?P<h>\d{1,9})\s",
    rb"P7\n(?:#.*\n)*WIDTH (?P<w>\d{1,9})\nHEIGHT (?P<h>\d{1,9})\n",
)
_AGAIN = "copy or export it again"
# What Pillow may decode: formats whose decoders start no program and open no other picture inside.
_SAFE = (
    "AVIF", "BMP", "DIB", "GIF", "JPEG", "JPEG2000", "MPO", "PCX", "PNG", "PPM", "QOI", "SGI", "TGA", "TIFF", "WEBP",
)  # fmt: skip


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Read the first page or frame of a picture file as RGB, turned upright as its EXIF says.

    Pillow decodes; OpenCV does where Pillow does not know the format (Radiance, colour PFM, PAM, odd TIFF).
    For JPEG both give the same pixels, as both carry libjpeg-turbo. Alpha is composited on white; CMYK (of
    JPEG: inverted, as Adobe writes it) and palettes become RGB; 16 bit become 8. Of 32 bit integers and
    of floats, white is the first of 1 (floats only), 255 and 65535 that no value exceeds, else the largest
    value. Colour profiles are ignored. Formats that can hold others, such as PostScript, which a program would have
    to run, are refused.

    Returns:
        (H, W, 3) uint8 RGB, each side 64 to 32,000 px, at most 150 million pixels.

    Raises:
        UserError: One line, "path: fault; cure".
    """
    try:
        if path.is_dir():
            raise UserError(f"{path}: is a folder; name the pictures in it, such as {path}/*.png")
        if not path.is_file():
            raise UserError(f"{path}: no such file; give the path of a picture")
        if path.stat().st_size == 0:
            raise UserError(f"{path}: is empty (0 bytes); {_AGAIN}")
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's remarks on size and tags: sizes are checked here
            picture = _with_pillow(path, file)
            return _with_opencv(path, file) if picture is None else picture
    except UserError:
        raise
    except MemoryError:
        raise UserError(f"{path}: needs more memory than there is; give it smaller") from None
    except Exception as error:  # decoders fail in many ways on what is no picture
        fault = getattr(error, "strerror", None) or str(error) or type(error).__name__
        said = " ".join(fault.split())
        raise UserError(f"{path}: cannot be read as a picture ({said}); {_AGAIN}") from error


def _with_pillow(path: Path, file: BinaryIO) -> NDArray[np.uint8] | None:
    """Decode with Pillow; None where it does not know the format or the kind of colour."""
    Image.init()
    try:
        image = Image.open(file, formats=[name for name in _SAFE if name in Image.ID])
    except UnidentifiedImageError:
        return None
    except Image.DecompressionBombError:
        raise UserError(f"{path}: has far too many pixels; at most {_MAX_PIXELS // 10**6} million are read") from None
    with image:
        _check_size(path, *image.size)
        image.load()
        turn = _turn(image)
        upright = image if turn is None else image.transpose(turn)
        return _rgb(upright)


def count_pages(path: Path) -> int:
    """How many pages a picture file that `read_picture` has read holds, if it is a TIFF; else 1."""
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return int(getattr(Image.open(file, formats=["TIFF"]), "n_frames", 1))
        except Exception:  # a broken second page says nothing of the first
            return 1


def _turn(image: Image.Image) -> Image.Transpose | None:
    try:
        return _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # broken EXIF says nothing of the orientation
        return None


def _rgb(image: Image.Image) -> NDArray[np.uint8] | None:
    """Bring any of Pillow's modes to RGB; None where Pillow knows no way."""
    if image.mode.startswith("I;16"):
        return _eight_bit(np.asarray(image, dtype=np.uint16))
    if image.mode in ("I", "F"):
        return _eight_bit(np.asarray(image))
    try:
        if image.has_transparency_data:
            paper = Image.new("RGBA", image.size, "white")
            paper.alpha_composite(image.convert("RGBA"))
            image = paper
        return np.array(image.convert("RGB"))
    except ValueError:
        return None


def _eight_bit(values: NDArray[Any]) -> NDArray[np.uint8]:
    """(H, W) or (H, W, 3) of any type -> (H, W, 3) uint8; what is white follows `read_picture`."""
    if values.dtype in (np.uint8, np.uint16):
        white = float(np.iinfo(values.dtype).max)
    else:
        levels = (1.0, 255.0, 65535.0) if values.dtype.kind == "f" else (255.0, 65535.0)
        values = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        top = float(values.max())
        white = next((level for level in levels if top <= level), top)
    grey = np.clip(values * np.float32(255.0 / white) + np.float32(0.5), 0, 255).astype(np.uint8)
    return grey if grey.ndim == 3 else np.repeat(grey[..., None], 3, axis=2)


def _with_opencv(path: Path, file: BinaryIO) -> NDArray[np.uint8]:
    """Decode what OpenCV knows and Pillow does not, once its header has told the size."""
    file.seek(0)
    size = _claimed_size(file)
    if size is None:
        raise UserError(f"{path}: is no picture that can be read; give a PNG, JPEG, TIFF, BMP, WebP or GIF")
    _check_size(path, *size)
    file.seek(0)
    level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_ANYDEPTH
        image = cv2.imdecode(np.frombuffer(file.read(), dtype=np.uint8), flags)
    finally:
        cv2.utils.logging.setLogLevel(level)
    if image is None:
        raise UserError(f"{path}: is broken or of a kind that cannot be read; {_AGAIN}")
    return _eight_bit(np.asarray(image))


def _claimed_size(file: BinaryIO) -> tuple[int, int] | None:
    """(width, height) that the header of a Radiance, PFM, PAM or TIFF file claims; None for all else."""
    head = file.read(4096)
    if head.startswith((b"II*\0", b"MM\0*")):
        tags = TiffImagePlugin.ImageFileDirectory_v2(head[:8])
        file.seek(tags.next)
        tags.load(file)
        return int(tags[TiffImagePlugin.IMAGEWIDTH]), int(tags[TiffImagePlugin.IMAGELENGTH])
    found = next((found for pattern in _SIZE_SAID if (found := re.match(pattern, head))), None)
    return (int(found["w"]), int(found["h"])) if found else None


def _check_size(path: Path, width: int, height: int) -> None:
    said = f"{path}: {width} x {height} px"
    if min(width, height) < _MIN_SIDE:
        raise UserError(f"{said} is too small to read an ECG from; give at least {_MIN_SIDE} px a side")
    if max(width, height) > _MAX_SIDE or width * height > _MAX_PIXELS:
        million = _MAX_PIXELS // 10**6
        raise UserError(f"{said} is too large; give at most {_MAX_SIDE} px a side, {million} million in all")

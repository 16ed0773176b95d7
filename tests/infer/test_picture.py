"""Promises of reading a picture: whatever the file, RGB pixels upright, or one line that says why not."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms

from infer.picture import read_picture
from synth.errors import UserError

Pixels = NDArray[np.uint8]


def _picture(w: int = 112, h: int = 80) -> Pixels:
    """Blocks of 8 x 8 px in random colours, the four corners unlike."""
    rng = np.random.default_rng(np.random.SeedSequence(5))
    return np.kron(rng.integers(0, 256, (h // 8, w // 8, 3), dtype=np.uint8), np.ones((8, 8, 1), np.uint8))


RGB = _picture()
GREY = RGB[..., 0]


def _grey3(grey: Pixels) -> Pixels:
    return np.repeat(grey[..., None], 3, axis=2)


def _read(tmp_path: Path, name: str, data: bytes) -> Pixels:
    path = tmp_path / name
    path.write_bytes(data)
    return read_picture(path)


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _line(tmp_path: Path, name: str, data: bytes) -> str:
    with pytest.raises(UserError) as caught:
        _read(tmp_path, name, data)
    return _one_line(caught.value, tmp_path / name)


def _one_line(error: UserError, path: Path) -> str:
    said = str(error)
    assert said.startswith(f"{path}: ")
    assert "; " in said
    assert "\n" not in said
    return said.removeprefix(f"{path}: ")


LOSSLESS: dict[str, Callable[[Image.Image], bytes]] = {
    "png": lambda image: _saved(image, "PNG"),
    "tiff": lambda image: _saved(image, "TIFF", compression="tiff_lzw"),
    "bmp": lambda image: _saved(image, "BMP"),
    "webp": lambda image: _saved(image, "WEBP", lossless=True),
    "ppm": lambda image: _saved(image, "PPM"),
    "jp2": lambda image: _saved(image, "JPEG2000", irreversible=False),
    "tga": lambda image: _saved(image, "TGA"),
    "sgi": lambda image: _saved(image, "SGI"),
}


@pytest.mark.parametrize("kind", LOSSLESS)
def test_what_is_stored_without_loss_is_read_without_loss(kind: str, tmp_path: Path) -> None:
    found = _read(tmp_path, f"a.{kind}", LOSSLESS[kind](Image.fromarray(RGB)))
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, RGB)


@pytest.mark.parametrize("kind", ["png", "webp", "tiff"])
def test_the_ending_of_the_name_does_not_matter(kind: str, tmp_path: Path) -> None:
    np.testing.assert_array_equal(_read(tmp_path, "a.jpg", LOSSLESS[kind](Image.fromarray(RGB))), RGB)


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_pixels_are_those_of_opencv(subsampling: int, progressive: bool, tmp_path: Path) -> None:
    data = _saved(Image.fromarray(RGB), "JPEG", quality=70, subsampling=subsampling, progressive=progressive)
    theirs = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    np.testing.assert_array_equal(_read(tmp_path, "a.jpg", data), theirs)


# What a viewer must see upright is RGB; this is how each orientation stores it.
STORED = {
    1: RGB,
    2: RGB[:, ::-1],
    3: RGB[::-1, ::-1],
    4: RGB[::-1],
    5: RGB.swapaxes(0, 1),
    6: np.rot90(RGB, 1),
    7: np.rot90(RGB, 2).swapaxes(0, 1),
    8: np.rot90(RGB, -1),
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", STORED)
def test_every_exif_orientation_is_brought_upright(kind: str, orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    options: dict[str, object] = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}.get(kind, {})
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation]))
    found = _read(tmp_path, "a.bin", _saved(stored, kind, exif=exif, **options))
    assert found.shape == RGB.shape
    assert np.abs(found.astype(int) - RGB).mean() < 3.0


def test_orientation_is_honoured_in_16_bit_grey_too(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    stored = Image.fromarray(np.ascontiguousarray(np.rot90(GREY, 1)).astype(np.uint16) * 257)
    np.testing.assert_array_equal(_read(tmp_path, "a.png", _saved(stored, "PNG", exif=exif)), _grey3(GREY))


def test_broken_or_absurd_exif_is_overlooked(tmp_path: Path) -> None:
    for payload in (b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"):
        found = _read(tmp_path, "a.jpg", _saved(Image.fromarray(RGB), "JPEG", exif=payload, quality=95))
        assert found.shape == RGB.shape
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 77
    np.testing.assert_array_equal(_read(tmp_path, "a.png", _saved(Image.fromarray(RGB), "PNG", exif=exif)), RGB)


def test_alpha_is_composited_on_white(tmp_path: Path) -> None:
    alpha = np.tile(np.linspace(0, 255, RGB.shape[1]).astype(np.uint8), (RGB.shape[0], 1))
    share = alpha[..., None] / 255.0
    want = RGB * share + 255.0 * (1.0 - share)
    for kind in ("PNG", "TIFF", "TGA"):
        found = _read(tmp_path, f"a.{kind}", _saved(Image.fromarray(np.dstack([RGB, alpha])), kind))
        assert np.abs(found - want).max() <= 1.0
    found = _read(tmp_path, "la.png", _saved(Image.fromarray(np.dstack([GREY, alpha]), "LA"), "PNG"))
    assert np.abs(found - (GREY[..., None] * share + 255.0 * (1.0 - share))).max() <= 1.0


def test_a_transparent_colour_is_white(tmp_path: Path) -> None:
    palette = Image.fromarray(GREY // 16, "P")
    palette.putpalette([level * 15 for level in range(16) for _ in range(3)])
    want = (GREY // 16) * 15
    found = _read(tmp_path, "p.png", _saved(palette, "PNG", transparency=0))
    np.testing.assert_array_equal(found, _grey3(np.where(want == 0, 255, want).astype(np.uint8)))
    found = _read(tmp_path, "rgb.png", _saved(Image.new("RGB", (64, 64), (1, 2, 3)), "PNG", transparency=(1, 2, 3)))
    assert (found == 255).all()
    found = _read(tmp_path, "p.gif", _saved(palette, "GIF", transparency=0))
    np.testing.assert_array_equal(found[want == 0], 255)


def test_grey_palette_and_one_bit_become_rgb(tmp_path: Path) -> None:
    for kind in ("PNG", "TIFF", "BMP", "JPEG"):
        found = _read(tmp_path, "l", _saved(Image.fromarray(GREY), kind, quality=98))
        assert np.abs(found.astype(int) - _grey3(GREY)).max() <= (6 if kind == "JPEG" else 0)
    bits = Image.fromarray(GREY > 127)
    for kind, options in (("PNG", {}), ("BMP", {}), ("TIFF", {"compression": "group4"})):
        found = _read(tmp_path, "1", _saved(bits, kind, **options))
        np.testing.assert_array_equal(found, _grey3((GREY > 127).astype(np.uint8) * 255))
    few = Image.fromarray(RGB).quantize(16)
    np.testing.assert_array_equal(_read(tmp_path, "p.png", _saved(few, "PNG")), np.asarray(few.convert("RGB")))


def test_cmyk_becomes_rgb_also_where_adobe_inverted_it(tmp_path: Path) -> None:
    cmyk = Image.fromarray(RGB).convert("CMYK")
    np.testing.assert_array_equal(_read(tmp_path, "a.tif", _saved(cmyk, "TIFF")), RGB)
    jpeg = _saved(cmyk, "JPEG", quality=98, subsampling=0)
    assert b"Adobe" in jpeg
    assert np.abs(_read(tmp_path, "a.jpg", jpeg).astype(int) - RGB).mean() < 2.0


def test_other_colour_spaces_become_rgb(tmp_path: Path) -> None:
    found = _read(tmp_path, "ycbcr.tif", _saved(Image.fromarray(RGB).convert("YCbCr"), "TIFF"))
    assert np.abs(found.astype(int) - RGB).max() <= 4
    spaces = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    lab = ImageCms.profileToProfile(Image.fromarray(RGB), *spaces, outputMode="LAB")
    assert lab is not None
    assert np.abs(_read(tmp_path, "lab.tif", _saved(lab, "TIFF")).astype(int) - RGB).mean() < 6


def test_16_bit_grey_is_scaled_not_clipped(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (64, 1))
    want = np.tile(np.arange(256, dtype=np.uint8), (64, 1))
    for kind in ("PNG", "TIFF", "PPM", "JPEG2000"):
        found = _read(tmp_path, "a.bin", _saved(Image.fromarray(ramp), kind))
        assert np.abs(found.astype(int) - _grey3(want)).max() <= (1 if kind == "JPEG2000" else 0), kind
    big_endian = Image.frombytes("I;16B", (256, 64), ramp.astype(">u2").tobytes())
    np.testing.assert_array_equal(_read(tmp_path, "b.tif", _saved(big_endian, "TIFF")), _grey3(want))


@pytest.mark.parametrize("ending", [".png", ".tiff", ".ppm"])
def test_16_bit_rgb_is_scaled_not_clipped(ending: str, tmp_path: Path) -> None:
    done, data = cv2.imencode(ending, RGB[..., ::-1].astype(np.uint16) * 257)
    assert done
    np.testing.assert_array_equal(_read(tmp_path, "a" + ending, data.tobytes()), RGB)


@pytest.mark.parametrize("white", [255, 65535, 10_000_000])
def test_32_bit_integers_are_scaled_to_the_next_white(white: int, tmp_path: Path) -> None:
    values = (GREY.astype(np.int64) * white // int(GREY.max())).astype(np.int32)
    found = _read(tmp_path, "a.tif", _saved(Image.fromarray(values, "I"), "TIFF"))
    assert np.abs(found - _grey3(GREY * (255.0 / GREY.max()))).max() <= 1.0


@pytest.mark.parametrize("white", [1.0, 255.0, 65535.0, 1e9])
def test_floats_are_scaled_to_the_next_white_and_what_is_no_number_is_black(white: float, tmp_path: Path) -> None:
    values = (GREY / GREY.max() * white).astype(np.float32)
    values[:2] = np.array([[np.nan], [np.inf]])
    found = _read(tmp_path, "a.tif", _saved(Image.fromarray(values), "TIFF"))
    assert (found[:2] == 0).all()
    assert np.abs(found[2:] - _grey3(GREY * (255.0 / GREY.max()))[2:]).max() <= 1.0


def test_opencv_reads_what_pillow_does_not_know(tmp_path: Path) -> None:
    bgr = np.ascontiguousarray(RGB[..., ::-1])
    float_bgr = bgr.astype(np.float32) / np.float32(255.0)
    for name, stored in (("a.hdr", float_bgr), ("a.pfm", float_bgr), ("a.tiff", float_bgr)):
        done, data = cv2.imencode(Path(name).suffix, stored)
        assert done
        assert np.abs(_read(tmp_path, name, data.tobytes()).astype(int) - RGB).max() <= 1, name
    head = b"P7\nWIDTH 112\nHEIGHT 80\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n"
    np.testing.assert_array_equal(_read(tmp_path, "a.pam", head + RGB.tobytes()), RGB)


def test_the_first_page_or_frame_is_read(tmp_path: Path) -> None:
    first, second = Image.fromarray(GREY), Image.fromarray(255 - GREY)
    for kind, options in (("TIFF", {}), ("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {})):
        data = _saved(first, kind, save_all=True, append_images=[second], **options)
        np.testing.assert_array_equal(_read(tmp_path, "a." + kind, data), _grey3(GREY))


def _png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _radiance_claiming(width: int, height: int) -> bytes:
    return f"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {height} +X {width}\n".encode() + bytes(100)


@pytest.mark.parametrize("claiming", [_png_claiming, _radiance_claiming])
@pytest.mark.parametrize(("width", "height"), [(13_000, 12_000), (30_000, 30_000), (40_000, 100)])
def test_a_picture_too_large_is_refused_before_it_is_decoded(
    claiming: Callable[[int, int], bytes], width: int, height: int, tmp_path: Path
) -> None:
    said = _line(tmp_path, "bomb.png", claiming(width, height))
    assert "too large" in said or "too many pixels" in said
    assert "150 million" in said


@pytest.mark.parametrize(("width", "height"), [(1, 1), (63, 500), (500, 63)])
def test_a_tiny_picture_is_refused(width: int, height: int, tmp_path: Path) -> None:
    said = _line(tmp_path, "tiny.png", _saved(Image.new("RGB", (width, height)), "PNG"))
    assert said.startswith(f"{width} x {height} px is too small")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF", "JPEG2000", "PPM", "AVIF"])
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.9])
def test_a_truncated_file_is_refused(kind: str, kept: float, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    noise = np.random.default_rng(np.random.SeedSequence(1)).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    data = _saved(Image.fromarray(noise), kind)
    _line(tmp_path, "cut.bin", data[: int(kept * len(data))])
    assert capfd.readouterr() == ("", "")


def test_a_broken_file_for_opencv_is_refused_in_silence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    done, data = cv2.imencode(".tiff", np.zeros((200, 300, 3), np.float32))
    assert done
    for name, broken in (("a.tif", data.tobytes()[:-20]), ("a.hdr", _radiance_claiming(300, 200))):
        _line(tmp_path, name, broken)
    assert capfd.readouterr() == ("", "")


def test_what_is_no_picture_is_refused_in_one_line(tmp_path: Path) -> None:
    assert "no picture" in _line(tmp_path, "text.png", b"I, II, III\n0.1, 0.2, 0.3\n" * 50)
    assert "no picture" in _line(tmp_path, "page.eps", _saved(Image.fromarray(RGB), "EPS"))
    assert "no picture" in _line(tmp_path, "page.pdf", b"%PDF-1.7\n" + bytes(500))
    assert "empty (0 bytes)" in _line(tmp_path, "empty.jpg", b"")
    for path, fault in ((tmp_path, "is a folder"), (tmp_path / "none.png", "no such file")):
        with pytest.raises(UserError) as caught:
            read_picture(path)
        assert fault in _one_line(caught.value, path)


def test_random_damage_gives_a_picture_or_one_line_never_anything_else(tmp_path: Path) -> None:
    rng = np.random.default_rng(np.random.SeedSequence(2))
    for kind in ("PNG", "JPEG", "TIFF", "GIF", "WEBP", "BMP", "PPM"):
        whole = np.frombuffer(_saved(Image.fromarray(RGB), kind), np.uint8)
        for _ in range(25):
            hurt = whole.copy()
            at = rng.integers(0, min(len(hurt), 400), 4)
            hurt[at] = rng.integers(0, 256, 4)
            path = tmp_path / "hurt.bin"
            path.write_bytes(hurt.tobytes())
            try:
                found = read_picture(path)
            except UserError as error:
                _one_line(error, path)
            else:
                assert found.dtype == np.uint8
                assert found.ndim == 3


def test_no_picture_can_hold_another_that_a_program_would_have_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IPTC wraps any other format: PostScript would start Ghostscript, a large one passes the check of its size."""
    inside = _saved(Image.fromarray(RGB), "EPS")

    def field(record: int, number: int, data: bytes) -> bytes:
        return bytes([0x1C, record, number]) + len(data).to_bytes(2, "big") + data

    wrapped = field(3, 60, b"\1\0") + field(3, 20, (200).to_bytes(2, "big")) + field(3, 30, (200).to_bytes(2, "big"))
    wrapped += field(3, 120, b"\5") + field(8, 10, inside[:30_000])
    monkeypatch.setattr("subprocess.check_call", lambda *_, **__: pytest.fail("started a program"))
    assert "no picture" in _line(tmp_path, "eps.png", wrapped)

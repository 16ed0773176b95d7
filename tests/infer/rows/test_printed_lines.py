"""Lines of the grid, measured in the pixels of strips that are drawn here pixel by pixel."""

import numpy as np
import pytest
from numpy.typing import NDArray

from infer.rows.printed_lines import line_colour, lines_off
from infer.rows.strips import HALF_MM, ROWS, X_PX_MM, Y_PX_MM, column_mm
from synth.grid_lines import even_mm

COLUMNS = 1024
CORNER = (7.3, 61.7 - HALF_MM)
MIDDLE = np.full(COLUMNS, ROWS // 2)
STILL = np.zeros((ROWS // 4, COLUMNS // 4, 2), "f4")
CALM = np.s_[18:-18, 30:-30]  # cells away from the border of the strip, beyond whose outermost lines nothing is known

Places = NDArray[np.float64]


def places() -> tuple[Places, Places]:
    """Where on the grid each pixel was meant to lie."""
    return CORNER[0] + column_mm(np.arange(COLUMNS)), CORNER[1] + (np.arange(ROWS)[:, None] + 0.5) / Y_PX_MM


def drawn(
    x: Places, y: Places, *, fine: float = 0.15, noise: float = 4.0, raster: float | None = None
) -> NDArray[np.uint8]:
    """Red lines on white paper where places on the grid (ROWS, COLUMNS) are whole."""
    dark = np.zeros((ROWS, COLUMNS))
    for at, pixel_mm in ((x, 1.0 / X_PX_MM), (y, 1.0 / Y_PX_MM)):
        for pitch, strength, width in ((5.0, 0.5, 0.12), (1.0, fine, 0.1)):
            parts = [even_mm(at + part * pixel_mm, pitch, raster) for part in (-0.4, -0.2, 0.0, 0.2, 0.4)]
            away = np.stack([part - pitch * np.round(part / pitch) for part in parts])
            dark = np.maximum(dark, strength * np.exp(-0.5 * (away / width) ** 2).mean(axis=0))
    paper = np.stack([235.0 - 60.0 * dark, 230.0 - 230.0 * dark, 225.0 - 220.0 * dark], axis=-1)
    return np.clip(paper + np.random.default_rng(3).normal(0.0, noise, paper.shape), 0, 255).astype(np.uint8)


def off_in(
    strip: NDArray[np.uint8], shift: NDArray[np.float32], row: NDArray[np.intp] = MIDDLE, raster: float | None = None
) -> NDArray[np.float32]:
    """What is measured in a strip."""
    return lines_off(strip, shift, CORNER, row, line_colour(strip, shift, CORNER, raster), raster_dpi=raster)


def cells(pixels: Places) -> Places:
    """What lies at the centres of cells of 4 x 4 pixels."""
    return (pixels[1::4, 1::4] + pixels[2::4, 2::4]) / 2.0


def bend(x: Places, y: Places) -> tuple[Places, Places]:
    """How far places are off in a strip that was cut a little askew."""
    return 0.06 * np.sin(x / 9.0) * np.cos(y / 11.0), 0.05 * np.cos(x / 12.0 + y / 30.0)


@pytest.mark.parametrize("fine", [0.0, 0.15], ids=["5 mm lines alone", "with 1 mm lines"])
def test_a_strip_is_put_right_to_a_hundredth_of_a_millimetre_by_its_lines(fine: float) -> None:
    x, y = places()
    right, down = bend(x, y)
    off = off_in(drawn(x + right, y + down, fine=fine), STILL)
    for axis, true in enumerate((right, down)):
        assert np.sqrt(np.mean((off[..., axis] + cells(true))[CALM] ** 2)) < 0.2 * np.sqrt(np.mean(true**2))
        assert np.abs(off[..., axis] + cells(true))[CALM].max() < 0.03


def test_lines_that_lie_where_the_network_has_them_are_left_there() -> None:
    x, y = places()
    right, down = bend(x, y)
    known = np.stack([cells(right), cells(down)], axis=-1).astype("f4")
    off = off_in(drawn(x + right, y + down), known)
    assert np.abs(off[CALM]).max() < 0.01


def test_without_lines_nothing_is_moved() -> None:
    bare = np.full((ROWS, COLUMNS, 3), 230.0) + np.random.default_rng(5).normal(0.0, 4.0, (ROWS, COLUMNS, 3))
    off = off_in(bare.astype(np.uint8), STILL)
    assert np.abs(off).max() < 0.01


def test_ink_of_the_trace_is_no_line() -> None:
    x, y = places()
    strip = drawn(x + 0.0 * y, y + 0.0 * x)
    row = np.round(256 + 120 * np.sin(np.arange(COLUMNS) / 7.0)).astype(np.intp)
    for column in range(1, COLUMNS):
        low, high = sorted(row[column - 1 : column + 1])
        strip[low - 2 : high + 3, column] = 30
    off = off_in(strip, STILL, row)
    assert np.abs(off[CALM]).max() < 0.02


def test_lines_on_whole_pixels_of_a_raster_are_expected_there() -> None:
    x, y = places()
    on_raster = drawn(x + 0.0 * y, y + 0.0 * x, fine=0.0, raster=200.0)
    known, unknown = (off_in(on_raster, STILL, raster=dpi)[CALM] for dpi in (200.0, None))
    assert np.abs(known).max() < 0.01
    assert np.abs(unknown).max() > 0.02


def test_the_colour_of_lines_is_what_they_take_of_each_channel() -> None:
    x, y = places()
    strip = drawn(x + 0.0 * y, y + 0.0 * x)
    red, green, blue = line_colour(strip, STILL, CORNER, None).lost
    assert red < 0.2
    assert 0.3 < green < 0.55
    assert 0.3 < blue < 0.55

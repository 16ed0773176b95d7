"""The plane of a strip: what is cut lies where the numbers say."""

import numpy as np

from infer.rows.strips import HALF_MM, ROWS, X_PX_MM, above_mm, at_zero, column_mm, cut_strip, row_of
from synth.geometry import compose, raster_map


def test_rows_and_heights_are_inverse() -> None:
    heights = np.linspace(-30, 30, 13)
    assert np.allclose(above_mm(row_of(heights)), heights)


def test_a_line_of_known_height_is_cut_at_its_row_at_any_resolution() -> None:
    for px_per_mm in (6.0, 8.0, 11.8, 24.0):
        y_mm = 40.3
        h, w = round(90 * px_per_mm), round(120 * px_per_mm)
        y = (np.arange(h) + 0.5) / px_per_mm
        picture = 255 * (1 - np.exp(-0.5 * ((y - y_mm) / 0.3) ** 2))[:, None, None] * np.ones((1, w, 3))
        strip = cut_strip(picture.astype(np.uint8), compose([at_zero(10.0, 45.0), raster_map(px_per_mm)]), 320)
        ink = 255.0 - strip[..., 0].astype(float)
        rows = (ink * np.arange(ROWS)[:, None]).sum(axis=0) / ink.sum(axis=0)
        assert np.abs(rows - row_of(np.array([45.0 - y_mm]))).max() < 0.1


def test_a_line_of_known_time_is_cut_at_its_column() -> None:
    x = (np.arange(1200) + 0.5) / 8.0
    picture = 255 * (1 - np.exp(-0.5 * ((x - 31.7) / 0.3) ** 2))[None, :, None] * np.ones((800, 1, 3))
    strip = cut_strip(picture.astype(np.uint8), compose([at_zero(10.0, 50.0), raster_map(8.0)]), 512)
    ink = 255.0 - strip[ROWS // 2, :, 0].astype(float)
    assert abs((ink * (10.0 + column_mm(np.arange(512)))).sum() / ink.sum() - 31.7) < 0.02


def test_a_strip_holds_its_reach() -> None:
    assert ROWS == 2 * HALF_MM * 6
    assert column_mm(np.array([9]))[0] * X_PX_MM == 9.5

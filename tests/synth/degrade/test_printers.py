"""Promises of printers and pens: they change the look of ink, and never its place."""

from __future__ import annotations

from typing import get_args

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from synth.degrade.printers.printer import AnyPrinter, Ideal, Office, Printer, Screen, Screenshot, Thermal
from synth.generate import generate
from synth.geometry import Feed
from synth.heart import heart_record
from synth.recipe import Recipe
from synth.sample import Sample
from synth.style import Style

PRINTERS: tuple[type[Printer], ...] = get_args(AnyPrinter)
_WHITE = Style(fine=(0.0, 0.0), coarse=(0.0, 0.0), ink=(0.0, 0.0), header=0.0, footer=0.0, separator=0.0, pulse=0.0)


_IDEAL = Ideal()


def _page(printer: Printer = _IDEAL, style: Style = _WHITE, dpi: float = 200.0) -> Sample:
    recipe = Recipe(name="r", printers=(printer,), style=style, dpi=(dpi, dpi))
    return generate(recipe, heart_record(2, 1), seed=4, index=0)


def _offset(sample: Sample) -> NDArray[np.float64]:
    """Mean place of the ink against its label at level stretches, (x is not seen there) in px across."""
    ink = 255.0 - sample.image.mean(axis=2)
    offsets = []
    for trace in sample.traces:
        x, y = trace.xy_px.T
        for k in range(5, len(x) - 5, 12):
            if np.ptp(y[k - 5 : k + 6]) < 1.0:
                column, row = round(x[k]), round(y[k])
                part = ink[row - 5 : row + 6, column]
                if part.sum() > 100:
                    offsets.append(float((part * np.arange(row - 5, row + 6)).sum() / part.sum() - y[k]))
    return np.array(offsets)


@pytest.mark.slow
@pytest.mark.parametrize("printer", PRINTERS)
@pytest.mark.parametrize("pen", ["line", "columns", "dots"])
@pytest.mark.parametrize("antialiased", [0.0, 1.0])
def test_no_printer_or_pen_moves_the_ink_off_its_label(printer: type[Printer], pen: str, antialiased: float) -> None:
    style = msgspec.structs.replace(_WHITE, pens=(pen,), antialiased=antialiased)
    offsets = _offset(_page(printer(), style))
    assert len(offsets) > 100
    assert abs(np.median(offsets)) < 0.15
    assert np.percentile(np.abs(offsets), 90) < 1.2


@pytest.mark.parametrize("printer", PRINTERS)
def test_every_printer_says_what_it_is_and_has_ordered_ranges(printer: type[Printer]) -> None:
    assert printer.__doc__
    for field in msgspec.structs.fields(printer):
        assert field.name in printer.__doc__
        if isinstance(field.default, tuple) and isinstance(field.default[0], float):
            assert field.default[0] <= field.default[1]


@pytest.mark.parametrize("printer", PRINTERS)
def test_a_printer_prints_the_same_page_twice_and_another_seed_another(printer: type[Printer]) -> None:
    one, again = _page(printer(), dpi=100.0), _page(printer(), dpi=100.0)
    np.testing.assert_array_equal(one.image, again.image)
    recipe = Recipe(name="r", printers=(printer(),), style=_WHITE, dpi=(100.0, 100.0))
    other = generate(recipe, heart_record(2, 1), seed=5, index=0)
    assert printer in (Ideal, Screenshot) or not np.array_equal(one.image, other.image)


def test_ink_spreads_as_far_as_the_dot_gain_says() -> None:
    clean = dict(fray=(0.0, 0.0), mottle=(0.0, 0.0), halftone=(0.0, 0.0))
    area = [
        (255.0 - _page(Office(dot_gain_mm=(gain, gain), **clean), dpi=300.0).image).sum() for gain in (0.0, 0.05, 0.1)
    ]
    trace_mm = 0.3
    assert area[1] / area[0] == pytest.approx((trace_mm + 2 * 0.05) / trace_mm, rel=0.12)
    assert area[2] / area[0] == pytest.approx((trace_mm + 2 * 0.1) / trace_mm, rel=0.12)


def test_a_halftone_keeps_the_tint_and_leaves_white_white() -> None:
    still = dict(dot_gain_mm=(0.0, 0.0), fray=(0.0, 0.0), mottle=(0.0, 0.0))
    style = msgspec.structs.replace(_WHITE, fine=(1.0, 1.0), fine_mm=(0.5, 0.5))
    true, dotted = (_page(Office(halftone=(share, share), **still), style).image for share in (0.0, 1.0))
    np.testing.assert_allclose(dotted.mean(axis=(0, 1)), true.mean(axis=(0, 1)), atol=9.0)
    assert dotted.std() > 1.2 * true.std()
    white = _page(Office(halftone=(1.0, 1.0), **still)).image
    assert np.median(white[:100]) == 255
    assert white[:100].min() == 255


@pytest.mark.parametrize(("head", "axis"), [("upright", 1), ("across", 0)])
def test_a_dead_element_of_a_thermal_head_leaves_a_line_without_ink(head: str, axis: int) -> None:
    steady = dict(head=(head,), feed_mm=(0.0, 0.0), banding=(0.0, 0.0), fading=(0.0, 0.0))
    whole, gaps = (
        _page(Thermal(dropouts=(n, n), **steady), msgspec.structs.replace(_WHITE, pulse=1.0), 203.2).image
        for n in (0.0, 40.0)
    )
    lost = (gaps.astype(int) - whole).max(axis=2) > 100
    assert lost.any()
    lines = np.flatnonzero(lost.any(axis=axis))
    assert len(lines) <= 3 * 40  # a dot is blurred into its neighbours


def test_thermal_ink_fades_and_lies_in_dots_of_the_head() -> None:
    fresh, faded = (
        _page(Thermal(fading=(f, f), banding=(0.0, 0.0), feed_mm=(0.0, 0.0)), dpi=400.0).image for f in (0.0, 0.9)
    )
    assert fresh.min() < 60
    assert (255.0 - faded).sum() < 0.75 * (255.0 - fresh).sum()


def test_an_unsteady_feed_moves_ink_and_labels_together_and_can_be_undone() -> None:
    sample = _page(Thermal(feed_mm=(0.3, 0.3), dropouts=(0.0, 0.0), fading=(0.0, 0.0)))
    still = _page(Thermal(feed_mm=(0.0, 0.0), dropouts=(0.0, 0.0), fading=(0.0, 0.0)))
    moved = [one.xy_px - other.xy_px for one, other in zip(sample.traces, still.traces, strict=True)]
    assert max(np.abs(shift).max() for shift in moved) > 0.5
    for trace in sample.traces:
        mm = sample.map.inverse(trace.xy_px)
        np.testing.assert_allclose((mm[:, 0] - trace.t0_mm) / sample.speed_mm_s, trace.t_s, atol=1e-9)
    offsets = _offset(sample)
    assert abs(np.median(offsets)) < 0.15


def test_a_feed_that_would_fold_the_paper_is_refused() -> None:
    with pytest.raises(ValueError, match="must rise"):
        Feed(0, np.array([0.0, 1.0, 2.0]), np.array([0.0, -1.5, 0.0]))


def test_a_screen_shows_its_own_pixels() -> None:
    image = _page(Screen(px_per_mm=(2.0, 2.0)), msgspec.structs.replace(_WHITE, antialiased=0.0), 254.0).image
    dark = image[..., 0] < 128
    runs = np.diff(np.flatnonzero(np.diff(dark[:, 1000].astype(int))))[::2]
    assert len(runs)
    assert (runs >= 4).all()  # 10 px/mm show pixels of half a millimetre


def test_columns_join_where_a_limb_is_steep() -> None:
    for pen in ("line", "columns"):
        page = _page(style=msgspec.structs.replace(_WHITE, pens=(pen,), lead_name=0.0))
        trace = page.traces[-1]
        at = np.linspace(0, len(trace.t_s) - 1, 20_000)
        x, y = (np.interp(at, np.arange(len(trace.t_s)), trace.xy_px[:, axis]) for axis in (0, 1))
        ink = 255 - page.image[np.round(y).astype(int), np.round(x).astype(int), 0]
        assert (ink > 60).mean() > 0.999

"""Promises of what people write on a print."""

from __future__ import annotations

import itertools

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from synth.degrade.paper.writing.hand import Hand, extent, moved, write
from synth.degrade.paper.writing.handwriting import Handwriting
from synth.degrade.paper.writing.highlighter import Highlighter
from synth.degrade.paper.writing.notes import NOTES, draw_note
from synth.degrade.paper.writing.pens import PENS, lay_strokes
from synth.degrade.paper.writing.rubber import draw_stamp
from synth.degrade.paper.writing.spot import find_spot
from synth.degrade.paper.writing.stamp import Stamp, press_rubber
from synth.degrade.step import Imprint
from synth.fonts import HAND_FONTS
from synth.glyphs import load_glyph
from synth.ranges import scaled

PX_PER_MM = 8.0
STRONG = (
    Handwriting(notes=(8.0, 8.0), marks=(12.0, 12.0)),
    Highlighter(count=(8.0, 8.0)),
    Stamp(count=(4.0, 4.0)),
)


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed))


def _paper(w_mm: float = 120.0, h_mm: float = 90.0) -> NDArray[np.uint8]:
    return np.full((round(h_mm * PX_PER_MM), round(w_mm * PX_PER_MM), 3), 250, dtype=np.uint8)


def _written(text: str, font: str, seed: int) -> NDArray[np.uint8]:
    page, pen = _paper(), PENS["black"]
    outlines = moved(write(text, Hand(font, 4.0, 0.4, 0.1, 1.0), _rng(seed)), np.array([10.0, 30.0]))
    lay_strokes(page, outlines, pen, pen.colours[0], PX_PER_MM, _rng(seed))
    return page


def test_at_least_six_hand_fonts_are_really_written_with(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[str] = set()
    monkeypatch.setattr(
        "synth.degrade.paper.writing.hand.load_glyph",
        lambda font, letter: (used.add(font), load_glyph(font, letter))[1],
    )
    for seed in range(40):
        Handwriting(notes=(2.0, 2.0)).mark(_paper(), PX_PER_MM, _rng(seed))
    assert len(used) >= 6
    assert used <= set(HAND_FONTS)


def test_no_two_hand_fonts_are_of_one_shape() -> None:
    shapes = [np.concatenate(load_glyph(font, "R").outlines).round(3) for font in HAND_FONTS]
    assert all(not np.array_equal(one, other) for one, other in itertools.combinations(shapes, 2))


@pytest.mark.parametrize("font", HAND_FONTS)
def test_every_hand_has_every_sign_that_is_noted(font: str) -> None:
    said = set("".join(NOTES)) | set("".join(draw_note(_rng(seed)) for seed in range(300)))
    for sign in said - set(" \n{}"):
        assert sum(map(len, load_glyph(font, sign).outlines)) > 4, sign  # one that is missing warns, an error here


@pytest.mark.parametrize("font", HAND_FONTS)
def test_words_differ_between_two_writings_of_the_same_string(font: str) -> None:
    once, again = (_written("see old ECG", font, seed)[..., 1] < 128 for seed in (1, 2))
    assert once.sum() > 500
    assert again.sum() > 500
    shifted = max(
        (once & np.roll(again, (dy, dx), (0, 1))).sum() / (once | np.roll(again, (dy, dx), (0, 1))).sum()
        for dy in range(-6, 7)
        for dx in range(-6, 7)
    )
    assert shifted < 0.75


@pytest.mark.parametrize("font", HAND_FONTS)
def test_no_letter_looks_the_same_twice_in_one_word(font: str) -> None:
    one = len(load_glyph(font, "e").outlines)
    outlines = write("eeee", Hand(font, 4.0, 0.4, 0.1, 1.0), _rng(3))
    letters = [outlines[k] - outlines[k].mean(axis=0) for k in range(0, 4 * one, one)]
    for first, second in itertools.combinations(letters, 2):
        assert np.abs(first - second).max() > 0.05  # mm


@pytest.mark.parametrize("strong", STRONG)
def test_ink_only_darkens_and_what_is_below_shows_through(strong: Imprint) -> None:
    page = _rng(5).integers(0, 256, (720, 960, 3), dtype=np.uint8)
    marked = strong.mark(page.copy(), PX_PER_MM, _rng(1))
    assert (marked <= page).all()
    inked = (marked < page).any(axis=2)
    assert 0.005 < inked.mean() < 0.6
    before, after = page[inked].astype(float).mean(axis=1), marked[inked].astype(float).mean(axis=1)
    assert np.corrcoef(before, after)[0, 1] > 0.4


@pytest.mark.parametrize("strong", STRONG)
def test_severity_zero_writes_nothing(strong: Imprint) -> None:
    for seed in range(10):
        page = scaled(strong, 0.0).mark(_paper(), PX_PER_MM, _rng(seed))
        np.testing.assert_array_equal(page, _paper())


@pytest.mark.parametrize("strong", STRONG)
def test_as_many_pages_are_written_on_as_the_share_says(strong: Imprint) -> None:
    rare = msgspec.structs.replace(strong, share=0.3)
    written = [bool((rare.mark(_paper(), PX_PER_MM, _rng(seed)) < 250).any()) for seed in range(60)]
    assert 0.15 < np.mean(written) < 0.45


def test_where_a_highlighter_goes_twice_it_is_darker() -> None:
    step = Highlighter(1.0, (12.0, 12.0), (6.0, 6.0), (0.7, 0.7), ("pink",))
    green = step.mark(_paper(), PX_PER_MM, _rng(4))[..., 1].astype(float)
    once = 250.0 * (1.0 - 0.7 * 0.5)  # the most that one layer takes
    assert (green < 0.85 * once).mean() > 0.01
    assert (green < 0.97 * 250.0).mean() > (green < 0.85 * once).mean()


def _stamped(uneven: float, seed: int) -> NDArray[np.float64]:
    step = Stamp(1.0, (1.0, 1.0), (50.0, 50.0), (uneven, uneven), ("black",))
    return 250.0 - step.mark(_paper(), PX_PER_MM, _rng(seed))[..., 1].astype(float)


def test_stamps_are_of_many_kinds_and_tilted() -> None:
    shapes = {len(draw_stamp(_rng(seed))) for seed in range(40)}
    assert len(shapes) > 20
    assert len({_stamped(0.2, seed).tobytes() for seed in range(10)}) == 10


def test_an_uneven_stamp_leaves_less_ink_than_an_even_one() -> None:
    for seed in range(8):
        assert _stamped(0.9, seed).sum() < 0.8 * _stamped(0.0, seed).sum()


def test_the_edges_of_a_stamp_are_darker_than_its_middle() -> None:
    rubber = np.zeros((200, 200), dtype=np.uint8)
    rubber[50:150, 50:150] = 255
    ink = np.mean([press_rubber(rubber, 0.0, PX_PER_MM, _rng(seed)) for seed in range(10)], axis=0)
    assert ink[80:120, 51:53].mean() > 1.15 * ink[80:120, 80:120].mean()


def test_the_same_words_are_as_large_on_paper_at_every_scale() -> None:
    sizes = []
    for px_per_mm in (4.0, 8.0, 16.0):
        page = np.full((round(60 * px_per_mm), round(100 * px_per_mm), 3), 255, dtype=np.uint8)
        outlines = moved(write("RBBB", Hand("kalam-400", 5.0, 0.4, 0.1, 1.0), _rng(1)), np.array([10.0, 30.0]))
        lay_strokes(page, outlines, PENS["felt"], (0.0, 0.0, 0.0), px_per_mm, _rng(2))
        y, x = np.nonzero(page[..., 1] < 128)
        sizes.append(np.array([np.ptp(x), np.ptp(y)]) / px_per_mm)
    assert np.abs(np.array(sizes) - sizes[-1]).max() < 0.35


def test_notes_look_for_free_paper_and_marks_for_ink() -> None:
    page = _paper()
    page[:, : page.shape[1] // 2] = 0
    free, inked = (
        [find_spot(page, PX_PER_MM, (20.0, 10.0), "page", _rng(seed), inked=inked)[0] for seed in range(20)]
        for inked in (False, True)
    )
    assert np.mean(free) > np.mean(inked) + 40.0


@pytest.mark.parametrize(("paper", "grid", "ink"), [(250, 225, 150), (250, 225, 10), (150, 130, 70), (110, 90, 10)])
def test_ink_is_seen_as_it_is_darker_than_its_paper_however_grey_both_are(paper: int, grid: int, ink: int) -> None:
    page = np.full((720, 960, 3), paper, dtype=np.uint8)
    page[::8], page[:, ::40] = (grid, grid // 2, grid // 2), (grid, grid // 2, grid // 2)
    for top in range(30, 360, 40):
        page[top : top + 5] = ink
    free, inked = (
        [find_spot(page, PX_PER_MM, (30.0, 12.0), "page", _rng(seed), inked=inked)[1] for seed in range(20)]
        for inked in (False, True)
    )
    assert max(inked) < 40.0
    assert min(free) > 40.0


def test_nothing_is_written_on_what_was_written_while_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    monkeypatch.setattr(
        "synth.degrade.paper.writing.handwriting.lay_strokes",
        lambda image, outlines, *rest, **more: written.append(extent(outlines)),
    )
    for seed in range(40):
        Handwriting(notes=(7.0, 7.0), marks=(0.0, 0.0)).mark(_paper(160.0, 120.0), PX_PER_MM, _rng(seed))
    clashes = [
        np.maximum(np.minimum(one[1], other[1]) - np.maximum(one[0], other[0]), 0.0).prod()
        / min(np.prod(one[1] - one[0]), np.prod(other[1] - other[0]))
        for page in range(40)
        for one, other in itertools.combinations(written[7 * page : 7 * page + 7], 2)
    ]
    assert len(clashes) == 40 * 21
    assert np.mean(np.array(clashes) > 0.05) < 0.01


@pytest.mark.parametrize("font", HAND_FONTS)
def test_digits_are_written_nearly_as_high_as_capitals(font: str) -> None:
    high = [
        np.subtract(*extent(write(sign, Hand(font, 4.0, 0.4, 0.1, 0.0), _rng(1)))[::-1])[1] for sign in "0123456789"
    ]
    assert np.mean(high) > 0.85 * 4.0


def test_no_pen_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="pens must name some of blue"):
        Handwriting(pens=())

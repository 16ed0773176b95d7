"""Training targets agree with the very pixels that the networks are shown."""

import pickle
from dataclasses import fields
from pathlib import Path

import msgspec
import numpy as np
import pytest

from infer.networks.view import cell_centres
from infer.rows.strips import ROWS, column_mm, row_of
from synth.catalogue import CATALOGUE
from synth.errors import UserError
from synth.generate import generate
from synth.heart import heart_record
from synth.parts import Pulse
from synth.recipe import load_recipe
from synth.settings import Settings
from train.config import Pages, TrainConfig, load_config
from train.data import _pulse_strokes, make_example, mark_rows
from train.page import page_targets
from train.sharp import draw_sharp
from train.vary import vary
from train.wobble import draw_wobble

CONFIG = TrainConfig(name="test", pages=(Pages("clean"),), crops_per_page=4, crop_columns=256, heart_share=1.0)


def test_the_same_index_gives_the_same_example() -> None:
    a, b = make_example(CONFIG, [], 3), make_example(CONFIG, [], 3)
    for name in ("strips", "y", "edge", "grid"):
        assert np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True)
    assert a.page is not None
    for name in ("picture", "phase", "paper", "turn", "name", "rows", "pulse", "speed", "words"):
        assert np.array_equal(getattr(a.page, name), getattr(b.page, name))


def test_an_example_lies_in_memory_as_if_another_process_had_made_it() -> None:
    """Sums over pixels depend on it, in their last digit, and with them all steps that follow."""
    mine = make_example(CONFIG, [], 0)
    theirs = pickle.loads(pickle.dumps(mine))
    for one, other in ((mine, theirs), (mine.page, theirs.page)):
        arrays = [field.name for field in fields(one) if field.name != "page"]
        assert [getattr(one, name).strides for name in arrays] == [getattr(other, name).strides for name in arrays]


def test_the_true_row_lies_on_dark_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    """In columns where the trace is nearly level, the pixel at the label is darker than the paper around."""
    monkeypatch.setattr("train.data.vary", lambda picture, rng: picture)
    dark, light = [], []
    for index in range(4):
        example = make_example(CONFIG, [], index)
        for strip, y in zip(example.strips.astype(float).mean(axis=1), example.y, strict=True):
            level = np.isfinite(y[1:-1]) & (np.abs(np.diff(y, 2)) < 0.5) & (np.abs(y[2:] - y[:-2]) < 1.0)
            level &= (y[1:-1] > 20) & (y[1:-1] < ROWS - 20)
            columns = np.flatnonzero(level) + 1
            rows = np.round(y[columns]).astype(int)
            dark.append(strip[rows, columns])
            light.append(strip[rows - 12, columns])
    assert np.percentile(np.concatenate(dark), 90) < 120
    assert np.median(np.concatenate(light)) > 200


@pytest.mark.parametrize("more", range(4))
def test_the_phase_is_that_of_the_printed_grid_however_the_picture_is_turned(more: int) -> None:
    """Along both axes of the small picture, pixels whose phase says `on a coarse line` are redder than others."""
    sample = generate(load_recipe("clean"), heart_record(0, 0), seed=0, index=0)
    seen = page_targets(sample, more)
    assert int(seen.turn) == more
    assert np.allclose(np.hypot(seen.phase[0], seen.phase[1]), 1.0, atol=1e-6)
    green = seen.picture[..., 1].astype(np.float64)
    for picture, wave in ((green, seen.phase[:2]), (green.T, seen.phase[2:].transpose(0, 2, 1))):
        row = wave.shape[1] // 2
        inside = np.arange(80.0, picture.shape[1] - 80.0)
        centres = np.arange(wave.shape[2]) * 4.0 + 1.5
        angle = np.interp(inside, centres, np.unwrap(np.arctan2(wave[1, row], wave[0, row])))
        across = picture[4 * row - 60 : 4 * row + 60, inside.astype(int)].mean(axis=0)
        assert across[np.cos(angle) > 0.95].mean() < across[np.cos(angle) < 0.5].mean() - 5.0


def test_names_and_rows_lie_where_they_are_printed() -> None:
    sample = generate(load_recipe("clean"), heart_record(0, 0), seed=0, index=0)
    seen = page_targets(sample, 0)
    size = (seen.picture.shape[1], seen.picture.shape[0])
    mm = sample.map.inverse(cell_centres(sample.size_px, size)).reshape(*seen.paper.shape, 2)
    assert set(np.unique(seen.name)) == set(range(13))
    for trace in sample.traces:
        at = trace.t0_mm + sample.speed_mm_s * np.median(trace.t_s), trace.zero_mm
        i, j = np.unravel_index(np.hypot(*(mm - at).transpose(2, 0, 1)).argmin(), seen.paper.shape)
        assert seen.rows[0, i, j] == 1.0
        assert seen.rows[1, i, j] > 0.8
    assert seen.rows[0].mean() < 0.75
    turned = page_targets(sample, 1)
    assert turned.name.max() == turned.rows.max() == 0


@pytest.mark.parametrize("seed", range(4))
def test_a_wobble_moves_points_there_and_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wobble = draw_wobble((100.0, 80.0), 51.2, rng)
    mm = rng.uniform([0, -30], [51, 30], (200, 2))
    assert np.abs(wobble.inverse(wobble.forward(mm)) - mm).max() < 1e-3


@pytest.mark.parametrize("seed", range(3))
def test_what_a_smoothed_map_misses_of_a_crumpled_page_moves_points_there_and_back(seed: int) -> None:
    sample = generate(load_recipe("0010"), heart_record(seed, 0), seed=seed, index=0)
    sharp = draw_sharp(sample, np.random.default_rng(seed))
    mm = np.random.default_rng(seed).uniform(0.0, sample.page_mm, (200, 2))
    assert np.abs(sharp.inverse(sharp.forward(mm)) - mm).max() < 1e-3
    assert sharp.missed_mm.std() > 0.003


def test_a_map_of_a_flat_page_misses_nothing() -> None:
    sample = generate(load_recipe("clean"), heart_record(0, 0), seed=0, index=0)
    assert np.abs(draw_sharp(sample, np.random.default_rng(0)).missed_mm).max() < 0.002


def test_strokes_of_pulses_are_darker_where_the_label_has_them_than_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("train.data.vary", lambda picture, rng: picture)
    wide = msgspec.structs.replace(CONFIG, crop_columns=1024, crops_per_page=8)
    darker = []
    for index in range(3):
        example = make_example(wide, [], index)
        for strip, away in zip(example.strips.astype(float).mean(axis=1), example.edge[:, 1], strict=True):
            peaks = np.flatnonzero(np.abs(away[6:-6]) <= 0.05) + 6
            above = strip[round(row_of(np.array(8.0))) : round(row_of(np.array(2.0)))].mean(axis=0)
            darker += list(np.minimum(above[peaks - 6], above[peaks + 6]) - above[peaks])
    assert len(darker) > 10
    assert np.median(darker) > 100.0


def test_strokes_of_pulses_are_where_they_are_printed_at_any_speed_and_in_any_format() -> None:
    recipe = load_recipe("clean")
    own = msgspec.structs.replace(CATALOGUE["3x4+II"], name="own", pulse=Pulse(width_s=0.4, feet_mm=0.0))
    for changed in (
        {"layout": own},
        {"layouts": ("6x2",), "settings": Settings(speed=1.0, speeds_mm_s=(50.0,))},
    ):
        sample = generate(msgspec.structs.replace(recipe, **changed), heart_record(0, 1), seed=1, index=0)
        pulses = [sample.map.inverse(np.array(mark.quad_px)) for mark in sample.marks if mark.kind == "pulse"]
        assert pulses
        for zero in {trace.zero_mm for trace in sample.traces}:
            strokes = _pulse_strokes(sample, zero)
            here = [corners for corners in pulses if corners[:, 1].min() < zero < corners[:, 1].max() + 1.0]
            for x in strokes[:, 0]:
                ends = [(corners[:, 0].min(), corners[:, 0].max()) for corners in here]
                assert any(low - 0.5 <= x <= high + 0.5 for low, high in ends)
            assert len(strokes) == 2 * len(here)


def test_strips_show_the_grid_where_their_labels_say() -> None:
    """Where the phase of the grid says `on a coarse line`, the strip is redder than beside it."""
    example = make_example(CONFIG, [], 1)
    for strip, grid in zip(example.strips, example.grid, strict=True):
        paper = strip.astype(float)[1].reshape(ROWS // 4, 4, -1, 4).mean(axis=(1, 3))
        calm = np.isfinite(grid[0]) & (paper > 200)
        for cosine in (grid[0], grid[4]):  # along x and along y
            on, off = calm & (cosine > 0.95), calm & (cosine < 0.0)
            if on.sum() > 50 and off.sum() > 50:
                assert paper[on].mean() < paper[off].mean() - 1.0


def test_only_strips_are_made_where_only_their_network_is_trained() -> None:
    whole, strips = make_example(CONFIG, [], 2), make_example(msgspec.structs.replace(CONFIG, pages_too=False), [], 2)
    assert strips.page is None
    assert whole.page is not None
    assert strips.strips.shape == whole.strips.shape


def test_cells_on_printed_settings_say_which_and_hold_their_ink() -> None:
    sample = generate(load_recipe("clean"), heart_record(0, 0), seed=0, index=0)
    page = page_targets(sample, 0)
    darkness = 255.0 - page.picture.min(axis=2).reshape(page.words.shape[0], 4, -1, 4).min(axis=(1, 3))
    assert set(np.unique(page.words)) == {0, 2, 6}  # none, 25 mm/s, 10 mm/mV
    for said in (2, 6):
        assert darkness[page.words == said].mean() > 100.0


def test_held_out_records_stay_held_out_whatever_the_folder() -> None:
    names = [f"{i:05d}_hr" for i in range(2000)]
    share = np.mean([CONFIG.held_out(name) for name in names])
    assert 0.04 < share < 0.09
    assert TrainConfig(name="x", pages=(Pages("clean"),), exclude=("a",)).held_out("a")


def test_a_training_recipe_that_names_an_unknown_recipe_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('name = "x"\n[[pages]]\nrecipe = "claen"\n')
    with pytest.raises(UserError, match="claen"):
        load_config(path)


def test_a_part_of_a_page_shows_the_same_grid_at_the_same_pixels() -> None:
    sample = generate(load_recipe("clean"), heart_record(0, 0), seed=0, index=0)
    box = (300, 200, 1500, 1400)
    angles = []
    for seen, size, corner in (
        (page_targets(sample, 0), sample.size_px, (0, 0)),
        (page_targets(sample, 0, box), (1200, 1200), (300, 200)),
    ):
        h, w = seen.paper.shape
        px = cell_centres(size, (4 * w, 4 * h)).reshape(h, w, 2) + corner
        row = int(np.abs(px[:, 0, 1] - 800.0).argmin())
        angle = np.unwrap(np.arctan2(seen.phase[1, row], seen.phase[0, row]))
        angles.append(np.interp(np.arange(400.0, 1400.0), px[row, :, 0], angle))
    off = (angles[0] - angles[1]) / (2.0 * np.pi)
    assert np.abs(off - np.round(off.mean())).max() < 0.01  # of a cell of the grid


def test_pictures_are_varied_without_moving_a_pixel() -> None:
    y, x = np.mgrid[:64, :96]
    spot = np.exp(-0.5 * (((x - 40.3) / 4.0) ** 2 + ((y - 25.7) / 4.0) ** 2))
    picture = np.repeat((230.0 - 180.0 * spot)[..., None], 3, axis=2).astype(np.uint8)
    for seed in range(60):
        varied = vary(picture, np.random.default_rng(seed))
        assert varied.shape == picture.shape
        assert varied.dtype == np.uint8
        grey = varied.astype(float).mean(axis=2)
        weight = np.abs(grey - np.median(grey)) * (np.hypot(x - 40, y - 26) < 12)
        found = (weight * x).sum() / weight.sum(), (weight * y).sum() / weight.sum()
        assert np.hypot(found[0] - 40.3, found[1] - 25.7) < 0.4
    assert np.array_equal(vary(picture, np.random.default_rng(1)), vary(picture, np.random.default_rng(1)))


def test_columns_that_a_strip_cut_askew_shows_several_heights_of_have_no_true_row() -> None:
    """A stroke that leans back: one column crosses it thrice."""
    corners, along = (
        [(0.0, 0.0), (1.0, 0.0), (2.0, -8.0), (1.6, -4.0), (3.0, 0.0), (4.0, 0.0)],
        np.linspace(0.0, 5.0, 200),
    )
    points = np.stack([np.interp(along, np.arange(6), values) for values in zip(*corners, strict=True)], axis=1)
    y = np.full(48, np.nan, dtype=np.float32)
    mark_rows(y, points, np.ones(len(points), dtype=bool))
    columns = column_mm(np.arange(48))
    assert np.isnan(y[(columns > 1.65) & (columns < 1.95)]).all()
    assert np.isfinite(y[(columns > 0.1) & (columns < 1.4)]).all()
    assert np.isfinite(y[(columns > 3.1) & (columns < 3.9)]).all()

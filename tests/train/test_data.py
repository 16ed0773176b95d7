"""Training targets agree with the very pixels that the networks are shown."""

from pathlib import Path

import numpy as np
import pytest

from infer.strips import ROWS
from infer.view import cell_centres
from synth.errors import UserError
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import load_recipe
from train.config import Pages, TrainConfig, load_config
from train.data import make_example, page_targets

CONFIG = TrainConfig(name="test", pages=(Pages("clean"),), crops_per_page=4, crop_columns=256, heart_share=1.0)


def test_the_same_index_gives_the_same_example() -> None:
    a, b = make_example(CONFIG, [], 3), make_example(CONFIG, [], 3)
    for name in ("picture", "phase", "place", "paper", "strips", "y", "edge"):
        assert np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True)


def test_the_true_row_lies_on_dark_ink() -> None:
    """In columns where the trace is nearly level, the pixel at the label is darker than the paper around."""
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


def test_the_phase_is_that_of_the_printed_grid() -> None:
    """Cells whose phase says `on a coarse line` are redder than the others."""
    sample = generate(load_recipe("clean"), heart_record(0, 0), seed=0, index=0)
    size = (1152, 896)
    phase, place, paper = page_targets(sample, size)
    centres = cell_centres((sample.image.shape[1], sample.image.shape[0]), size).reshape(*paper.shape, 2)
    assert np.allclose(np.hypot(phase[0], phase[1]), 1.0, atol=1e-6)
    x = np.arange(100.0, 2000.0)
    on_line = np.cos(np.interp(x, centres[0, :, 0], np.unwrap(np.arctan2(phase[1, 0], phase[0, 0])))) > 0.98
    row = sample.image[520:600, x.astype(int), 1].mean(axis=0)
    assert row[on_line].mean() < row[~on_line].mean() - 8
    mm = sample.map.inverse(centres.reshape(-1, 2)).reshape(*paper.shape, 2)
    assert np.allclose(place[0] * 100, mm[..., 0] - 15.0, atol=1e-3)


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

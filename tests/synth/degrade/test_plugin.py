"""Promises of plug-ins: a named transform of another library runs like a step, and one that moves pixels is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from synth.degrade.capture.plugin import Albumentations
from synth.errors import UserError
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import Recipe, load_recipe
from synth.store import read_sample, write_sample


def _page(step: Albumentations, seed: int = 1) -> np.ndarray:
    recipe = Recipe(name="r", dpi=(60.0, 60.0), capture=(step,))
    return generate(recipe, heart_record(1, 1), seed=seed, index=0).image


def test_albumentations_is_not_imported_before_a_recipe_names_it() -> None:
    code = "import sys, synth; synth.load_recipe('phone'); assert 'albumentations' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_transform_changes_pixels_the_same_way_for_the_same_seed(tmp_path: Path) -> None:
    pytest.importorskip("albumentations")
    (tmp_path / "own.toml").write_text(
        'name = "own"\ndpi = [60, 60]\n[[capture]]\nkind = "albumentations"\ntransform = "RandomToneCurve"\n'
        "arguments = {scale = 0.4}\n"
    )
    step = load_recipe(str(tmp_path / "own.toml")).capture[0]
    assert isinstance(step, Albumentations)
    plain = _page(msgspec.structs.replace(step, arguments={"p": 0.0}))
    np.testing.assert_array_equal(_page(step), _page(step))
    assert not np.array_equal(_page(step), _page(step, seed=2))
    assert not np.array_equal(_page(step), plain)


def test_a_sample_made_with_a_plug_in_is_read_back(tmp_path: Path) -> None:
    pytest.importorskip("albumentations")
    recipe = Recipe(name="r", dpi=(60.0, 60.0), capture=(Albumentations("RandomGamma"),))
    sample = generate(recipe, heart_record(1, 1), seed=1, index=0)
    write_sample(sample, tmp_path, "a")
    assert read_sample(tmp_path / "a.json").recipe == recipe


@pytest.mark.parametrize(
    ("name", "arguments", "why"),
    [
        ("Rotate", {}, "moves pixels, and labels would not follow"),
        ("GlassBlur", {}, "moves pixels"),
        ("MotionBlur", {}, "moves pixels"),
        ("Downscale", {}, "moves pixels"),
        ("Emboss", {}, "moves pixels"),
        ("FDA", {}, "missing"),
        ("ImageOnlyTransform", {}, "ImageOnlyTransform"),
        ("Compose", {}, "no such transform"),
        ("RandomTonCurve", {}, "no such transform"),
        ("ToFloat", {}, "pages stay 8-bit RGB"),
        ("GaussNoise", {"sigma": 3}, "sigma"),
        ("GaussianBlur", {"blur_limit": "wide"}, "blur_limit"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(name: str, arguments: dict[str, object], why: str) -> None:
    pytest.importorskip("albumentations")
    with pytest.raises(UserError) as caught:
        _page(Albumentations(name, arguments))
    assert why in str(caught.value)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_server_is_asked_for_its_newest_version() -> None:
    pytest.importorskip("albumentations")
    _page(Albumentations("RandomGamma"))
    assert os.environ["NO_ALBUMENTATIONS_UPDATE"] == "1"

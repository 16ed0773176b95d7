"""Promises of the imgaug plug-in, checked where it can be imported: in an environment of its own, with NumPy 1."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import numpy as np
import pytest

from synth.degrade.capture.plugin import Imgaug
from synth.errors import UserError
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import Recipe, load_recipe

ROOT = Path(__file__).parents[3]
IS_THERE = importlib.util.find_spec("imgaug") is not None
needs_imgaug = pytest.mark.skipif(not IS_THERE, reason="imgaug lives in an environment of its own")


def _page(step: Imgaug, seed: int = 1) -> np.ndarray:
    recipe = Recipe(name="r", dpi=(60.0, 60.0), capture=(step,))
    return generate(recipe, heart_record(1, 1), seed=seed, index=0).image


@pytest.mark.skipif(IS_THERE, reason="imgaug is there")
def test_without_imgaug_the_error_names_the_cure() -> None:
    with pytest.raises(UserError, match=r"ecgpaper\[imgaug\]"):
        _page(Imgaug("AddToHue"))


@needs_imgaug
def test_imgaug_is_not_imported_before_a_recipe_names_it() -> None:
    code = "import sys, synth; synth.load_recipe('phone'); assert 'imgaug' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@needs_imgaug
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("AddToHueAndSaturation", {"value": [-40, 40]}),
        ("GammaContrast", {"gamma": [0.5, 0.8]}),
        ("AdditiveGaussianNoise", {"scale": [5.0, 20.0]}),
    ],
)
def test_an_augmenter_changes_pixels_the_same_way_for_the_same_seed(
    name: str, arguments: dict[str, object], tmp_path: Path
) -> None:
    said = ", ".join(f"{key} = {value}" for key, value in arguments.items())
    (tmp_path / "own.toml").write_text(
        f'name = "own"\n[[capture]]\nkind = "imgaug"\naugmenter = "{name}"\narguments = {{{said}}}\n'
    )
    step = load_recipe(str(tmp_path / "own.toml")).capture[0]
    assert isinstance(step, Imgaug)
    np.testing.assert_array_equal(_page(step), _page(step))
    assert not np.array_equal(_page(step), _page(step, seed=2))
    assert not np.array_equal(_page(step), _page(Imgaug("Add", {"value": 0})))


@needs_imgaug
@pytest.mark.parametrize(
    ("name", "arguments", "why"),
    [
        ("Rotate", {}, "labels would not follow"),
        ("Fliplr", {}, "labels would not follow"),
        ("MotionBlur", {}, "labels would not follow"),
        ("Superpixels", {}, "labels would not follow"),
        ("Sequential", {}, "not photometric"),
        ("AddToHeu", {}, "no such augmenter"),
        ("Add", {"valu": 3}, "valu"),
        ("Fog", {}, "complex"),  # a name that NumPy dropped with 1.24
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(name: str, arguments: dict[str, object], why: str) -> None:
    with pytest.raises(UserError) as caught:
        _page(Imgaug(name, arguments))
    assert why in str(caught.value)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.skipif(IS_THERE, reason="this is that environment")
def test_the_tests_above_pass_in_an_environment_made_from_the_extra() -> None:
    python = _environment()
    run = subprocess.run(
        [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", __file__],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout[-3000:]
    assert " passed" in run.stdout


def _environment() -> Path:
    """An environment over this one with what pyproject.toml asks for under the extra; kept while that is the same."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["imgaug"]]
    place = ROOT / ".build" / f"imgaug-{hashlib.sha256(repr((wanted, sys.prefix)).encode()).hexdigest()[:12]}"
    python = place / "bin" / "python"
    if not (place / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        (own,) = place.glob("lib/*/site-packages")
        (own / "below.pth").write_text(sysconfig.get_path("purelib"))  # what is there and fits is not installed again
        install = ["-m", "pip", "--disable-pip-version-check", "install", "-q", "--no-compile", *wanted]
        made = subprocess.run([str(python), *install], capture_output=True, text=True)
        if made.returncode != 0:
            pytest.skip(f"pip could not make the environment: {made.stderr.strip().splitlines()[-1]}")
        (place / "ready").touch()
    return python

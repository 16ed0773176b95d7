"""Promises of randomness, over a recipe that has every section and nearly every step there is."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from synth.corpus import Corpus, make_corpus
from synth.degrade.sheet.bend import SheetStep
from synth.degrade.step import Geometric, Optical
from synth.generate import generate, stream
from synth.heart import heart_record
from synth.recipe import Recipe, load_recipe
from synth.sample import Sample
from synth.store import write_sample
from synth.view import stages

SEED, COUNT = 11, 3
SECTIONS = ("paper", "covers", "sheet", "scene", "capture")
#: Small pictures: what is promised does not depend on their size.
WHOLE = msgspec.structs.replace(load_recipe("everything"), dpi=(50.0, 60.0))
KINDS = sorted({type(step).__struct_config__.tag for section in SECTIONS for step in getattr(WHOLE, section)})


def _make(recipe: Recipe, index: int = 0) -> Sample:
    return generate(recipe, heart_record(index, SEED), seed=SEED, index=index)


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("0*")}


def test_the_recipe_has_every_section() -> None:
    assert all(getattr(WHOLE, section) for section in (*SECTIONS, "printers", "desks"))
    assert WHOLE.recorder != Recipe(name="r").recorder
    assert len(KINDS) > 40


def test_one_worker_two_the_reversed_order_and_another_process_make_the_same_files(tmp_path: Path) -> None:
    for workers in (1, 2):
        corpus = Corpus(recipe=WHOLE, records=(), seed=SEED, out=tmp_path / str(workers))
        assert [made.failed for made in make_corpus(corpus, COUNT, workers)] == [False] * COUNT
    for index in reversed(range(COUNT)):
        write_sample(_make(WHOLE, index), tmp_path / "reversed", f"{index:06d}_heart")
    (tmp_path / "recipe.json").write_bytes(msgspec.json.encode(WHOLE))
    (tmp_path / "away.py").write_text(_ELSEWHERE)
    command = [sys.executable, "away.py", str(SEED), str(COUNT)]
    away = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    here = _digests(tmp_path / "1")
    assert len(here) >= 3 * COUNT
    assert here == _digests(tmp_path / "2") == _digests(tmp_path / "reversed") == json.loads(away.stdout)


_ELSEWHERE = """
import hashlib, json, sys, tempfile
from pathlib import Path
import msgspec
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import Recipe
from synth.store import write_sample
recipe = msgspec.json.decode(Path("recipe.json").read_bytes(), type=Recipe)
with tempfile.TemporaryDirectory() as folder:
    for index in range(int(sys.argv[2])):
        sample = generate(recipe, heart_record(index, int(sys.argv[1])), seed=int(sys.argv[1]), index=index)
        write_sample(sample, Path(folder), f"{index:06d}_heart")
    files = sorted(Path(folder).glob("0*"))
    print(json.dumps({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}))
"""


@cache
def _states(without: str) -> dict[str, Any]:
    """How far each stage has drawn in making a sample without one kind of step."""
    asked: dict[str, np.random.Generator] = {}

    def noted(seed: int, index: int, stage: str) -> np.random.Generator:
        asked[stage] = stream(seed, index, stage)
        return asked[stage]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["synth.generate"], "stream", noted)
        _make(_without(without))
    return {stage: rng.bit_generator.state for stage, rng in asked.items()}


def _without(kind: str) -> Recipe:
    kept = {
        section: tuple(step for step in getattr(WHOLE, section) if type(step).__struct_config__.tag != kind)
        for section in SECTIONS
    }
    return msgspec.structs.replace(WHOLE, **kept)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_removing_a_step_leaves_the_draws_of_the_others_alone(kind: str) -> None:
    whole, less = _states("none"), _states(kind)
    own = {stage for stage, step in stages(WHOLE) if type(step).__struct_config__.tag == kind}
    assert own
    assert less.keys() == whole.keys() - own
    moves = any(isinstance(step, SheetStep | Geometric | Optical) for stage, step in stages(WHOLE) if stage in own)
    free = _PER_PIXEL if moves else ()  # another map, another number of pixels
    assert {stage for stage in less if less[stage] != whole[stage] and not stage.startswith(free)} == set()


#: Stages that draw a number per pixel of print or picture.
_PER_PIXEL = ("print", "paper.soak", "paper.rubbed", "sheet.creases", "desk", "capture.")

"""Pages of a corpus train as those made on the fly do."""

from pathlib import Path

import numpy as np
import pytest

from synth.corpus import Corpus, make_corpus
from synth.errors import UserError
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import load_recipe
from synth.record import EcgRecord, find_records, write_record
from train.config import Pages, TrainConfig
from train.data import make_example
from train.page import page_targets
from train.stored import stored_pages

pytestmark = pytest.mark.slow  # networks at work


def config(folder: Path) -> TrainConfig:
    return TrainConfig(
        name="x", pages=(Pages(corpus=str(folder)),), crops_per_page=2, crop_columns=64, hold_out=2, evaluate_pages=1
    )


def make(folder: Path, recipe: str, count: int, *, records: tuple[Path, ...] = (), bare: bool = False) -> Path:
    assert not any(made.failed for made in make_corpus(Corpus(load_recipe(recipe), records, 0, folder, bare), count))
    return folder


def test_a_stored_page_gives_the_targets_of_the_page_that_was_made(tmp_path: Path) -> None:
    """Bent paper too: its map is stored."""
    folder = make(tmp_path, "crumpled", 1)
    made = page_targets(generate(load_recipe("crumpled"), heart_record(0, 0), seed=0, index=0), 0)
    examples = [make_example(config(folder), [], k) for k in range(6)]
    same = [example for example in examples if int(example.page.turn) == int(made.turn)]
    same = [example for example in same if example.page.paper.shape == made.paper.shape]
    assert any(np.array_equal(example.page.rows, made.rows) for example in same)
    assert any(np.array_equal(example.page.phase, made.phase) for example in same)
    assert all(np.isfinite(example.y).any() for example in examples)


def test_pages_of_held_out_records_are_not_trained_on(tmp_path: Path) -> None:
    for k, name in enumerate(("ann", "bob")):  # of these two, bob is held out
        record = heart_record(k, 0)
        write_record(EcgRecord(name, record.fs_hz, record.leads, record.mv), tmp_path / "records")
    records = tuple(find_records(tmp_path / "records"))
    kept, held = stored_pages(config(make(tmp_path / "pages", "clean", 3, records=records)), str(tmp_path / "pages"))
    assert [path.stem for path in kept] == ["000000_ann", "000002_ann"]
    assert [path.stem for path in held] == ["000001_bob"]


def test_folders_that_cannot_be_trained_on_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no corpus"):
        stored_pages(config(tmp_path), str(tmp_path))
    bare = make(tmp_path / "bare", "clean", 1, bare=True)
    with pytest.raises(UserError, match="without --bare"):
        stored_pages(config(bare), str(bare))
    (tmp_path / "bare" / "corpus.json").write_text("{}")
    with pytest.raises(UserError, match="make the corpus anew"):
        stored_pages(config(bare), str(bare) + "/")

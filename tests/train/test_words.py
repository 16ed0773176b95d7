"""Settings in words: pages that teach to read them, and weights of these layers alone."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from infer.networks.reader import Reader, normalise
from infer.networks.view import CELL
from infer.networks.weights import load_weights, shipped_weights
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import load_recipe
from train import words
from train.page import page_targets


def test_pages_that_teach_words_print_every_setting_many_times() -> None:
    plain = load_recipe("clean")
    told = []
    for recipe in (plain, words.sprinkled(plain, 90, np.random.default_rng(0))):
        told.append(page_targets(generate(recipe, heart_record(0, 0), seed=0, index=0), 0).words)
    assert (told[1] > 0).sum() > 8 * (told[0] > 0).sum()
    assert set(np.unique(told[1])) == set(range(8))


@pytest.mark.slow
def test_layers_that_read_words_are_trained_and_the_rest_stays_as_it_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out = tmp_path / "words.safetensors"
    asked = ["--init", str(shipped_weights()), "--out", str(out), "--pages", "1", "--steps", "100", "--workers", "1"]
    monkeypatch.setattr(sys, "argv", ["train.words", *asked])
    monkeypatch.setattr(words, "_WINDOW", 16)
    words.main()
    old, new = load_file(shipped_weights()), load_file(out)
    assert all(torch.equal(old[name], new[name]) for name in old if not name.startswith("page.words."))
    assert _misread(load_weights(out)) < 0.8 * _misread(Reader().eval())


def _misread(reader: Reader) -> float:
    """Cross-entropy of what is read of settings in words, on a page full of them."""
    page = words._page(0)
    with torch.inference_mode():
        said = reader.page.words(
            F.pixel_unshuffle(normalise(torch.from_numpy(page.picture).permute(2, 0, 1)[None]), CELL)
        )
    return float(F.cross_entropy(said, torch.from_numpy(page.words.astype(np.int64))[None]))

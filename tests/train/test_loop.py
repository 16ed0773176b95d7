"""The training loop: it learns, it resumes exactly, its weights carry what made them."""

import json
from pathlib import Path

import msgspec
import pytest
import torch
from safetensors import safe_open

from infer.weights import load_weights
from synth.errors import UserError
from train.config import Pages, TrainConfig
from train.loop import train

TINY = TrainConfig(
    name="tiny", pages=(Pages("clean"),), steps=4, pages_per_step=1, crops_per_page=2, crop_columns=64,
    warmup=2, heart_share=1.0, evaluate_every=2, evaluate_pages=1, offset_from=2,
)  # fmt: skip


def losses(folder: Path) -> list[tuple[float, float]]:
    rows = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [(row["page_loss"], row["strip_loss"]) for row in rows]


def quiet(step: int, steps: int, news: str) -> None:
    """Say nothing."""


@pytest.mark.slow
def test_a_stopped_run_goes_on_with_the_same_losses_and_ends_with_the_same_weights(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    whole = train(TINY, [], tmp_path / "whole", workers=0, progress=quiet)

    def stop(step: int, steps: int, news: str) -> None:
        if step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(TINY, [], tmp_path / "parts", workers=0, progress=stop)
    parts = train(TINY, [], tmp_path / "parts", workers=0, progress=quiet)
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    first, second = load_weights(whole).state_dict(), load_weights(parts).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.slow
def test_weights_carry_recipe_versions_and_measured_db(tmp_path: Path) -> None:
    path = train(msgspec.structs.replace(TINY, steps=1), [], tmp_path, workers=0, progress=quiet)
    with safe_open(str(path), "np") as file:
        metadata = file.metadata()
    assert msgspec.json.decode(metadata["config"], type=TrainConfig).name == "tiny"
    about = json.loads(metadata["about"])
    assert about["step"] == 1
    assert "clean" in about["dB"]
    assert "torch" in about["versions"]


@pytest.mark.slow
def test_a_checkpoint_of_another_recipe_is_refused_in_words(tmp_path: Path) -> None:
    train(msgspec.structs.replace(TINY, steps=1), [], tmp_path, workers=0, progress=quiet)
    with pytest.raises(UserError, match="another training recipe"):
        train(TINY, [], tmp_path, workers=0, progress=quiet)

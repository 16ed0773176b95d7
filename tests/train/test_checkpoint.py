"""A run that is killed goes on from its checkpoint."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import torch
from safetensors.torch import load_file

from infer.networks.weights import shipped_weights
from train.config import Pages, TrainConfig
from train.loop import train

pytestmark = pytest.mark.slow  # networks at work

TINY = TrainConfig(
    name="tiny", pages=(Pages("clean"),), pages_too=False, steps=4, pages_per_step=1, crops_per_page=2, crop_columns=64,
    warmup=1, heart_share=1.0, evaluate_every=2, evaluate_pages=1, offset_from=1,
)  # fmt: skip

RUN = """
import os, signal, sys, msgspec, torch
from pathlib import Path
import train.evaluate as evaluation
from infer.networks.weights import shipped_weights
from train.config import TrainConfig
from train.loop import train

def told(step, steps, news):
    print(step, flush=True)
    if str(step) == os.environ.get("KILLED_AFTER"):
        os.kill(os.getpid(), signal.SIGKILL)

evaluation.digitize = None  # readings break down at once: they are not what is compared
torch.set_num_threads(1)
config = msgspec.json.decode(sys.argv[1], type=TrainConfig)
train(config, [], Path(sys.argv[2]), workers=2, progress=told, init=shipped_weights())
"""


def run(out: Path, **more: str) -> tuple[int, list[int]]:
    """A run with processes that make pages: how it ended, and the steps that it did."""
    command = [sys.executable, "-c", RUN, msgspec.json.encode(TINY).decode(), str(out)]
    here = {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, env=os.environ | here | more, stdout=subprocess.PIPE, text=True, timeout=240)
    return done.returncode, [int(line) for line in done.stdout.split()]


def losses(folder: Path) -> list[dict[str, float]]:
    rows = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [{name: row[name] for name in row if name == "lr" or name.startswith("strip")} for row in rows]


def test_a_run_killed_while_others_make_its_pages_goes_on_as_if_nothing_had_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr("train.evaluate.digitize", None)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    train(TINY, [], whole, workers=0, progress=lambda *news: None, init=shipped_weights())

    assert run(killed, KILLED_AFTER="3") == (-signal.SIGKILL, [1, 2, 3])  # one step after the checkpoint
    assert run(killed) == (0, [3, 4])
    assert losses(killed) == losses(whole)
    first, second = (load_file(folder / "reader.safetensors") for folder in (whole, killed))
    assert all(torch.equal(first[name], second[name]) for name in first)

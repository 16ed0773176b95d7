"""Several processes train as one does."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import torch

from synth.errors import UserError
from train.config import Pages, TrainConfig
from train.loop import train
from train.together import Group

pytestmark = pytest.mark.slow  # networks at work

# A small rate: Adam makes whole steps of the rounding of gradients that are next to nothing.
SHARED = TrainConfig(
    name="shared", pages=(Pages("clean"),), steps=2, pages_per_step=2, crops_per_page=2, crop_columns=64,
    learning_rate=1e-4, warmup=0, heart_share=1.0, evaluate_every=2, evaluate_pages=1, offset_from=1,
)  # fmt: skip

RUN = """
import sys, msgspec, torch
from pathlib import Path
import train.evaluate as evaluation
from train.config import TrainConfig
from train.loop import train

evaluation.digitize = None  # readings break down at once: they are not what is compared
torch.set_num_threads(1)
config = msgspec.json.decode(sys.argv[1], type=TrainConfig)
train(config, [], Path(sys.argv[2]), workers=0, progress=lambda *news: None)
"""


def losses(folder: Path) -> list[list[float]]:
    rows = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    names = sorted(name for name in rows[0] if name.partition(".")[0] in ("page", "strip"))
    return [[row[name] for name in names] for row in rows]


def start_two(config: TrainConfig, out: Path) -> list[subprocess.Popen[bytes]]:
    """Two processes as torchrun starts them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", RUN, msgspec.json.encode(config).decode(), str(out)]
    return [
        subprocess.Popen(command, env=os.environ | shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)})
        for rank in range(2)
    ]


def test_two_processes_have_the_losses_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr("train.evaluate.digitize", None)
    two = start_two(SHARED, tmp_path / "two")
    try:
        train(SHARED, [], tmp_path / "one", workers=0, progress=lambda *news: None)
        assert [process.wait(timeout=120) for process in two] == [0, 0]
    finally:
        for process in two:
            process.kill()
    one = losses(tmp_path / "one")
    assert losses(tmp_path / "two") == [pytest.approx(row, rel=1e-4, abs=2e-5) for row in one]
    assert one[0] != one[1]


def test_pages_that_processes_cannot_share_equally_are_refused_in_words() -> None:
    with pytest.raises(UserError, match=r"pages_per_step 4 .* by 3 processes"):
        Group(0, 3, torch.device("cpu")).share(4)

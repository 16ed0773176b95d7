"""Several processes train as one does."""

import json
import os
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


def start_two(config: TrainConfig, out: Path, script: Path) -> subprocess.Popen[bytes]:
    """Two processes by torchrun."""
    script.write_text(RUN)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    command = [*torchrun, str(script), msgspec.json.encode(config).decode(), str(out)]
    here = {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(command, env=os.environ | here)


def test_two_processes_have_the_losses_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr("train.evaluate.digitize", None)
    two = start_two(SHARED, tmp_path / "two", tmp_path / "run.py")
    try:
        train(SHARED, [], tmp_path / "one", workers=0, progress=lambda *news: None)
        assert two.wait(timeout=240) == 0
    finally:
        two.kill()
    one = losses(tmp_path / "one")
    assert losses(tmp_path / "two") == [pytest.approx(row, rel=1e-4, abs=2e-5) for row in one]
    assert one[0] != one[1]


def test_pages_that_processes_cannot_share_equally_are_refused_in_words() -> None:
    with pytest.raises(UserError, match=r"pages_per_step 4 .* by 3 processes"):
        Group(0, 3, torch.device("cpu")).share(4)

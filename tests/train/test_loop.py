"""The training loop: it learns, it resumes exactly, its weights carry what made them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import msgspec
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from infer.networks.weights import load_weights, shipped_weights, weights_metadata
from synth.errors import UserError
from train.config import Pages, TrainConfig
from train.loop import train
from train.step import forward_backward

pytestmark = pytest.mark.slow  # networks at work

TINY = TrainConfig(
    name="tiny", pages=(Pages("clean"),), steps=4, pages_per_step=1, crops_per_page=2, crop_columns=64,
    warmup=2, heart_share=1.0, evaluate_every=2, evaluate_pages=1, offset_from=2,
)  # fmt: skip


def losses(folder: Path) -> list[tuple[float, float]]:
    rows = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [(row["page"], row["strip"]) for row in rows]


def stop_after(last: int) -> Callable[[int, int, str], None]:
    """As if the run were killed there."""

    def stop(step: int, steps: int, news: str) -> None:
        if step == last:
            raise KeyboardInterrupt

    return stop


def quiet(step: int, steps: int, news: str) -> None:
    """Say nothing."""


@pytest.fixture
def unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Readings break down, at once: with weights like these a real one takes most of a run."""

    def broken(*given: object, **named: object) -> None:
        raise ZeroDivisionError("of a kind")

    monkeypatch.setattr("train.evaluate.digitize", broken)


@pytest.mark.slow
@pytest.mark.usefixtures("unreadable")
def test_a_stopped_run_goes_on_with_the_same_losses_and_ends_with_the_same_weights(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    whole = train(TINY, [], tmp_path / "whole", workers=0, progress=quiet)

    with pytest.raises(KeyboardInterrupt):  # one step after the checkpoint
        train(TINY, [], tmp_path / "parts", workers=0, progress=stop_after(3))
    parts = train(TINY, [], tmp_path / "parts", workers=0, progress=quiet)
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    first, second = load_weights(whole).state_dict(), load_weights(parts).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.slow
@pytest.mark.usefixtures("unreadable")
def test_where_evaluations_are_rare_checkpoints_go_by_the_clock_and_the_losses_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.set_num_threads(1)
    rare = msgspec.structs.replace(TINY, evaluate_every=100)
    train(rare, [], tmp_path / "whole", workers=0, progress=quiet)
    with monkeypatch.context() as always:
        always.setattr("train.loop._KEEP_S", 0.0)
        with pytest.raises(KeyboardInterrupt):
            train(rare, [], tmp_path / "parts", workers=0, progress=stop_after(1))
    assert not (tmp_path / "parts" / "reader.safetensors").exists()
    with pytest.raises(KeyboardInterrupt):
        train(rare, [], tmp_path / "parts", workers=0, progress=stop_after(3))
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")[:3]
    train(rare, [], tmp_path / "parts", workers=0, progress=quiet)
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Folder of a run of one step with everything that it writes, and what it said."""
    out, said = tmp_path_factory.mktemp("finished"), list[str]()
    train(msgspec.structs.replace(TINY, steps=1), [], out, workers=0, progress=quiet, say=said.append)
    return out, said


@pytest.mark.slow
def test_a_run_shows_itself_in_a_curve_readings_events_and_lines(finished: tuple[Path, list[str]]) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    out, said = finished
    row = json.loads((out / "log.jsonl").read_text())
    assert "clean" in said[0]
    assert row["dB"]["clean"]["pages"] == 1
    assert row["pages_per_s"] > 0.0
    assert 0.0 <= row["stall"] <= 1.0
    assert cv2.imread(str(out / "curve.png")).shape[1] > 500
    assert cv2.imread(str(out / "samples" / "000001-clean.jpg")).shape[1] == 1000
    events = EventAccumulator(str(out / "tensorboard"))
    events.Reload()
    assert events.Scalars("strip/y")[0].value == pytest.approx(row["strip.y"])
    assert events.Scalars("dB/clean")[0].step == 1


@pytest.mark.slow
def test_weights_carry_recipe_versions_and_measured_db(finished: tuple[Path, list[str]]) -> None:
    with safe_open(str(finished[0] / "reader.safetensors"), "np") as file:
        metadata = file.metadata()
    assert msgspec.json.decode(metadata["config"], type=TrainConfig).name == "tiny"
    about = json.loads(metadata["about"])
    assert about["step"] == 1
    assert "clean" in about["dB"]
    assert "torch" in about["versions"]


@pytest.mark.slow
@pytest.mark.usefixtures("unreadable")
def test_a_page_whose_reading_breaks_down_has_failed_and_the_run_goes_on(tmp_path: Path) -> None:
    said: list[str] = []
    train(msgspec.structs.replace(TINY, steps=1), [], tmp_path, workers=0, progress=quiet, say=said.append)
    measured = json.loads((tmp_path / "log.jsonl").read_text())["dB"]["clean"]
    assert (measured["failed"], measured["faults"]) == (1, ["ZeroDivisionError: of a kind"])
    assert "1 of 1 failed" in said[-1]
    assert "ZeroDivisionError" in said[-1]


@pytest.mark.slow
@pytest.mark.usefixtures("unreadable")
def test_a_checkpoint_of_another_recipe_is_refused_in_words(tmp_path: Path) -> None:
    train(msgspec.structs.replace(TINY, steps=1), [], tmp_path, workers=0, progress=quiet)
    with pytest.raises(UserError, match="another training recipe"):
        train(TINY, [], tmp_path, workers=0, progress=quiet)
    one = msgspec.structs.replace(TINY, steps=1)
    with pytest.raises(UserError, match="other --records"):
        train(one, [Path("a.hea"), Path("b.hea")], tmp_path, workers=0, progress=quiet)


@pytest.mark.usefixtures("unreadable")
def test_a_run_whose_pages_or_first_weights_have_changed_does_not_go_on(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine.toml", tmp_path / "other.safetensors"
    mine.write_text('name = "mine"')
    run = msgspec.structs.replace(TINY, steps=1, pages=(Pages(str(mine)),))
    train(run, [], tmp_path / "run", workers=0, progress=quiet, init=shipped_weights())
    save_file({name: 0.5 * t for name, t in load_file(shipped_weights()).items()}, other)
    with pytest.raises(UserError, match="another --init"):
        train(run, [], tmp_path / "run", workers=0, progress=quiet, init=other)
    mine.write_text('name = "mine"\ndpi = [150, 150]')
    with pytest.raises(UserError, match="other recipes or corpora"):
        train(run, [], tmp_path / "run", workers=0, progress=quiet, init=shipped_weights())


@pytest.mark.usefixtures("unreadable")
def test_a_run_that_goes_wrong_ends_in_words_and_keeps_what_was_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*given: object) -> dict[str, float]:
        told = forward_backward(*given)  # type: ignore[arg-type]
        return told if given[3] < 3 else {**told, "strip": float("nan")}  # type: ignore[operator]

    monkeypatch.setattr("train.loop.forward_backward", wrong)
    with pytest.raises(UserError, match=r"after 3 steps the losses are no numbers any more; lower its learning_rate"):
        train(TINY, [], tmp_path, workers=0, progress=quiet)
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] == 2
    load_weights(tmp_path / "reader.safetensors")


def test_weights_that_are_no_numbers_are_not_trained_on(tmp_path: Path) -> None:
    broken = tmp_path / "broken.safetensors"
    save_file({name: t * float("nan") for name, t in load_file(shipped_weights()).items()}, broken)
    with pytest.raises(UserError, match="numbers without end"):
        train(TINY, [], tmp_path / "run", workers=0, progress=quiet, init=broken)


@pytest.mark.usefixtures("unreadable")
def test_strips_alone_are_trained_only_from_weights_whose_network_of_pages_stays(tmp_path: Path) -> None:
    strips = msgspec.structs.replace(TINY, pages_too=False)
    with pytest.raises(UserError, match="--init"):
        train(strips, [], tmp_path / "from-nothing", workers=0, progress=quiet)
    before = shipped_weights()
    after = train(strips, [], tmp_path / "from-shipped", workers=0, progress=quiet, init=before)
    old, new = load_file(before), load_file(after)
    assert all(torch.equal(old[name], new[name]) == name.startswith("page.") for name in old if "weight" in name)
    assert json.loads(weights_metadata(after)["about"])["init"] == weights_metadata(before)


@pytest.mark.usefixtures("unreadable")
def test_weights_of_another_width_are_said_not_to_be_taken_whole(tmp_path: Path) -> None:
    name, tensors = "strip.columns.0.weight", load_file(shipped_weights())
    older, said = tmp_path / "older.safetensors", list[str]()
    save_file({**tensors, name: tensors[name][:, :-8].contiguous()}, older)
    one = msgspec.structs.replace(TINY, steps=1)
    train(one, [], tmp_path / "run", workers=0, progress=quiet, say=said.append, init=older)
    assert said[0].endswith(f"1 tensors of these networks are not in it, or of another size: {name}, ...")


def test_records_of_which_none_is_left_are_not_silently_done_without(tmp_path: Path) -> None:
    records = [tmp_path / "a.hea"]
    with pytest.raises(UserError, match="none of the 1 records is left to train on"):
        train(msgspec.structs.replace(TINY, exclude=("a",)), records, tmp_path / "run", workers=0, progress=quiet)


@pytest.mark.parametrize("content", [[1, 2], {"config": 3}, {"step": None}])
def test_a_checkpoint_of_anything_else_is_refused_in_one_line(content: object, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "checkpoint.pt")
    with pytest.raises(UserError, match="not a whole checkpoint"):
        train(TINY, [], tmp_path, workers=0, progress=quiet)


def test_no_process_that_makes_pages_outlives_the_one_that_trains(tmp_path: Path) -> None:
    """A DataLoader's process whose parent was killed would wait for ever."""
    script = (
        "import os, time, torch, train.loop as loop\n"
        "loop._WATCH_S = 0.1\n"
        "def work(number):\n"
        "    loop._end_with_parent(0); print(os.getpid(), flush=True); time.sleep(60)\n"
        "if __name__ == '__main__':\n"
        "    import multiprocessing\n"
        "    child = multiprocessing.get_context('fork').Process(target=work, args=(0,)); child.start()\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    for _ in range(100):
        if not Path(f"/proc/{child}").exists() or "\nState:\tZ" in Path(f"/proc/{child}/status").read_text():
            return
        time.sleep(0.1)
    os.kill(child, signal.SIGKILL)
    pytest.fail("still there after ten seconds")

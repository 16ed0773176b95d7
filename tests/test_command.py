"""Promises of the command `ecgpaper`, as a user meets them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import msgspec
import numpy as np
import pytest

import ecgpaper
from infer.networks.weights import shipped_weights, weights_metadata
from synth import EcgRecord, read_record, read_sample, write_record
from synth.heart import heart_record
from synth.record import LEADS

COMMANDS = ("synth", "preview", "convert", "train", "infer", "export", "score", "submit", "demo", "layouts", "recipes")
HEAVY = ("torch", "matplotlib", "wfdb", "cv2", "scipy", "numpy")


class Said(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run the command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}

    def call(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["ecgpaper", *map(str, words)])
        with pytest.raises(SystemExit) as stopped:
            ecgpaper.main()
        said = capsys.readouterr()
        return Said(int(stopped.value.code or 0), said.out, said.err)

    yield call
    for number, handler in handlers.items():
        signal.signal(number, handler)


def python(code: str, *words: str) -> Said:
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=60)
    return Said(done.returncode, done.stdout, done.stderr)


def put_record(folder: str, name: str, leads: tuple[str, ...] = LEADS) -> None:
    heart = heart_record(0, 5)
    write_record(EcgRecord(name, heart.fs_hz, leads, np.stack([heart.mv[LEADS.index(n)] for n in leads])), Path(folder))


def put_text(name: str, text: str = "") -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def put_small_recipe() -> None:
    """A recipe whose pages are small, so that they are quickly made."""
    put_text("small.toml", 'name = "small"\ndpi = [50, 50]\n[[capture]]\nkind = "tilt"\n')


def pictures(folder: str) -> list[Path]:
    return sorted(path for path in Path(folder).iterdir() if path.suffix in (".png", ".jpg"))


def without_progress(err: str) -> list[str]:
    """Lines of stderr but for those that a slow machine adds."""
    return [line for line in err.splitlines() if not re.match(r"\w+: \d+ of \d+", line)]


def assert_one_line(said: Said, *words: str) -> None:
    assert said.code == 2
    (line,) = without_progress(said.err)
    assert line.startswith("ecgpaper: ")
    for word in words:
        assert word in line


def test_help_imports_nothing_heavy() -> None:
    code = f"""
import sys
import ecgpaper
for words in ([], ["--help"], ["--version"], *([name, "--help"] for name in {COMMANDS!r})):
    sys.argv = ["ecgpaper", *words]
    try:
        ecgpaper.main()
    except SystemExit as stopped:
        assert not stopped.code, words
print("heavy:", [name for name in {HEAVY!r} if name in sys.modules])
"""
    said = python(code)
    assert said.err == ""
    assert said.out.endswith("heavy: []\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_an_example(run: Run, name: str) -> None:
    said = run(name, "--help")
    assert said.code == 0
    assert re.search(rf"Example:\n  ( *)ecgpaper {name}\b", said.out)


def test_without_torch_everything_imports_and_only_reading_and_training_ask_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code = """
import importlib.abc
import sys

class NoTorch(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] in ("torch", "safetensors"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NoTorch())
import ecgpaper, synth, infer, train, infer.score, infer.submit
sys.argv = ["ecgpaper", *sys.argv[1:]]
ecgpaper.main()
"""
    assert python(code, "layouts").code == 0
    for words in (("train", "demo", "--out", "x"), ("demo", "--out", "x")):
        said = python(code, *words)
        assert_one_line(said, "ecgpaper[torch]")


@pytest.mark.parametrize("name", ["layouts", "recipes"])
def test_lists_are_json_objects_with_a_name_that_every_command_takes(run: Run, name: str) -> None:
    items = json.loads(run(name, "--json").out)
    assert items
    for item in items:
        assert re.fullmatch(r"[A-Za-z0-9+_-]+", item["name"])
        assert item["about"]
        assert item["name"] in run(name).out


def test_the_same_pages_come_out_whatever_the_workers(run: Run) -> None:
    assert run("synth", "--count", 3, "--seed", 7, "--workers", 1, "--out", "one").code == 0
    said = run("synth", "--count", 3, "--seed", 7, "--workers", 2, "--out", "two")
    assert said.code == 0
    assert said.out.startswith("3 pages made in ")
    names = sorted(path.name for path in Path("one").iterdir())
    assert names == sorted(path.name for path in Path("two").iterdir())
    for name in names:
        assert Path("one", name).read_bytes() == Path("two", name).read_bytes(), name


def test_pages_that_stand_are_kept_and_another_corpus_is_not_mixed_in(run: Run) -> None:
    put_small_recipe()
    words = ("synth", "--recipe", "small.toml", "--workers", 1, "--out", "pages")
    run(*words, "--count", 1)
    before = pictures("pages")[0].stat().st_mtime_ns
    said = run(*words, "--count", 2)
    assert "1 page made" in said.out
    assert "1 stood there already" in said.out
    assert pictures("pages")[0].stat().st_mtime_ns == before
    assert_one_line(run(*words, "--count", 2, "--seed", 9), "pages: holds another corpus", "--out")


def test_records_begin_again_with_other_draws_when_count_exceeds_them(run: Run) -> None:
    put_small_recipe()
    put_record("records/b", "second")
    put_record("records/a", "first")
    run("synth", "--records", "records", "--recipe", "small.toml", "--count", 3, "--workers", 1, "--out", "pages")
    samples = [read_sample(path) for path in pictures("pages")]
    assert [sample.record for sample in samples] == ["first", "second", "first"]
    assert not np.array_equal(samples[0].map.matrix, samples[2].map.matrix)


def test_bare_pages_are_black_on_white_through_the_same_geometry(run: Run) -> None:
    for words in (("--out", "full"), ("--bare", "--out", "bare")):
        run("synth", "--recipe", "mild", "--count", 1, "--workers", 1, *words)
    full, bare = (read_sample(pictures(folder)[0]) for folder in ("full", "bare"))
    assert bare.suffix == ".png"
    assert bare.image.shape == full.image.shape
    assert np.array_equal(bare.traces[0].xy_px, full.traces[0].xy_px)
    assert (bare.image.min(), np.median(bare.image)) == (0, 255)


def test_a_record_with_three_leads_is_printed_and_the_missing_ones_are_named_once(run: Run) -> None:
    put_small_recipe()
    put_record("records", "holter", ("I", "II", "V1"))
    said = run(
        "synth", "--records", "records", "--recipe", "small.toml", "--count", 2, "--workers", 1, "--out", "pages"
    )
    assert said.code == 0
    line = "holter: no III, aVR, aVL, aVF, V2, V3, V4, V5, V6; left empty on the page"
    assert without_progress(said.err) == [line]
    assert {trace.lead for trace in read_sample(pictures("pages")[0]).traces} == {"I", "II", "V1"}


def test_a_record_that_fails_costs_a_line_and_the_exit_code_but_not_the_others(run: Run) -> None:
    put_small_recipe()
    put_record("records", "a")
    put_text("records/b.hea", "b 1 500 10\nb.dat 16 1000/mV 16 0 0 0 0 Fp1\n")
    put_text("records/b.dat", "x" * 20)
    put_record("records", "c")
    said = run(
        "synth", "--records", "records", "--recipe", "small.toml", "--count", 3, "--workers", 1, "--out", "pages"
    )
    assert_one_line(said, "records/b.hea: ", "Fp1")
    assert "2 pages made" in said.out
    assert "1 failed" in said.out
    assert len(pictures("pages")) == 2


def test_notes_beyond_ten_are_counted(run: Run) -> None:
    for k in range(12):
        put_record("records", f"r{k:02d}", ("II",))
    put_small_recipe()
    said = run("synth", "--records", "records", "--recipe", "small.toml", "--count", 24, "--workers", 1, "--out", "p")
    lines = without_progress(said.err)
    assert len(lines) == 11
    assert lines[-1] == "and 2 more records whose leads are missing in parts"


def test_records_that_fail_do_not_use_up_the_notes_on_those_that_do_not(run: Run) -> None:
    for k in range(11):
        put_text(f"records/b{k:02d}.hea", "no header")
    put_record("records", "good", ("II",))
    put_small_recipe()
    said = run("synth", "--records", "records", "--recipe", "small.toml", "--count", 12, "--workers", 1, "--out", "p")
    assert without_progress(said.err)[-1].startswith("good: no I, III")


def test_pages_are_not_put_among_the_records_that_they_are_made_of(run: Run) -> None:
    put_record("records", "a")
    said = run("synth", "--records", "records", "--recipe", "clean", "--count", 1, "--out", "records")
    assert_one_line(said, "records: holds the records", "choose another --out")
    assert len(list(Path("records").iterdir())) == 2


RECIPE = 'name = "mine"\n{}\n'
FAULTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "no command of that name": ("synt", ("'synt'", "'synth'")),
    "no option of that name": ("synth --recipee mild", ("--recipee", "--recipe", "ecgpaper synth --help")),
    "nothing asked for": ("synth", ("--out",)),
    "no pages": ("synth --out p --count 0", ("--count",)),
    "a negative seed": ("synth --out p --seed -1", ("--seed",)),
    "no workers": ("synth --out p --workers 0", ("--workers",)),
    "a missing record": ("synth --records nowhere --out p", ("nowhere: no such record or folder",)),
    "a folder without records": ("synth --records empty --out p", ("empty: no WFDB record",)),
    "a recipe that does not ship": ("synth --recipe cleen --out p", ("'cleen'", "clean")),
    "a missing recipe": ("synth --recipe no.toml --out p", ("no.toml: no such file",)),
    "a typo in a field": ("synth --recipe field.toml --out p", ("field.toml: ", "`dpii`", "did you mean 'dpi'?")),
    "a typo in a kind": ("preview kind.toml", ("kind.toml: ", "$.capture[0].kind", "did you mean 'tilt'?")),
    "a value out of range": ("preview value.toml", ("value.toml: angle_deg must be", "[0, 45]", "$.capture[0]")),
    "a page too large": ("synth --recipe big.toml --count 1 --workers 1 --out p", ("recipe mine: ", "dpi")),
    "an unknown layout": ("synth --layout 5x5 --out p", ("'5x5'", "3x4+II")),
    "a folder that cannot be": ("synth --out file/pages", ("file/pages: cannot be written", "--out")),
    "no recipe to preview": ("preview", ("ecgpaper recipes", "--layouts")),
    "real pictures beside a grid": ("preview mild --grid --beside .", ("--beside", "--grid")),
    "no real picture to show": ("preview mild --beside nowhere", ("nowhere", "no such file")),
    "a sheet that is no PNG": ("preview mild --out x.jpg", ("x.jpg: ", ".png")),
    "an unknown format": ("convert a --to voc --out c", ("'voc'", "coco, yolo, nnunet, kit")),
    "nothing to convert": ("convert empty --to coco --out c", ("empty: no sample", "ecgpaper synth")),
    "a broken page": ("convert broken --to kit --out c", ("broken/x: not a whole sample",)),
    "no training recipe": ("train nowhere.toml --out r", ("nowhere.toml: no such file", "strips")),
    "a training recipe with a typo": ("train value.toml --out r", ("value.toml: ", "capture")),
    "no picture in a folder": ("infer empty --out r", ("empty: no picture", ".png")),
    "two pictures of one stem": ("infer a/x.png b/x.jpg --out r", ("a/x.png", "b/x.jpg", "x.hea")),
    "weights that are none": ("infer a/x.png --out r --weights field.toml", ("field.toml: not weights",)),
    "nothing to score": ("score empty empty", ("empty: no WFDB record",)),
    "no test.csv": ("submit empty --test no.csv --out s.csv", ("no.csv: ",)),
    "a demo in somebody's folder": ("demo --out a", ("a: holds files that are not the demo's",)),
    "too few records for the demo": ("demo --records records --out d", ("held out",)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_the_user_can_mend_is_one_line_with_exit_code_2(run: Run, fault: str) -> None:
    Path("empty").mkdir()
    put_record("records", "only")
    put_text("file")
    put_text("a/x.png")
    put_text("b/x.jpg")
    put_text("broken/x.json", "{}")
    put_text("field.toml", RECIPE.format("dpii = [200, 200]"))
    put_text("kind.toml", RECIPE.format('[[capture]]\nkind = "tillt"'))
    put_text("value.toml", RECIPE.format('[[capture]]\nkind = "tilt"\nangle_deg = [10, 400]'))
    put_text("big.toml", RECIPE.format("dpi = [1200, 1200]\nframe = [0.9, 0.9]"))
    command, words = FAULTS[fault]
    assert_one_line(run(*command.split()), *words)


def start(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ecgpaper", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="process groups")
@pytest.mark.parametrize(("workers", "everyone"), [(1, False), (2, True), (2, False)])
def test_ctrl_c_leaves_whole_pages_one_line_and_the_same_command_goes_on(
    tmp_path: Path, workers: int, everyone: bool
) -> None:
    words = ("synth", "--recipe", "clean", "--workers", str(workers), "--out", str(tmp_path), "--count")
    process = start(*words, "500")
    deadline = time.monotonic() + 40
    while not list(tmp_path.glob("0*.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    (os.killpg if everyone else os.kill)(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    made = sorted(int(path.name[:6]) for path in tmp_path.glob("0*.json"))
    assert_one_line(Said(process.returncode, out, err), f"interrupted; {len(made)} page", "the same command goes on")
    assert not list(tmp_path.glob(".*"))
    with start(*words, str(made[-1] + 1)) as again:
        assert f"{len(made)} stood there already" in again.communicate()[0]


def test_a_reader_that_goes_away_is_no_fault() -> None:
    with start("layouts", "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""


def test_a_preview_shows_every_page_on_one_sheet(run: Run) -> None:
    put_small_recipe()
    assert run("preview", "small.toml", "--count", 3).out == "preview-small.png\n"
    three = cv2.imread("preview-small.png")
    run("preview", "--layouts", "--out", "sub/layouts.png")
    layouts = cv2.imread("sub/layouts.png")
    assert three.shape[1] == layouts.shape[1] == 2 * 744 + 24
    assert layouts.shape[0] > 4 * three.shape[0]


def test_real_pictures_are_shown_beside_the_pages_of_a_recipe(run: Run) -> None:
    put_small_recipe()
    Path("photos").mkdir()
    for name, red in (("a", 250), ("b", 10)):
        cv2.imwrite(f"photos/{name}.png", np.full((300, 400, 3), (0, 0, red), np.uint8))
    assert run("preview", "small.toml", "--count", 3, "--beside", "photos").code == 0
    sheet = cv2.imread("preview-small.png")
    assert sheet.shape[1] == 2 * 744 + 24
    right = sheet[:, 24 + 744 + 360, 2]
    assert ((right == 250).sum(), (right == 10).sum()) == (2 * 540, 540)


@pytest.mark.slow
def test_a_grid_shows_every_step_at_three_strengths(run: Run) -> None:
    assert run("preview", "mild", "--grid").out == "preview-mild-grid.png\n"
    sheet = cv2.imread("preview-mild-grid.png")
    assert sheet.shape[1] == 3 * 744 + 24
    assert sheet.shape[0] > 8 * 350  # one printer, a lamp, five steps of the capture, the codec


def test_readings_stand_under_the_pictures_names_and_are_scored_and_submitted(run: Run) -> None:
    run("synth", "--recipe", "clean", "--count", 1, "--seed", 11, "--workers", 1, "--out", "pages")
    put_text("text.png", "no picture")
    put_text("zero.jpg")
    said = run("infer", "text.png", "pages", "zero.jpg", "--out", "read", "--fs", 250, "--csv", "--overlay")
    assert said.code == 2
    assert [line.split(": ")[1] for line in without_progress(said.err)] == ["text.png", "zero.jpg"]
    assert "1 of 3 pictures read" in said.out
    stem = pictures("pages")[0].stem
    endings = (".csv", ".dat", ".hea", ".json", ".overlay.png")
    assert sorted(path.name for path in Path("read").iterdir()) == [stem + ending for ending in endings]
    record = read_record(Path("read", stem))
    assert (record.fs_hz, record.leads, record.mv.shape) == (250.0, LEADS, (12, 2500))

    assert stem in run("score", "pages", "read").out
    score = json.loads(run("score", "pages", "read", "--json").out)
    assert (score["failures"], score["missing"]) == (0, 0)
    assert score["capped_db"] > 10.0

    put_text("test.csv", f"id,lead,fs,number_of_rows\n{stem},II,250,2500\n")
    said = run("submit", "read", "--test", "test.csv", "--out", "submission.csv", "--fill")
    assert said.code == 0
    assert len(Path("submission.csv").read_text().splitlines()) == 2501


def test_what_the_user_says_of_a_page_is_what_it_is_read_as(run: Run) -> None:
    run("synth", "--recipe", "clean", "--count", 1, "--seed", 11, "--workers", 1, "--out", "pages")
    said = ("--layout", "eli-3x4+3R", "--speed", 50, "--gain", 20)
    assert run("infer", "pages", "--out", "read", *said).code == 0
    about = json.loads(Path("read", pictures("pages")[0].stem + ".json").read_text())
    assert [about[key] for key in ("layout", "speed_mm_s", "gain_mm_mv")] == ["eli-3x4+3R", 50.0, 20.0]


def test_a_reading_never_takes_the_place_of_the_truth_beside_its_picture(run: Run) -> None:
    put_record(".", "x")
    put_text("x.png")
    truth = Path("x.dat").read_bytes()
    assert_one_line(run("infer", "x.png", "--out", "."), "x.hea", "choose another --out")
    assert Path("x.dat").read_bytes() == truth


def test_a_picture_whose_name_is_no_record_name_says_what_to_rename_it_to(run: Run) -> None:
    put_text("my scan (2).png")
    said = run("infer", "my scan (2).png", "--out", "read")
    assert_one_line(said, "my scan (2).png: ", "to my-scan-2.png")


def test_a_pattern_that_matches_no_picture_is_told_as_a_missing_file(run: Run) -> None:
    said = run("infer", "*.png", "--out", "read")
    assert_one_line(said, "*.png: ", "no such file")


TINY = """
name = "tiny"
steps = 2
pages_per_step = 1
crops_per_page = 1
crop_columns = 64
evaluate_pages = 1

[[pages]]
recipe = "small.toml"
"""


@pytest.mark.slow
def test_a_finished_training_run_is_not_trained_again(run: Run) -> None:
    put_small_recipe()
    put_text("tiny.toml", TINY)
    words = ("train", "tiny.toml", "--out", "run", "--workers", 0, "--steps", 1)
    assert run(*words).code == 0
    before = Path("run/reader.safetensors").read_bytes()
    said = run(*words)
    assert said.code == 0
    assert "already: run/reader.safetensors" in said.out
    assert Path("run/reader.safetensors").read_bytes() == before
    assert_one_line(run(*words[:-1], 2), "run/checkpoint.pt: ", "another training recipe")


def test_the_demo_reads_what_the_weights_that_ship_never_saw() -> None:
    from train.config import TrainConfig
    from train.demo import _UNSEEN_SEED
    from train.report import find_config
    from train.words import _SEED

    shipped = msgspec.json.decode(weights_metadata(shipped_weights())["config"], type=TrainConfig)
    runs = [shipped, *(find_config(name) for name in ("default", "strips", "demo"))]
    assert {run.hold_out for run in runs} == {shipped.hold_out}
    assert {frozenset(run.exclude) for run in runs} == {frozenset(shipped.exclude)}
    assert _UNSEEN_SEED not in (_SEED, *(run.seed for run in runs))

"""Many pictures at once: the same readings by any number of workers, and one bad picture fails alone."""

import json
from pathlib import Path

import cv2
import pytest
from PIL import Image

from infer.batch import Wish, find_pictures, read_pictures
from infer.output import MADE
from synth.errors import UserError
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import load_recipe, with_layout


@pytest.mark.slow
def test_the_same_bytes_are_written_by_one_worker_and_by_two_and_a_bad_picture_fails_alone(tmp_path: Path) -> None:
    pictures = [tmp_path / f"{name}.png" for name in ("one", "bad", "two")]
    pictures[1].write_text("no picture")
    recipe = with_layout(load_recipe("mild"), "strip-3x1")
    for index, path in enumerate((pictures[0], pictures[2])):
        sample = generate(recipe, heart_record(index, 4_711), seed=4_711, index=index)
        cv2.imwrite(str(path), cv2.cvtColor(sample.image, cv2.COLOR_RGB2BGR))
    written = []
    for workers in (1, 2):
        out = tmp_path / f"by-{workers}"
        faults = list(read_pictures(pictures, Wish(out, csv=True, overlay=True), workers=workers))
        assert [bool(fault) for fault in faults] == [False, True, False]
        assert "bad.png" in faults[1]
        written.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert len(written[0]) == 2 * 5
    assert written[0] == written[1]


def test_weights_that_a_worker_cannot_load_end_the_run_in_one_line(tmp_path: Path) -> None:
    pictures = [tmp_path / "a.png", tmp_path / "b.png"]
    with pytest.raises(UserError, match=r"gone\.onnx"):
        list(read_pictures(pictures, Wish(tmp_path / "out"), tmp_path / "gone.onnx", workers=2))


@pytest.mark.parametrize("name", ["page.hea", "page.json", "page.csv", "page.overlay.png"])
def test_files_that_are_no_readings_are_never_written_over(name: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("somebody's own")
    with pytest.raises(UserError, match=f"{name}: is no reading and would be overwritten"):
        find_pictures([tmp_path / "page.png"], Wish(tmp_path / "out", csv=True, overlay=True))
    (tmp_path / "out" / "page.hea").write_text(f"page 12 500 5000\n#{MADE}\n")
    assert find_pictures([tmp_path / "page.png"], Wish(tmp_path / "out")) == [tmp_path / "page.png"]


@pytest.mark.slow
def test_pages_of_a_file_that_were_not_read_are_told_of(tmp_path: Path) -> None:
    sample = generate(with_layout(load_recipe("clean"), "strip-3x1"), heart_record(0, 1), seed=1, index=0)
    page = Image.fromarray(sample.image)
    page.save(tmp_path / "two.tiff", save_all=True, append_images=[page])
    (fault,) = read_pictures([tmp_path / "two.tiff"], Wish(tmp_path / "out"))
    assert not fault
    assert any(
        "the first of 2 pages" in line for line in json.loads((tmp_path / "out/two.json").read_text())["warnings"]
    )

"""Many pictures at once: the same readings by any number of workers, and one bad picture fails alone."""

from pathlib import Path

import cv2
import pytest

from infer.batch import Wish, read_pictures
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

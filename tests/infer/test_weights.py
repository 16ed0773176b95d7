"""Weights: whole, of this reader, and never code."""

import pickle
from pathlib import Path

import pytest

from infer.weights import load_weights
from synth.errors import UserError


@pytest.mark.parametrize("content", [b"", b"\x00" * 64, b"not weights at all", pickle.dumps({"a": 1})])
def test_a_file_that_holds_no_weights_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"w\.safetensors: not weights") as caught:
        load_weights(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.safetensors"):
        load_weights(tmp_path / "gone.safetensors")

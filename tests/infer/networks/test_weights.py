"""Weights: whole, of this reader, and never code."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from infer.digitize import digitize
from infer.networks.weights import load_weights, shipped_weights
from synth.assets import shipped
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


@pytest.mark.parametrize("dtype", ["F8_E8M0", "F8_E4M3", "F6_E2M3", "F4"])
def test_numbers_of_a_kind_that_is_not_known_are_refused_in_one_line(dtype: str, tmp_path: Path) -> None:
    path, bits = tmp_path / "w.safetensors", {"F8_E8M0": 8, "F8_E4M3": 8, "F6_E2M3": 6, "F4": 4}[dtype]
    head = json.dumps({"a": {"dtype": dtype, "shape": [8], "data_offsets": [0, bits]}}).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head + bytes(bits))
    with pytest.raises(UserError, match=r"w\.safetensors: not weights") as caught:
        load_weights(path)
    assert "\n" not in str(caught.value)


def test_weights_whose_training_went_wrong_are_refused(tmp_path: Path) -> None:
    tensors = load_file(shipped_weights())
    name = "page.cells.weight"
    save_file({**tensors, name: tensors[name] * float("nan")}, tmp_path / "nan.safetensors")
    with pytest.raises(UserError, match="training went wrong"):
        load_weights(tmp_path / "nan.safetensors")
    reader = load_weights(shipped_weights())
    with torch.no_grad():
        reader.page.cells.weight.mul_(1e9)
    picture = np.random.default_rng(0).integers(0, 256, (600, 800, 3), dtype=np.uint8)
    with pytest.raises(UserError, match="training went wrong"):
        digitize(reader, picture, "page")


def test_what_ships_is_light() -> None:
    for file in ("reader.safetensors", "reader.onnx"):
        assert shipped(f"data/{file}").stat().st_size <= 8_000_000
    reader = load_weights(shipped_weights())
    assert sum(weight.numel() for weight in reader.parameters()) <= 3_000_000

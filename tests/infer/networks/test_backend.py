"""The same networks by torch and by ONNX Runtime, and a reading that needs no torch."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from infer.digitize import digitize
from infer.networks.backend import Backend, StripSeen, open_backend
from infer.networks.export import export_and_report
from infer.networks.reader import Reader
from infer.networks.runtime import OnnxReader
from infer.networks.weights import default_weights, save_weights, shipped_weights, weights_metadata
from infer.score import score_record
from synth.assets import shipped
from synth.errors import UserError
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import load_recipe, with_layout
from synth.record import read_record
from synth.store import write_sample
from train.config import Pages, TrainConfig


@pytest.fixture(scope="module")
def reader() -> Reader:
    """Random networks; the running means and variances of their norms are random, too."""
    torch.manual_seed(0)
    reader = Reader().eval()
    for name, tensor in reader.state_dict().items():
        if "running" in name:
            tensor.uniform_(0.5, 1.5)
    return reader


@pytest.fixture(scope="module")
def files(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("weights")
    save_weights(folder / "r.safetensors", reader, TrainConfig(name="tiny", pages=(Pages("clean"),)), {"step": 7})
    export_and_report(folder / "r.safetensors", folder / "r.onnx")
    return folder / "r.safetensors", folder / "r.onnx"


def assert_alike(first: Backend, second: Backend) -> None:
    rng = np.random.default_rng(0)
    for h, w in ((64, 192), (320, 256)):
        picture = rng.integers(0, 256, (h, w, 3), np.uint8)
        for one, other in zip(first.see_page(picture), second.see_page(picture), strict=True):
            assert one.shape == other.shape
            assert np.allclose(one, other, atol=1e-3)
    for count, w in ((1, 64), (2, 192)):
        strips = rng.integers(0, 256, (count, 384, w, 3), np.uint8)
        seen = [[part for strip in backend.see_strips(strips) for part in strip] for backend in (first, second)]
        assert len(seen[0]) == len(StripSeen._fields) * count
        for one, other in zip(*seen, strict=True):
            assert one.shape == other.shape
            assert np.allclose(one, other, atol=1e-3)


def test_torch_and_onnx_runtime_see_the_same_at_any_size_and_number(files: tuple[Path, Path]) -> None:
    assert_alike(*map(open_backend, files))


def test_what_made_the_weights_travels_along(files: tuple[Path, Path]) -> None:
    metadata = OnnxReader(files[1]).metadata()
    assert metadata == weights_metadata(files[0])
    assert metadata["about"] == '{"step": 7}'


def test_the_same_weights_give_the_same_onnx_file(files: tuple[Path, Path]) -> None:
    again = files[1].with_name("again.onnx")
    export_and_report(files[0], again)
    assert again.read_bytes() == files[1].read_bytes()


def test_a_strip_is_seen_the_same_whatever_lies_beside_it(files: tuple[Path, Path]) -> None:
    strips = np.random.default_rng(1).integers(0, 256, (3, 384, 128, 3), np.uint8)
    for backend in map(open_backend, files):
        alone, among = backend.see_strips(strips[1:2])[0], backend.see_strips(strips)[1]
        assert all(np.array_equal(one, other) for one, other in zip(alone, among, strict=True))


def test_pages_are_read_without_torch(tmp_path: Path) -> None:
    sample = generate(with_layout(load_recipe("clean"), "strip-1x1"), heart_record(0, 4_711), seed=4_711, index=0)
    write_sample(sample, tmp_path, "page")
    script = """
import sys
from importlib.machinery import PathFinder
class Hiding:
    def find_spec(name, path=None, target=None):
        hidden = name.partition(".")[0] in ("torch", "safetensors")
        return None if hidden else PathFinder.find_spec(name, path, target)
sys.meta_path = [Hiding if finder is PathFinder else finder for finder in sys.meta_path]
from pathlib import Path
from infer.batch import Wish, read_pictures
from infer.networks.weights import default_weights
print(default_weights().name, list(read_pictures([Path(sys.argv[1])], Wish(Path(sys.argv[2])))), "torch" in sys.modules)
"""
    command = [sys.executable, "-c", script, str(tmp_path / "page.png"), str(tmp_path / "read")]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert said.stdout == "reader.onnx [''] False\n"
    assert score_record(sample.as_printed(), read_record(tmp_path / "read" / "page.hea")).uncapped_db > 15.0


def test_pages_are_read_by_onnx_runtime_unless_there_may_be_a_gpu_for_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert default_weights().suffix == ".onnx"
    (tmp_path / "nvidia-smi").touch(mode=0o755)
    assert default_weights() == shipped_weights()


def other_model() -> bytes:
    shape = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    more = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "other", [shape], [more])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("content", [b"", b"\x00" * 64, b"not weights at all", other_model()])
def test_a_file_that_is_no_onnx_of_this_reader_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "w.onnx"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"w\.onnx: not weights of this reader") as caught:
        open_backend(path)
    assert "\n" not in str(caught.value)


def test_a_missing_onnx_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.onnx"):
        open_backend(tmp_path / "gone.onnx")


def test_an_export_that_infer_would_not_know_is_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"r\.bin: must end in \.onnx"):
        export_and_report(files[0], tmp_path / "r.bin")


def test_the_weights_that_ship_are_the_same_for_torch_and_onnx_runtime() -> None:
    by_torch, by_onnx = open_backend(shipped_weights()), OnnxReader(shipped("data/reader.onnx"))
    assert by_onnx.metadata() == weights_metadata(shipped_weights())
    assert_alike(by_torch, by_onnx)
    sample = generate(load_recipe("clean"), heart_record(0, 4_711), seed=4_711, index=0)
    first, second = (digitize(backend, sample.image, "page").record.mv for backend in (by_torch, by_onnx))
    assert np.array_equal(np.isnan(first), np.isnan(second))
    off = np.abs(first - second)[np.isfinite(first)]  # rounding decides a few columns where traces and words meet
    assert off.mean() < 0.002
    assert np.quantile(off, 0.999) < 0.03

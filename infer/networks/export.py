"""Weights as ONNX: both networks in one file, each with an input of its own."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from infer.networks.backend import PageSeen, StripSeen
from infer.networks.weights import load_weights, shipped_weights, weights_metadata
from synth.errors import UserError
from synth.record import write_whole

if TYPE_CHECKING:
    from torch import nn

    from infer.networks.reader import Reader

_OPSET = 17


def export_and_report(weights: Path | None, out: Path) -> None:
    """Write a weights file as ONNX and tell the user.

    Args:
        weights: A safetensors file of `ecgpaper train`; None takes the weights that ship.
        out: The file to write; it must end in .onnx.

    Raises:
        UserError: If the weights cannot be loaded, or the file cannot be written.
    """
    if out.suffix.lower() != ".onnx":
        raise UserError(f"{out}: must end in .onnx, by which `ecgpaper infer --weights` knows it")
    weights = weights or shipped_weights()
    data = to_onnx(load_weights(weights), weights_metadata(weights))
    try:
        write_whole(out, data)
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror}); choose another --out") from error
    print(f"{weights} as ONNX, {len(data) / 1e6:.1f} MB: {out}")


def to_onnx(reader: Reader, metadata: dict[str, str]) -> bytes:
    """Both networks as one ONNX model that takes uint8 pictures (B, H, W, 3) of any number and size.

    `page.picture` and `strip.picture` are its inputs; outputs are named `page.phase`, `strip.y` and so on.

    Args:
        reader: The networks, in evaluation mode.
        metadata: Travels along.
    """
    import onnx
    from onnx.compose import merge_models

    page = _export("page", reader.page, (1, 64, 128, 3), PageSeen._fields)
    strip = _export("strip", reader.strip, (1, 64, 128, 3), StripSeen._fields)
    both = merge_models(page, strip, [], prefix1="page.", prefix2="strip.", name="reader")
    _store_halves(both.graph)
    onnx.helper.set_model_props(both, dict(sorted(metadata.items())))
    onnx.checker.check_model(both)
    return bytes(both.SerializeToString())


def _export(name: str, network: nn.Module, shape: tuple[int, ...], outputs: tuple[str, ...]) -> Any:
    """One network as an ONNX model; `shape` is of the picture that it is traced with.

    Sides of the same name must be of the same length, in the merged model, too: so they carry the network's name.
    """
    import onnx
    import torch

    from infer.networks.reader import FromPictures

    picture = torch.from_numpy(np.zeros(shape, np.uint8))
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter that needs no onnxscript, and is 10 times faster, is called old
        path = Path(folder) / "network.onnx"
        torch.onnx.export(
            FromPictures(network).eval(),
            (picture,),
            path,
            dynamo=False,
            input_names=["picture"],
            output_names=list(outputs),
            dynamic_axes={"picture": {0: f"{name}_batch", 1: f"{name}_height", 2: f"{name}_width"}},
            opset_version=_OPSET,
            training=torch.onnx.TrainingMode.PRESERVE,  # norms stay apart from weights, which thus stay exact float16
            do_constant_folding=False,
        )
        return onnx.load(path)


def _store_halves(graph: Any) -> None:
    """Store weights as the float16 numbers that they are, cast when the model is loaded: half the file."""
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for tensor in graph.initializer:
        whole = numpy_helper.to_array(tensor)
        if whole.dtype != np.float32 or whole.ndim < 2:
            continue
        name, half = tensor.name, whole.astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
        casts.append(helper.make_node("Cast", [tensor.name], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)

"""Weights on disk: float16 safetensors that carry the recipe, seed, versions and measured dB that made them."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any

import msgspec

from synth.assets import shipped
from synth.errors import UserError
from synth.record import write_whole

if TYPE_CHECKING:
    from infer.networks.reader import Reader

_MAX_BYTES = 64_000_000
_CURE = "train some with `ecgpaper train`"


def shipped_weights() -> Path:
    """The safetensors file that ships."""
    return shipped("data/reader.safetensors")


def default_weights() -> Path:
    """The weights that ship: for torch where it may find a GPU, else for what is faster there, ONNX Runtime, if it can.

    Raises:
        UserError: If neither is installed.
    """
    torch = find_spec("torch") is not None
    if find_spec("onnxruntime") and not (torch and which("nvidia-smi")):
        return shipped("data/reader.onnx")
    if torch:
        return shipped_weights()
    raise UserError("reading needs onnxruntime or torch: pip install 'ecgpaper[onnx]' or 'ecgpaper[torch]'")


def save_weights(path: Path, reader: Reader, config: msgspec.Struct, about: dict[str, Any]) -> None:
    """Write a reader's weights as float16, with its training recipe and what is known of it."""
    config_said = msgspec.json.encode(config).decode()
    write_weights(path, reader, {"ecgpaper": "reader 1", "config": config_said, "about": json.dumps(about)})


def write_weights(path: Path, reader: Reader, metadata: dict[str, str]) -> None:
    """Write a reader's weights as float16, with what `weights_metadata` is to give back."""
    from safetensors.torch import save

    tensors = {name: t.half() if t.is_floating_point() else t for name, t in reader.state_dict().items()}
    tensors = {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}
    write_whole(path, save(tensors, metadata=metadata))


def start_from(reader: Reader, path: Path) -> list[str]:
    """Give a reader the tensors of a weights file that it has, too, by name and shape; the others stay as they are.

    Returns:
        The names of the others.

    Raises:
        UserError: If the file is missing or broken, or holds none of them, or what are no numbers.
    """
    tensors, own = _tensors(path), reader.state_dict()
    same = {name: t.float() for name, t in tensors.items() if name in own and t.shape == own[name].shape}
    if not same:
        raise UserError(f"{path}: holds no tensor of this reader; name weights that `ecgpaper train` made")
    reader.load_state_dict(same, strict=False)
    return [name for name in own if name not in same]


def read_weights(path: Path) -> bytes:
    """A weights file of any kind.

    Raises:
        UserError: If it is missing, or too large to be weights of this reader.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UserError(f"{path}: larger than {_MAX_BYTES} bytes; not weights of this reader")
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; name weights that `ecgpaper train` or `ecgpaper export` made") from None
    except OSError as error:
        raise UserError(f"{path}: weights cannot be read ({error.strerror}); name a file of weights") from error


def weights_metadata(path: Path) -> dict[str, str]:
    """What `write_weights` wrote beside the tensors of a safetensors file, which `load_weights` has accepted."""
    from safetensors import safe_open

    with safe_open(str(path), "np") as file:
        return dict(file.metadata() or {})


def load_weights(path: Path) -> Reader:
    """A reader with weights from a file, in evaluation mode.

    Raises:
        UserError: If the file is missing, broken or of another network, or torch is not installed.
    """
    tensors = _tensors(path)
    from infer.networks.reader import Reader

    reader = Reader()
    try:
        reader.load_state_dict({name: t.float() if t.is_floating_point() else t for name, t in tensors.items()})
    except RuntimeError as error:
        raise UserError(
            f"{path}: not weights of this reader, or of an older version of its networks; {_CURE}"
        ) from error
    return reader.eval()


def _tensors(path: Path) -> dict[str, Any]:
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load
    except ModuleNotFoundError:
        raise UserError(f"{path}: reading with it needs torch: pip install 'ecgpaper[torch]'") from None
    if path.suffix.lower() == ".onnx":
        raise UserError(f"{path}: is an export already; name the .safetensors file that `ecgpaper train` made")
    try:
        tensors: dict[str, Any] = load(read_weights(path))
        finite = all(bool(t.isfinite().all()) for t in tensors.values())
    except (SafetensorError, RuntimeError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise UserError(f"{path}: not weights of this reader ({_first_line(error)}); {_CURE}") from error
    if not finite:
        raise UserError(f"{path}: holds numbers without end; its training went wrong, {_CURE} at a lower learning_rate")
    return tensors


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]

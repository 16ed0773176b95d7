"""Weights on disk: float16 safetensors that carry the recipe, seed, versions and measured dB that made them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from synth.assets import shipped
from synth.errors import UserError
from synth.record import write_whole

if TYPE_CHECKING:
    from infer.network import Reader

_MAX_BYTES = 64_000_000


def default_weights() -> Path:
    """The weights that ship."""
    return shipped("data/reader.safetensors")


def save_weights(path: Path, reader: Reader, config: msgspec.Struct, about: dict[str, Any]) -> None:
    """Write a reader's weights as float16, with its training recipe and what is known of it."""
    from safetensors.torch import save

    tensors = {name: t.half() if t.is_floating_point() else t for name, t in reader.state_dict().items()}
    tensors = {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}
    metadata = {
        "ecgpaper": "reader 1",
        "config": msgspec.json.encode(config).decode(),
        "about": json.dumps(about),
    }
    write_whole(path, save(tensors, metadata=metadata))


def load_weights(path: Path) -> Reader:
    """A reader with weights from a file, in evaluation mode.

    Raises:
        UserError: If the file is missing, broken or of another network, or torch is not installed.
    """
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load

        from infer.network import Reader
    except ModuleNotFoundError:
        raise UserError("reading needs torch: pip install 'ecgpaper[torch]'") from None
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UserError(f"{path}: larger than {_MAX_BYTES} bytes; not weights of this reader")
        tensors = load(path.read_bytes())
        reader = Reader()
        reader.load_state_dict({name: t.float() if t.is_floating_point() else t for name, t in tensors.items()})
    except OSError as error:
        raise UserError(f"{path}: weights cannot be read ({error.strerror})") from error
    except (SafetensorError, RuntimeError, ValueError) as error:
        fault = str(error).splitlines()[0]
        raise UserError(f"{path}: not weights of this reader ({fault}); train some with `ecgpaper train`") from error
    return reader.eval()

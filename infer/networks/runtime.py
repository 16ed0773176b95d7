"""The networks run by ONNX Runtime, from a file of `ecgpaper export`: no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infer.networks.backend import PageSeen, StripSeen, checked
from infer.networks.weights import read_weights
from synth.errors import UserError

#: Names of the inputs of both networks in the file; the outputs are named likewise, `page.phase` and so on.
PAGE, STRIP = "page.picture", "strip.picture"

_PAGE_OUTPUTS = [f"page.{field}" for field in PageSeen._fields]
_STRIP_OUTPUTS = [f"strip.{field}" for field in StripSeen._fields]
_LEAST = {PAGE: np.zeros((1, 64, 64, 3), np.uint8), STRIP: np.zeros((1, 64, 64, 3), np.uint8)}  # for the other one


class OnnxReader:
    """A `Backend` by ONNX Runtime on one thread of the processor.

    Args:
        path: A file of `ecgpaper export`.

    Raises:
        UserError: If the file is missing, broken or none of this reader, or onnxruntime is not installed.
    """

    def __init__(self, path: Path) -> None:
        data = read_weights(path)
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4  # what goes wrong is raised
        try:
            self._session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its own classes share no other base
            raise _no_weights(path, str(error).splitlines()[0]) from error
        ends = {end.name for end in (*self._session.get_inputs(), *self._session.get_outputs())}
        if ends != {PAGE, STRIP, *_PAGE_OUTPUTS, *_STRIP_OUTPUTS}:
            raise _no_weights(path, "other inputs and outputs")

    def see_page(self, picture: NDArray[np.uint8]) -> PageSeen:
        """Look at a small picture, see `Backend`."""
        seen = self._session.run(_PAGE_OUTPUTS, _LEAST | {PAGE: picture[None]})
        parts = {name: part[0] for name, part in zip(PageSeen._fields, seen, strict=True)}
        return checked(PageSeen(**parts | {"paper": parts["paper"][0]}))

    def see_strips(self, strips: NDArray[np.uint8]) -> list[StripSeen]:
        """Look at strips, see `Backend`."""
        return [self._see_strip(strip[None]) for strip in strips]

    def metadata(self) -> dict[str, str]:
        """What made the weights, as in their safetensors file."""
        return dict(self._session.get_modelmeta().custom_metadata_map)

    def _see_strip(self, strip: Any) -> StripSeen:
        return checked(StripSeen(*(part[0] for part in self._session.run(_STRIP_OUTPUTS, _LEAST | {STRIP: strip}))))


def _no_weights(path: Path, why: str) -> UserError:
    return UserError(f"{path}: not weights of this reader ({why}); make some with `ecgpaper export`")

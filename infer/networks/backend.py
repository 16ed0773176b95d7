"""What the reader asks of its networks, whoever runs them: uint8 pictures in, numpy out.

Two such backends: `reader.Reader` with torch, `runtime.OnnxReader` with ONNX Runtime.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from infer.networks.weights import default_weights, load_weights
from synth.errors import UserError

Pictures = NDArray[np.uint8]
Numbers = NDArray[np.float32]


class PageSeen(NamedTuple):
    """What is seen of one page; all per cell of 4 x 4 pixels. See `page_net.PageView`.

    Attributes:
        phase: cos and sin of the grid's phase along x, then along y, (4, h, w).
        paper: Logit of lying on the page, (h, w).
        turn: Logits of the quarter turns, (4, h, w).
        name: Logits of no name and of each lead's name, (13, h, w).
        rows: Logits of territory, zero line, beginning, (3, h, w).
        pulse: Logits of no calibration pulse and of the gains that one shows, (5, h, w).
        speed: Logits of the paper speeds, (3, h, w).
        words: Logits of no setting being printed there in words, of paper speeds and of gains, (8, h, w).
    """

    phase: Numbers
    paper: Numbers
    turn: Numbers
    name: Numbers
    rows: Numbers
    pulse: Numbers
    speed: Numbers
    words: Numbers


class StripSeen(NamedTuple):
    """What is seen of one strip. See `strip_net.StripView`.

    Attributes:
        y: Logits over the rows of pixels, (H, W).
        printed: Logit of a trace being printed there, (W,).
        edge: Logits of a lead beginning or the last one ending there, and of a pulse's upright stroke, (2, W).
        place: How far to the right the nearest of them lies, mm, where one is near, (2, W).
        phase: cos and sin of the phase along x of the 5 mm grid, of the 1 mm grid, then those along y, per cell of
            4 x 4 pixels, (8, H / 4, W / 4).
    """

    y: Numbers
    printed: Numbers
    edge: Numbers
    place: Numbers
    phase: Numbers


Seen = TypeVar("Seen", PageSeen, StripSeen)

_LARGEST = 1e4  # that a network which reads pages ever says; logits of sure things are below 100


def checked(seen: Seen) -> Seen:
    """What a network sees.

    Raises:
        UserError: If these are no numbers that a network which was trained says.
    """
    if not all(float(np.abs(part).max()) < _LARGEST for part in seen):
        raise UserError("these weights see nothing that can be: their training went wrong; name others, see --weights")
    return seen


class Backend(Protocol):
    """Runs both networks."""

    def see_page(self, picture: Pictures) -> PageSeen:
        """Look at a small picture (H, W, 3); H and W are multiples of 64."""
        ...

    def see_strips(self, strips: Pictures) -> list[StripSeen]:
        """Look at strips of one size (K, H, W, 3), each by itself; H and W are multiples of 64."""
        ...


def open_backend(weights: Path | None = None) -> Backend:
    """The networks with weights of a file.

    Args:
        weights: A .onnx file is run by ONNX Runtime, another by torch, on the GPU if it sees one. None takes the
            weights that ship, see `default_weights`.

    Raises:
        UserError: If the weights cannot be loaded, or what runs them is not installed.
    """
    weights = weights or default_weights()
    if weights.suffix.lower() == ".onnx":
        from infer.networks.runtime import OnnxReader

        return OnnxReader(weights)
    reader = load_weights(weights).fuse()
    import torch

    reader.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return reader.to("cuda" if torch.cuda.is_available() else "cpu")

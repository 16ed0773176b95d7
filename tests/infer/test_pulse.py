"""The height of calibration pulses, from strips."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from infer.leads import LEFT_MM, TimeAxis, strip_columns
from infer.pulse import pulse_shown
from infer.strips import column_mm
from infer.trace import Column
from synth.catalogue import CATALOGUE
from synth.marks import lay_pulses


def strip_with_pulse(name: str, start_mm: float) -> list[Column]:
    """One strip whose ink is a layout's first pulse, and nothing beside."""
    layout = CATALOGUE[name]
    x_mm = column_mm(np.arange(strip_columns(layout)))
    pulse = lay_pulses(layout)[0]
    at = pulse[:, 0] - layout.t0_mm + LEFT_MM + start_mm
    above = np.interp(x_mm, at + np.arange(len(at)) * 1e-6, layout.zero_mm[0] - pulse[:, 1])
    return [
        Column(np.zeros_like(x_mm), above, np.ones_like(x_mm), *np.zeros((2, 2, len(x_mm))), x_mm, np.zeros_like(x_mm))
    ]


@pytest.mark.parametrize(("drawn", "other"), [("strip-1x1", "strip-1x1-20"), ("strip-1x1-20", "strip-1x1")])
@pytest.mark.parametrize("start_mm", [-2.0, 0.0, 3.5])
def test_a_pulse_is_seen_at_its_own_height_and_at_no_other(drawn: str, other: str, start_mm: float) -> None:
    rows, axis = strip_with_pulse(drawn, start_mm), TimeAxis(start_mm, 1.0, 0.9)
    assert (pulse_shown(rows, CATALOGUE[drawn], axis) or 0.0) > 0.9
    assert pulse_shown(rows, CATALOGUE[other], axis) == 0.0


def test_a_format_without_pulse_says_nothing() -> None:
    none = msgspec.structs.replace(CATALOGUE["strip-1x1"], pulse=None)
    assert pulse_shown(strip_with_pulse("strip-1x1", 0.0), none, TimeAxis(0.0, 1.0, 0.9)) is None

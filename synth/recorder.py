"""The recorder: what a cart does to the signal before it is printed, or its patient to the leads."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from synth.measure import find_beats
from synth.ranges import Range, Ranged, Within, draw, draw_sign
from synth.record import LEADS, EcgRecord

#: Leads that go flat with a limb electrode: those of Einthoven that use it, and the augmented ones.
_WITHOUT = {
    "RA": ("I", "II", "aVR", "aVL", "aVF"),
    "LA": ("I", "III", "aVR", "aVL", "aVF"),
    "LL": ("II", "III", "aVR", "aVL", "aVF"),
}


class Recorder(Ranged, frozen=True, kw_only=True):
    """Ranges of what happens to the signal. What is printed is labelled as printed.

    Attributes:
        amplitude: Factor on all leads; tall complexes run into the next row. In [0.1, 10].
        saturated: Probability that the amplifier saturates.
        saturation_mv: Largest absolute value then, in mV, in [0.2, 20].
        lead_off: Probability that one electrode has come off, from some moment on or all the time: its leads are
            flat lines at 0 mV.
        paced: Probability of pacing spikes, 1 to 3 samples wide, before each complex.
        spike_mv: Height of the spikes, in mV, in [0.1, 20]; the sign of each lead is drawn.
    """

    amplitude: Annotated[Range, Within(0.1, 10.0, calm=1.0)] = (1.0, 1.0)
    saturated: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 0.0
    saturation_mv: Annotated[Range, Within(0.2, 20.0)] = (1.0, 2.5)
    lead_off: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 0.0
    paced: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 0.0
    spike_mv: Annotated[Range, Within(0.1, 20.0)] = (0.5, 4.0)


def record_as_received(record: EcgRecord, recorder: Recorder, rng: np.random.Generator) -> EcgRecord:
    """The record as the cart passes it on to the printer: scaled, paced, saturated, with leads off."""
    scale, limit = draw(recorder.amplitude, rng), draw(recorder.saturation_mv, rng)
    paced, saturated, off = (bool(rng.uniform() < p) for p in (recorder.paced, recorder.saturated, recorder.lead_off))
    spikes, losing = rng.spawn(2)
    if scale == 1.0 and not (paced or saturated or off):
        return record
    mv = record.mv * scale
    if paced:
        _add_spikes(mv, record, recorder, spikes)
    if saturated:
        np.clip(mv, -limit, limit, out=mv)
    if off:
        _lose_electrode(mv, record, losing)
    return EcgRecord(record.name, record.fs_hz, record.leads, mv)


def _add_spikes(mv: NDArray[np.float64], record: EcgRecord, recorder: Recorder, rng: np.random.Generator) -> None:
    before_s = rng.uniform(0.03, 0.06) if rng.uniform() < 0.7 else rng.uniform(0.14, 0.2)  # ventricle or atrium
    width = int(rng.integers(1, 4))
    heights = np.array([draw(recorder.spike_mv, rng) * rng.uniform(0.2, 1.0) * draw_sign(rng) for _ in record.leads])
    for beat in find_beats(record):
        start = int(beat) - round(before_s * record.fs_hz)
        if start >= 0:
            mv[:, start : start + width] += heights[:, None]


def _lose_electrode(mv: NDArray[np.float64], record: EcgRecord, rng: np.random.Generator) -> None:
    electrodes = (*_WITHOUT, *LEADS[6:])
    electrode = electrodes[int(rng.integers(len(electrodes)))]
    start = 0 if rng.uniform() < 0.5 else int(rng.integers(mv.shape[1]))
    for lead in _WITHOUT.get(electrode, (electrode,)):
        if lead in record.leads:
            flat = mv[record.leads.index(lead), start:]
            flat[np.isfinite(flat)] = 0.0

"""The words on a page: an invented patient, plausible measurements, speed and gain."""

import numpy as np

from synth.layout import Layout
from synth.record import EcgRecord

_FIRST = (
    "Alva",
    "Bento",
    "Cleo",
    "Dario",
    "Edda",
    "Fynn",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Kaya",
    "Levin",
    "Mira",
)
_LAST = (
    "Aldarin",
    "Brockwell",
    "Castanze",
    "Dorvale",
    "Elmsworth",
    "Farrowby",
    "Grenholt",
    "Halvington",
    "Irsbeck",
)
_RHYTHM = (
    "Sinus rhythm", "Normal ECG", "Borderline ECG", "Abnormal ECG", "Nonspecific ST-T changes", "Atrial fibrillation",
    "Left axis deviation", "Low voltage", "Unconfirmed diagnosis",
)  # fmt: skip


def header_lines(record: EcgRecord, rng: np.random.Generator) -> list[tuple[float, float, str]]:
    """Lines of the header as (x, y) of the baseline in mm and string. Names and numbers are invented."""
    rate, pr = int(rng.integers(48, 130)), int(rng.integers(110, 230))
    qrs, qt = int(rng.integers(76, 150)), int(rng.integers(330, 460))
    axes = [int(rng.integers(-60, 100)) for _ in range(3)]
    date = f"{rng.integers(1, 29):02d}.{rng.integers(1, 13):02d}.{rng.integers(1985, 2025)}"
    clock = f"{rng.integers(0, 24):02d}:{rng.integers(0, 60):02d}"
    name = f"{_LAST[int(rng.integers(len(_LAST)))]}, {_FIRST[int(rng.integers(len(_FIRST)))]}"
    statements = [_RHYTHM[int(i)] for i in rng.permutation(len(_RHYTHM))[: int(rng.integers(1, 4))]]
    left = [
        f"ID: {rng.integers(10**5, 10**8)}",
        f"Name: {name}",
        f"{rng.integers(18, 95)} yr   {'Male' if rng.uniform() < 0.5 else 'Female'}",
        f"{record.fs_hz:g} Hz   {date} {clock}",
    ]
    middle = [
        f"Vent. rate {rate} bpm",
        f"PR interval {pr} ms",
        f"QRS duration {qrs} ms",
        f"QT/QTc {qt}/{round(qt * float(np.sqrt(rate / 60.0)))} ms",
        f"P-R-T axes {axes[0]} {axes[1]} {axes[2]}",
    ]
    columns = ((8.0, left), (88.0, middle), (160.0, statements))
    return [(x, 9.0 + 5.2 * i, line) for x, lines in columns for i, line in enumerate(lines)]


def footer_text(layout: Layout) -> list[tuple[float, str]]:
    """Texts of the foot as x in mm and string."""
    speed, gain = f"{layout.speed_mm_s:g}mm/s", f"{layout.gain_mm_mv:g}mm/mV"
    return [(50.0, speed), (100.0, gain), (150.0, "0.05-150Hz")]

"""Rubber stamps as outlines, y down, centred at (0, 0): boxes, rounds, ovals and plain lines; all names invented."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synth.degrade.paper.writing.hand import Outlines, extent
from synth.geometry import Points
from synth.glyphs import load_glyph
from synth.ranges import pick

_WORDS = (
    "REVIEWED", "COPY", "CONFIRMED", "CHECKED", "RECEIVED", "SCANNED", "FILED", "URGENT", "DUPLICATE", "PENDING",
    "ECG SEEN", "PRE-OP", "ABNORMAL", "NO ACTION", "UNCONFIRMED", "FILE COPY", "KOPIE", "GESEHEN", "BEFUNDET", "VU",
    "COPIA", "REVISADO",
)  # fmt: skip
_HOUSES = (
    "NORTHMERE GENERAL HOSPITAL", "HALVINGTON INFIRMARY", "KLINIKUM IRSBECK", "DORVALE MEDICAL CENTRE",
    "ELMSWORTH CLINIC", "HOSPITAL SANTA ORELLA", "CLINIQUE DE VAUBRUNE", "GRENHOLT SJUKHUS",
    "PELLWORTH DISTRICT HOSPITAL", "POLIKLINIK OST JORVALD", "FARROWBY HEART CENTER",
)  # fmt: skip
_WARDS = (
    "CARDIOLOGY", "DEPT. OF CARDIOLOGY", "EMERGENCY DEPT.", "ECG LABORATORY", "OUTPATIENTS", "MEDICAL RECORDS",
    "INNERE MEDIZIN", "CORONARY CARE UNIT", "ANAESTHESIA", "WARD 4B", "CARDIOLOGIE",
)  # fmt: skip
_DOCTORS = ("NACHTBERG", "QUELLMANN", "OSTRANDER", "BROCKWELL", "CASTANZE", "ROSVIK", "ALDARIN", "KESTERMANN")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_FONTS = ("arimo-700", "tinos-700", "roboto-condensed-400", "cousine-400", "courier-prime-400")
_LINE = 1.75  # distance of baselines, in heights of a capital letter


def draw_stamp(rng: np.random.Generator) -> Outlines:
    """One stamp of any kind; its unit is the height of its smallest letters."""
    return pick((_box, _box, _date, _date, _round, _round, _oval, _name), rng)(rng)


def _box(rng: np.random.Generator) -> Outlines:
    """A word in a frame, single, double or none, sometimes over a date."""
    font, dated, frame = pick(_FONTS[:3], rng), rng.uniform() < 0.35, rng.uniform()
    shape = _lines([(pick(_WORDS, rng), 2.2, font)] + [(_day(rng), 1.2, pick(_FONTS, rng))] * dated)
    return shape + (_frames(shape, 2 if frame < 0.3 else 1, rng) if frame < 0.85 else [])


def _date(rng: np.random.Generator) -> Outlines:
    """The date on wheels between the word and the department, mostly in a frame."""
    font = pick(_FONTS[:3], rng)
    lines = [(pick(_WORDS, rng), 1.3, font), (_day(rng), 1.7, pick(_FONTS[1:], rng)), (pick(_WARDS, rng), 1.0, font)]
    shape = _lines(lines)
    return shape + (_frames(shape, 1, rng) if rng.uniform() < 0.75 else [])


def _round(rng: np.random.Generator) -> Outlines:
    """The house around the upper rim, the department around the lower, something in the middle."""
    font, house, ward = pick(_FONTS[:3], rng), pick(_HOUSES, rng), pick(_WARDS, rng)
    radius = max(5.5, len(house) * 0.31)
    middle = pick(([(_day(rng), 1.0, pick(_FONTS, rng))], [("ECG", 1.8, font)], [("*", 3.0, font)]), rng)
    shape = _around(house, font, radius, top=True) + _around(ward, font, radius, top=False) + _lines(middle)
    width = 2.0 * (radius + 1.7)
    shape += _ring(_ellipse(width, width), 0.22)
    if rng.uniform() < 0.6:
        shape += _ring(_ellipse(2.0 * radius - 1.0, 2.0 * radius - 1.0), 0.14)
    return shape


def _oval(rng: np.random.Generator) -> Outlines:
    """Department, house and date in an oval."""
    font = pick(_FONTS[:3], rng)
    lines = [(pick(_WARDS, rng), 0.9, font), (pick(_HOUSES, rng), 0.9, font), (_day(rng), 1.3, pick(_FONTS, rng))]
    shape = _lines(lines if rng.uniform() < 0.7 else lines[1:])
    low, high = extent(shape)
    w, h = (float(side) for side in (high - low) * (1.2, 1.75))
    return (
        shape + _ring(_ellipse(w, h), 0.25) + (_ring(_ellipse(w - 1.1, h - 1.1), 0.12) if rng.uniform() < 0.5 else [])
    )


def _name(rng: np.random.Generator) -> Outlines:
    """Who signs: plain lines."""
    font, initial = pick(_FONTS, rng), pick("ABCEFGHJKLMNPRST", rng)
    said = [f"Dr. {initial}. {pick(_DOCTORS, rng).title()}", pick(_WARDS, rng).title()]
    said += [f"Reg. {int(rng.integers(10_000, 99_999))}"] * (rng.uniform() < 0.6)
    return _lines([(line, 1.0, font) for line in said])


def _day(rng: np.random.Generator) -> str:
    day, month, year = int(rng.integers(1, 29)), int(rng.integers(12)), int(rng.integers(1990, 2026))
    return pick(
        (f"{day} {_MONTHS[month]} {year}", f"{day:02d}.{month + 1:02d}.{year}", f"{_MONTHS[month]} {day} {year}"), rng
    )


def _lines(lines: Sequence[tuple[str, float, str]]) -> Outlines:
    """(text, height of a capital letter, font) each, one below the other, centred."""
    shape, y = [], 0.0
    for k, (text, height, font) in enumerate(lines):
        y += height * (_LINE if k else 1.0)
        letters, places, length = _set(text, font, height)
        shape += [
            outline + np.array([x - length / 2.0, y])
            for letter, x in zip(letters, places, strict=True)
            for outline in letter
        ]
    low, high = extent(shape)
    return [outline - (low + high) / 2.0 for outline in shape]


def _around(text: str, font: str, radius: float, *, top: bool) -> Outlines:
    """A line bent around (0, 0) above or below it, read from left to right, its letters outside of `radius`."""
    letters, places, length = _set(text, font, 1.0)
    baseline, way = (radius, 1.0) if top else (radius + 1.0, -1.0)
    shape = []
    for letter, x in zip(letters, places, strict=True):
        middle = 0.5 * sum(float(side[0]) for side in extent(letter)) if letter else 0.0
        turn = way * (x + middle - length / 2.0) / (radius + 0.5)
        cos, sin = np.cos(turn), np.sin(turn)
        spin = np.array([[cos, sin], [-sin, cos]])
        shape += [(outline - (middle, way * baseline)) @ spin for outline in letter]
    return shape


def _set(text: str, font: str, height: float) -> tuple[list[Outlines], list[float], float]:
    """Letters whose origins lie at (0, 0), where they begin, and how long the line is."""
    low, high = extent(load_glyph(font, "H").outlines)
    em, letters, places, x = height / float(high[1] - low[1]), [], [], 0.0
    for sign in text:
        glyph = load_glyph(font, sign)
        letters.append([em * outline for outline in glyph.outlines])
        places.append(x)
        x += em * glyph.advance
    return letters, places, x


def _frames(shape: Outlines, count: int, rng: np.random.Generator) -> Outlines:
    """One frame around another, their corners sharp or round."""
    low, high = extent(shape)
    away, thick, bend = rng.uniform(0.5, 1.1), rng.uniform(0.18, 0.4), pick((0.0, 0.0, 1.0), rng)
    frames = []
    for k in range(count):
        w, h = (float(side) + 2.0 * away + 1.4 * k for side in high - low)
        frames += _ring(_rounded(w, h, bend), thick if k == 0 else 0.16)
    return frames


def _ring(outside: Points, thick: float) -> Outlines:
    """The line of a closed convex curve around (0, 0), `thick` inwards."""
    low, high = outside.min(axis=0), outside.max(axis=0)
    return [outside, (outside * (1.0 - 2.0 * thick / (high - low)))[::-1]]


def _ellipse(w: float, h: float) -> Points:
    angle = np.linspace(0.0, 2.0 * np.pi, 96, endpoint=False)
    return np.stack([0.5 * w * np.cos(angle), 0.5 * h * np.sin(angle)], axis=1)


def _rounded(w: float, h: float, radius: float) -> Points:
    angle = np.linspace(0.0, 2.0 * np.pi, 32, endpoint=False) + np.pi / 32.0
    corner = np.sign(np.stack([np.cos(angle), np.sin(angle)], axis=1))
    inner = np.array([0.5 * w, 0.5 * h]) - radius
    return np.asarray(corner * inner + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1))

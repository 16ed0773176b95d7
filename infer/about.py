"""About: what a reading says of itself, fit for JSON: what was found, what was assumed, what to beware of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from infer.format.consistency import DISAGREE_DB, einthoven_db
from infer.format.layouts import Found, find_layout_on_page
from infer.format.unknown import UNKNOWN
from infer.known import Known
from infer.networks.view import GAINS_MM_MV, SPEEDS_MM_S
from infer.page.canvas import PULSE, Canvas
from infer.page.rectify import PageMap
from infer.rows.time_axis import TimeAxis
from synth.geometry import affine, compose
from synth.page import lay_cells
from synth.record import LEADS, EcgRecord

_FEW_PX_MM = 4.0
_DOUBTFUL = 0.8  # certainty under which a layout is
_CLEARER = 0.05  # by so much rows and columns must stand better in another format than in the one that was given
_FAINT = 0.8  # agreement of the grid under which it is
_DRAWN = 0.3  # what speaks for a pulse that is as wide and as high as speed and gain make it, see `pulse_shown`
_READ = 0.5  # how surely a setting is printed in words that counts as read
_PULSES = 12.0  # cells of the canvas that a pulse fills at least


def tell(
    record: EcgRecord,
    found: Found,
    page: PageMap,
    canvas: Canvas,
    axis: TimeAxis,
    known: Known,
    assumed: list[str],
    pulse: float,
    size_px: tuple[int, int],
) -> dict[str, Any]:
    """Everything but the confidence of leads; `pulse` as `pulse_shown`, `size_px` of the picture."""
    return {
        "layout": found.layout.name,
        "layout_certainty": round(found.certainty, 3),
        "layout_agreement": round(found.agreement, 3),
        "columns": found.layout.columns,
        "rhythm": list(found.layout.rhythm),
        "assumed": _assumed(found, canvas, known, assumed, pulse),
        "speed_mm_s": found.layout.speed_mm_s,
        "gain_mm_mv": found.layout.gain_mm_mv,
        "chest_gain_mm_mv": found.layout.gain_of("V1"),
        "fs_hz": record.fs_hz,
        "px_per_mm": round(page.px_per_mm, 3),
        "bent_mm": round(page.bent_mm, 3),
        "grid_certainty": round(page.lock, 3),
        "start_certainty": round(axis.certainty, 3),
        "time_stretch": round(axis.stretch, 5),
        "askew_deg": round(float(np.degrees(np.arctan(axis.fall))), 2) + 0.0,
        "einthoven_db": (said := einthoven_db(record)) and round(said, 1),
        "not_found": [lead for lead in LEADS if not np.isfinite(record.mv[LEADS.index(lead)]).any()],
        "cropped": _cropped(found, page, size_px),
        "contradicted": [*_contradicted(canvas, known), *_another_format(canvas, known, found)],
    }


def warnings(about: dict[str, Any]) -> list[str]:
    """What a user should beware of, one line each."""
    said = {
        f"low resolution: {about['px_per_mm']:.1f} px/mm; scan at 200 dpi or more, or go nearer": (
            about["px_per_mm"] < _FEW_PX_MM
        ),
        f"the grid is seen badly (certainty {about['grid_certainty']:.2f}): times may be off": (
            about["grid_certainty"] < _FAINT
        ),
        "the format is none of the catalogue's: it was read strip by strip": about["layout"] == UNKNOWN,
        f"another layout may be meant (certainty {about['layout_certainty']:.2f}): see --layout": (
            about["layout"] != UNKNOWN and about["layout_certainty"] < _DOUBTFUL
        ),
        f"gain not read from a pulse: {about['gain_mm_mv']:g} mm/mV assumed": "gain" in about["assumed"],
        f"paper speed not read: {about['speed_mm_s']:g} mm/s assumed": "speed" in about["assumed"],
        f"cut off by the picture's edge: {', '.join(about['cropped'])}": bool(about["cropped"]),
        f"not found: {', '.join(about['not_found'])}": bool(about["not_found"]),
        f"the page says otherwise: {', '.join(about['contradicted'])}": bool(about["contradicted"]),
        "names of leads were not all legible, some may be wrong: see --layout": "leads" in about["assumed"],
        "III is not II - I: leads may be mistaken for one another, or their zero lines lie elsewhere": (
            about["einthoven_db"] is not None and about["einthoven_db"] < DISAGREE_DB
        ),
    }
    return [line for line, holds in said.items() if holds]


def _assumed(found: Found, canvas: Canvas, known: Known, guessed: list[str], pulse: float) -> list[str]:
    """What was guessed, and settings that nobody says; not those that a pulse or words show."""
    said_speed, said_gain = (sure >= _READ or pulse >= _DRAWN for sure in canvas.says(found.layout))
    seen_gain = float(canvas.sums[PULSE:, -1, -1].sum()) >= _PULSES
    shown = {"speed": said_speed, "gain": said_gain}
    silent = {"speed": known.speed_mm_s is None, "gain": known.gain_mm_mv is None and not seen_gain}
    unsaid = [what for what, unknown in silent.items() if unknown and what not in guessed]
    return [what for what in [*guessed, *unsaid] if not shown.get(what, False)]


def _contradicted(canvas: Canvas, known: Known) -> list[str]:
    """Settings that the user gave, and others that the page says in words."""
    said = (
        ("--speed", known.speed_mm_s, SPEEDS_MM_S, canvas.words_speed, "mm/s"),
        ("--gain", known.gain_mm_mv, GAINS_MM_MV, canvas.words_gain, "mm/mV"),
    )
    return [
        f"{option} {given:g}, but {values[int(np.argmax(sure))]:g} {unit} is printed"
        for option, given, values, sure, unit in said
        if given is not None and float(max(sure)) >= _READ and values[int(np.argmax(sure))] != given
    ]


def _another_format(canvas: Canvas, known: Known, found: Found) -> list[str]:
    """That the page surely looks like another format than the user said."""
    if known.layout is None:
        return []
    other = find_layout_on_page(canvas, replace(known, layout=None).layouts())
    clearly = other.certainty >= _DOUBTFUL and other.agreement > found.agreement + _CLEARER
    return [f"--layout {known.layout}, but it looks like {other.layout.name}"] if clearly else []


def _cropped(found: Found, page: PageMap, size_px: tuple[int, int]) -> list[str]:
    """Leads whose zero lines leave the picture."""
    to_px = compose([affine(1.0, found.shift_mm), page.to_px])
    leads = []
    for cell in lay_cells(found.layout, 1000.0):
        end = cell.start_mm + (cell.samples.stop - cell.samples.start) / 1000.0 * found.layout.speed_mm_s
        zero = found.layout.zero_mm[cell.row]
        px = to_px.forward(np.array([[cell.start_mm, zero], [end, zero]]))
        if ((px < -0.5) | (px > np.array(size_px) - 0.5)).any() and cell.lead not in leads:
            leads.append(cell.lead)
    return leads

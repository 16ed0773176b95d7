"""The words of a page: an invented patient, measurements of the very record, statements, dates, settings."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from string import Formatter

import numpy as np

from synth.measure import find_beats, heart_rate_bpm, qrs_axis_deg
from synth.ranges import pick
from synth.record import EcgRecord

Word = str | int | datetime

_FIRST = (
    "Alva", "Bento", "Cleo", "Dario", "Edda", "Fynn", "Greta", "Hugo", "Ines", "Jonas", "Kaya", "Levin", "Mira",
    "Nilo", "Oda", "Pavo", "Runa", "Silas", "Tova", "Uriel", "Vesna", "Wanja", "Ylva", "Zeno",
)  # fmt: skip
_LAST = (
    "Aldarin", "Brockwell", "Castanze", "Dorvale", "Elmsworth", "Farrowby", "Grenholt", "Halvington", "Irsbeck",
    "Jorvald", "Kestermann", "Lindqvast", "Morrowind", "Nachtberg", "Ostrander", "Pellworth", "Quellmann", "Rosvik",
)  # fmt: skip
_FINDINGS = (
    "Nonspecific ST-T changes", "Low voltage QRS", "Left ventricular hypertrophy by voltage", "Borderline T wave "
    "abnormalities", "Incomplete right bundle branch block", "Possible left atrial enlargement", "Early "
    "repolarization", "Cannot rule out old anterior infarct, age undetermined",
)  # fmt: skip
_LOW_VOLTAGE, _BLOCK = _FINDINGS[1], _FINDINGS[4]
_LONG_QTC_MS, _BLOCK_QRS_MS = 460, (100, 120)
_IRREGULAR = 0.12  # deviation of RR intervals, by their mean, above which no cart speaks of sinus rhythm
_FILTERS = ("0.05-150", "0.05-100", "0.05-40", "0.5-40", "0.15-100", "0.16-150")

_DATE = re.compile(r"(?:%[A-Za-z]|[^%{}]){1,40}")
_PADDED = re.compile(r"[<>^]?0?[0-9]{0,2}d?")


def draw_words(record: EcgRecord, rng: np.random.Generator) -> dict[str, Word]:
    """The words of one page, by the names that texts of layouts may use.

    Rate and QRS axis are measured on the record where it allows; intervals and the other axes are drawn around
    what fits that rate; names, numbers and dates are invented.
    """
    beats = find_beats(record)
    intervals = np.diff(beats)
    irregular = len(intervals) > 2 and float(intervals.std() / intervals.mean()) > _IRREGULAR
    rate, axis = heart_rate_bpm(record, beats), qrs_axis_deg(record, beats)
    drawn_rate, drawn_axis = int(rng.integers(48, 130)), int(rng.integers(-45, 100))
    rate, axis = drawn_rate if rate is None else rate, drawn_axis if axis is None else axis
    qt = round(float(np.clip(rng.normal(410.0, 22.0), 340.0, 500.0)) * (60.0 / max(rate, 20)) ** (1.0 / 3.0))
    taken = datetime(1988, 1, 1) + timedelta(minutes=int(rng.integers(0, 37 * 365 * 1440)))
    male, age = rng.uniform() < 0.5, int(rng.integers(18, 95))
    first, last, doctor = (pick(names, rng) for names in (_FIRST, _LAST, _LAST))
    qrs, qtc = int(rng.integers(74, 128)), round(qt * float(np.sqrt(max(rate, 20) / 60.0)))
    statements, verdict = _statements(rate, axis, qrs, qtc, irregular, rng)
    return {
        "first": first, "last": last, "name": f"{last}, {first}", "id": int(rng.integers(10**5, 10**8)),
        "sex": "Male" if male else "Female", "s": "M" if male else "F", "age": age,
        "birth": taken - timedelta(days=365 * age + int(rng.integers(0, 365))), "date": taken, "time": taken,
        "height": int(rng.integers(150, 196)), "weight": int(rng.integers(48, 115)),
        "systolic": int(rng.integers(95, 175)), "diastolic": int(rng.integers(55, 100)),
        "rate": rate, "rr": round(60_000 / max(rate, 20)), "pr": int(rng.integers(118, 215)),
        "p": int(rng.integers(80, 125)), "qrs": qrs, "qt": qt,
        "qtc": qtc, "p_axis": int(rng.integers(10, 80)),
        "qrs_axis": axis, "t_axis": int(rng.integers(-10, 90)),
        "rv5": f"{rng.uniform(0.6, 2.6):.2f}", "sv1": f"{rng.uniform(0.3, 1.8):.2f}",
        "statements": "\n".join(statements), "verdict": verdict,
        "physician": f"Dr. {doctor}", "technician": int(rng.integers(100, 9999)), "room": int(rng.integers(1, 420)),
        "ward": pick(("CARD", "ED", "ICU 2", "OPD", "Ward 4B", "PREOP"), rng), "order": int(rng.integers(10**7, 10**8)),
        "serial": f"{rng.integers(100, 999)}-{rng.integers(10**4, 10**5)}",
        "version": f"{rng.integers(1, 9)}.{rng.integers(0, 99):02d}",
        "band": pick(_FILTERS, rng), "mains": pick(("50", "60"), rng), "fs": round(record.fs_hz),
    }  # fmt: skip


def _statements(
    rate: int, axis: int, qrs: int, qtc: int, irregular: bool, rng: np.random.Generator
) -> tuple[list[str], str]:
    """One to four lines that a cart would print, rhythm first, and its verdict: none contradicts another."""
    if irregular:
        lines = [pick(("Atrial fibrillation", "Undetermined rhythm", "Irregular rhythm, no P waves found"), rng)]
    else:
        lines = ["Sinus bradycardia" if rate < 60 else "Normal sinus rhythm" if rate <= 100 else "Sinus tachycardia"]
    measured = []
    if axis < -30 or axis > 100:
        measured.append("Left axis deviation" if axis < -30 else "Rightward axis")
    if qtc > _LONG_QTC_MS:
        measured.append("Prolonged QT interval")
    possible = [line for line in _FINDINGS if line != _BLOCK or _BLOCK_QRS_MS[0] <= qrs < _BLOCK_QRS_MS[1]]
    drawn = [possible[int(i)] for i in rng.permutation(len(possible))[: int(rng.integers(0, 3))]]
    if any("hypertrophy" in line for line in drawn):
        drawn = [line for line in drawn if line != _LOW_VOLTAGE]
    findings = (measured + drawn)[:3]
    if irregular or len(findings) > 1:
        verdict = "Abnormal ECG"
    elif findings:
        verdict = pick(("Borderline ECG", "Abnormal ECG"), rng)
    else:
        verdict = "Normal ECG" if lines[0] == "Normal sinus rhythm" else "Otherwise normal ECG"
    return lines + findings, verdict


#: Names that a text may hold in braces. Beside those of `draw_words`: the settings of the layout.
SETTINGS = ("speed", "gain", "chest_gain")
_EXAMPLE: dict[str, Word] = draw_words(EcgRecord("", 500.0, (), np.zeros((0, 0))), np.random.default_rng(0)) | dict(
    zip(SETTINGS, ("25", "10", "5"), strict=True)
)
WORDS = tuple(_EXAMPLE)


def check_words(text: str) -> None:
    """Refuse a text with unknown words or forms.

    Raises:
        ValueError: Naming what is wrong, and the nearest known word.
    """
    fill(text, _EXAMPLE)


def fill(text: str, words: Mapping[str, Word]) -> str:
    """Put words where a text names them: `{rate}`, `{rate:>3}` padded, `{date:%d.%m.%Y}`.

    Nothing but plain names is looked up: the text may come from anybody.

    Raises:
        ValueError: If it names an unknown word, or a form that the word does not have.
    """
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"text {text!r}: {error}; write {{{{ for a brace that is printed") from None
    if any(conversion for *_, conversion in parts):
        raise ValueError(f"text {text!r}: a word has no conversions; leave ! away")
    return "".join(before + ("" if name is None else _said(name, form or "", words)) for before, name, form, _ in parts)


def _said(name: str, form: str, words: Mapping[str, Word]) -> str:
    if name not in words:
        near = difflib.get_close_matches(name, words, n=1, cutoff=0.4)
        cure = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(words)}"
        raise ValueError(f"unknown word {{{name}}} in a text; {cure}")
    word = words[name]
    if isinstance(word, datetime):
        form = form or ("%H:%M:%S" if name == "time" else "%d-%b-%Y")
        if not _DATE.fullmatch(form):
            raise ValueError(f"{{{name}:{form}}}: a date's form is like %d.%m.%Y %H:%M, of up to 40 signs")
        return word.strftime(form)
    if not _PADDED.fullmatch(form) or (form.endswith("d") and not isinstance(word, int)):
        raise ValueError(f"{{{name}:{form}}}: the form of a word is a width such as >6 or 03")
    return format(word, form)

"""What people who read ECGs write on them: invented, in a few languages."""

from __future__ import annotations

import numpy as np

from synth.ranges import pick

#: Words in braces are numbers and initials that `draw_note` draws.
NOTES = (
    "AF?", "AF", "SR", "NSR", "RBBB", "LBBB", "LAHB", "1° AVB", "WPW?", "LVH", "LVH + strain", "PVCs", "VES", "old MI?",
    "? inf. MI", "STE V2-V4", "ST dep. V5", "T inv. III", "T neg.", "poor R wave\nprogression", "see old ECG",
    "no change", "unchanged", "no old ECG\nto compare", "compare with\nlast ECG!", "repeat in {hours} h", "repeat!",
    "HR {rate}", "{rate}/min", "QTc {qt}", "QT ok", "PR {pr}", "K+ 5.{minute}", "BP {sys}/{dia}", "SpO2 {o2}%",
    "bed {bed}", "Bed {bed}", "room {room}", "ward {bed}", "{day}.{month}.20{year}", "{day}/{month}/{year}",
    "{hour}:{minute}", "{day}.{month}. {hour}:{minute}", "pre-op", "post-op", "pre / post PCI", "chest pain",
    "pain {hours}/10", "no pain", "on digoxin", "on amiodarone", "trop neg", "d/w cardiology", "seen {initials}",
    "{initials}", "{initials} {hour}:{minute}", "ok", "OK", "normal", "abnormal", "V1 high", "leads moved", "V3R V4R",
    "lying", "at rest", "copy to GP", "to file", "f/u {hours} wk", "Male, {age} yrs", "F {age} y",
    "{age} yrs,\nhypertension", "o.B.", "VHF", "s. Vor-EKG", "unverändert", "FA?", "à revoir", "sin cambios",
    "ritmo sinusal", "SR, 1 SVES",
)  # fmt: skip

_NUMBERS = {
    "hours": (1, 9), "rate": (42, 160), "qt": (380, 520), "pr": (120, 240), "sys": (95, 190), "dia": (50, 105),
    "o2": (88, 100), "bed": (1, 24), "room": (1, 420), "day": (1, 29), "month": (1, 13), "year": (10, 26),
    "hour": (0, 24), "age": (18, 95),
}  # fmt: skip
_INITIALS = "ABCDEFGHJKLMNOPRSTVWZ"


def draw_note(rng: np.random.Generator) -> str:
    """One note, of one or two lines."""
    numbers = {name: int(rng.integers(low, high)) for name, (low, high) in _NUMBERS.items()}
    minute = f"{int(rng.integers(0, 60)):02d}"
    initials = "".join(pick(_INITIALS, rng) for _ in range(int(rng.integers(2, 4))))
    return pick(NOTES, rng).format(**numbers, minute=minute, initials=initials)

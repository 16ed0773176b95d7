"""The catalogue: printed formats that ship, with the numbers of FIELD.md part 6 where it has them."""

from __future__ import annotations

import difflib

from synth import forms
from synth.errors import UserError
from synth.layout import Layout
from synth.parts import Grid, LeadName, Pulse, Separator

_LETTER, _A4, _A4_UPRIGHT = (279.4, 215.9), (297.0, 210.0), (210.0, 297.0)
_3X4 = (("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6"))
_6X2 = (("I", "V1"), ("II", "V2"), ("III", "V3"), ("aVR", "V4"), ("aVL", "V5"), ("aVF", "V6"))
_4X3 = (("I", "aVL", "V3"), ("II", "aVF", "V4"), ("III", "V1", "V5"), ("aVR", "V2", "V6"))
_2X6 = (("I", "III", "aVL", "V1", "V3", "V5"), ("II", "aVR", "aVF", "V2", "V4", "V6"))
_12X1 = tuple((lead,) for lead in ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"))
_CABRERA = ("aVL", "I", "-aVR", "II", "aVF", "III")
_CABRERA_6X2 = tuple((limb, f"V{k + 1}") for k, limb in enumerate(_CABRERA))
_CABRERA_12X1 = tuple((lead,) for lead in (*_CABRERA, "V1", "V2", "V3", "V4", "V5", "V6"))


def _down(first_mm: float, pitch_mm: float, count: int) -> tuple[float, ...]:
    return tuple(round(first_mm + k * pitch_mm, 3) for k in range(count))


#: The competition's page (FIELD.md part 1): 2200 x 1700 px at 200 dpi.
COMPETITION = Layout(
    name="3x4+II",
    about="the PhysioNet competition's page: letter, 3 rows of 4 leads and rhythm strip II",
    rows=_3X4,
    rhythm=("II",),
    t0_mm=15.0,
    zero_mm=(89.96, 125.95, 161.93, 194.91),
    grid=Grid(shift_mm=(0.0635, -0.036), raster_dpi=200.0),  # lines on whole pixels, traces where they belong
    fields=forms.plain(215.9),
)


def _muse(name: str, about: str, rhythm: tuple[str, ...], first_mm: float, pitch_mm: float) -> Layout:
    """Grid of 268 x 141 mm, pulses with feet at its left edge, the last 0.75 mm of every lead left out, Times."""
    return Layout(
        name=name, about=about, rows=_3X4, rhythm=rhythm, t0_mm=12.0, clear_mm=0.75, rhythm_s=10.0,
        zero_mm=_down(60.0 + first_mm, pitch_mm, 3 + len(rhythm)), separator=None,
        pulse=Pulse(feet_mm=0.5, gap_mm=0.5),
        lead_name=LeadName(offset_mm=(1.0, 5.0), size_mm=3.6), font="tinos-400", fields=forms.muse(60.0, 201.0),
        grid=Grid(box_mm=(5.5, 60.0, 273.5, 201.0), colours=("pink", "salmon")),
    )  # fmt: skip


def _mortara(name: str, about: str, rhythm: tuple[str, ...], first_mm: float, pitch_mm: float) -> Layout:
    """Pulses at the right, double dashes, names above the line, a bold line every 25 mm."""
    return Layout(
        name=name, about=about, rows=_3X4, rhythm=rhythm, t0_mm=9.0, page_mm=_LETTER,
        zero_mm=_down(45.0 + first_mm, pitch_mm, 3 + len(rhythm)),
        pulse=Pulse(side="right", feet_mm=0.6, gap_mm=1.0),
        separator=Separator(kind="dashes", height_mm=4.5, width_mm=0.8, clear_mm=5.0),
        lead_name=LeadName(offset_mm=(1.5, -4.5), size_mm=4.0), fields=forms.mortara(279.4, 45.0, 205.0),
        grid=Grid(box_mm=(7.0, 45.0, 272.0, 205.0), bold_mm=25.0, colours=("salmon", "pink")),
    )  # fmt: skip


def _schiller(name: str, about: str, page_mm: tuple[float, float] = _A4, **more: object) -> Layout:
    base: dict[str, object] = {
        "pulse": Pulse(feet_mm=1.0, gap_mm=1.5), "separator": Separator(kind="bar", height_mm=5.0, width_mm=0.4),
        "lead_name": LeadName(offset_mm=(0.8, -6.0), size_mm=3.2), "font": "roboto-condensed-400",
        "grid": Grid(box_mm=(6.0, 36.0, page_mm[0] - 6.0, page_mm[1] - 8.0), colours=("red", "pink", "orange")),
        "fields": forms.schiller(*page_mm),
    }  # fmt: skip
    return Layout(name=name, about=about, page_mm=page_mm, **(base | more))  # type: ignore[arg-type]


_DOT_ROLL = Grid(fine="dots", coarse="lines", colours=("red", "purple"), coarse_colour="salmon")
_STRIP_NAME = LeadName(offset_mm=(1.5, -7.5), size_mm=3.2)

_LAYOUTS = (
    COMPETITION,
    _muse("muse-3x4+3R", "MUSE style, letter: 3x4 with rhythm strips V1, II, V5", ("V1", "II", "V5"), 9.0, 24.7),
    _muse("muse-3x4+3R-II", "MUSE style, letter: 3x4 with rhythm strips II, V1, V5", ("II", "V1", "V5"), 9.0, 24.7),
    _muse("muse-3x4+2R", "MUSE style, letter: 3x4 with rhythm strips V1, II", ("V1", "II"), 14.0, 28.0),
    _muse("muse-3x4+1R", "MUSE style, letter: 3x4 with rhythm strip V1", ("V1",), 16.0, 35.0),
    _muse("muse-3x4", "MUSE style, letter: 3x4 without a rhythm strip", (), 24.0, 46.0),
    _mortara("eli-3x4+1R", "Mortara ELI style: pulses right, double dashes, rhythm strip II", ("II",), 20.0, 38.0),
    _mortara("eli-3x4+3R", "Mortara ELI style with rhythm strips II, V1, V5", ("II", "V1", "V5"), 15.0, 26.0),
    Layout(
        name="vector-3x4+V1", about="an electronic record's page: orange grid, bold serif names, rhythm V1",
        rows=_3X4, rhythm=("V1",), t0_mm=18.0, gap_mm=1.5, rhythm_s=10.0, zero_mm=(65.0, 102.5, 140.0, 177.5),
        pulse=Pulse(feet_mm=2.0, gap_mm=3.0), separator=None, font="tinos-400",
        lead_name=LeadName(offset_mm=(1.5, -9.0), size_mm=4.4, font="tinos-700"),
        grid=Grid(box_mm=(5.0, 40.0, 275.0, 200.0), colours=("orange",)), fields=forms.plain(215.9),
    ),
    Layout(
        name="mac400-3x4", about="GE MAC 400 style, 80 mm roll: dots, 3 leads per panel, chest leads at half gain",
        page_mm=(285.0, 80.0), rows=_3X4, t0_mm=16.0, zero_mm=(20.0, 41.0, 62.0), chest_gain_mm_mv=5.0,
        pulse=Pulse(feet_mm=1.0, gap_mm=1.5), separator=Separator(kind="dashed", height_mm=12.0, width_mm=0.3),
        lead_name=_STRIP_NAME, font="vt323-400", fields=forms.strip(285.0, 80.0),
        grid=Grid(fine="dots", coarse="dots", colours=("red", "grey", "purple")),
    ),
    Layout(
        name="roll-3x4+1R", about="thermal roll, 112 mm: dots in boxes, dotted marks through all rows, rhythm II",
        page_mm=(290.0, 112.0), rows=_3X4, rhythm=("II",), t0_mm=18.0, zero_mm=(24.0, 47.0, 70.0, 94.0),
        pulse=Pulse(width_s=0.12, feet_mm=1.2, gap_mm=2.0), font="tinos-700",
        separator=Separator(kind="dotted", height_mm=26.0, width_mm=0.3, clear_mm=0.9, at="starts", through=True),
        lead_name=LeadName(offset_mm=(1.2, -8.0), size_mm=3.8), fields=forms.strip(290.0, 112.0), grid=_DOT_ROLL,
    ),
    Layout(
        name="fukuda-12x1", about="Fukuda style, A4: dot grid, 12 leads over the whole width at 5 mm/mV",
        page_mm=_A4, rows=_12X1, column_s=9.6, gain_mm_mv=5.0, t0_mm=39.0, zero_mm=_down(26.0, 14.6, 12),
        pulse=Pulse(feet_mm=0.8, gap_mm=2.0), separator=None, font="cousine-400",
        lead_name=LeadName(offset_mm=(-14.5, 1.2), size_mm=3.0), fields=forms.fukuda(*_A4),
        grid=Grid(fine="dots", coarse="dots", box_mm=(26.0, 14.0, 286.0, 199.0), colours=("grey", "green", "blue")),
    ),
    Layout(
        name="edan-6x2+1R", about="EDAN SE-1201 style, A4: 6x2 and rhythm strip II",
        page_mm=_A4, rows=_6X2, rhythm=("II",), column_s=4.0, rhythm_s=8.0, gap_mm=3.0, t0_mm=42.0,
        zero_mm=(*_down(57.0, 21.5, 6), 187.0), pulse=Pulse(feet_mm=1.0, gap_mm=2.0), separator=None,
        lead_name=LeadName(offset_mm=(0.8, -4.5), size_mm=3.2), fields=forms.edan(*_A4),
        grid=Grid(box_mm=(26.0, 44.0, 271.0, 199.0), colours=("salmon", "orange")),
    ),
    _schiller("schiller-4x3+1R", "Schiller style, A4: 4x3 and rhythm strip II", rows=_4X3, rhythm=("II",), column_s=3.2,
              t0_mm=18.0, zero_mm=_down(52.0, 34.0, 5)),
    _schiller("schiller-12x1", "Schiller style, A4: 12 leads over the whole width", rows=_12X1, column_s=10.0,
              t0_mm=18.0, zero_mm=_down(44.0, 13.4, 12), separator=None),
    _schiller("schiller-8x5s+4x10s", "Schiller style, A4: 8 leads of 5 s and 4 of 10 s",
              rows=(("I", "V1"), ("III", "V3"), ("aVR", "V4"), ("aVL", "V6")), rhythm=("II", "aVF", "V2", "V5"),
              column_s=5.0, t0_mm=18.0, zero_mm=_down(48.0, 20.5, 8)),
    _schiller("schiller-2x6+2R", "Schiller style, A4: 2x6 and rhythm strips II, V1", rows=_2X6, rhythm=("II", "V1"),
              column_s=1.6, t0_mm=18.0, zero_mm=_down(58.0, 40.0, 4)),
    _schiller("schiller-4x3-50", "Schiller style, A4, 50 mm/s: 4x3, all columns of the same time", rows=_4X3,
              columns="simultaneous", column_s=1.6, speed_mm_s=50.0, t0_mm=24.0, zero_mm=_down(58.0, 40.0, 4)),
    Layout(
        name="cabrera-6x2-50", about="Cabrera's order, 6x2 at 50 mm/s: aVL, I, -aVR, II, aVF, III beside V1 .. V6",
        page_mm=_A4, rows=_CABRERA_6X2, speed_mm_s=50.0, t0_mm=24.0, zero_mm=_down(56.0, 26.0, 6),
        pulse=Pulse(feet_mm=1.0, gap_mm=1.5), separator=Separator(kind="dashed", height_mm=14.0, width_mm=0.3),
        lead_name=LeadName(offset_mm=(1.2, -7.0), size_mm=3.6), font="roboto-400", fields=forms.schiller(*_A4),
        grid=Grid(box_mm=(6.0, 36.0, 291.0, 202.0), colours=("red", "orange")),
    ),
    Layout(
        name="cabrera-12x1-50", about="Cabrera's order, 12 leads over the whole width at 50 mm/s",
        page_mm=_A4, rows=_CABRERA_12X1, column_s=5.0, speed_mm_s=50.0, t0_mm=26.0, zero_mm=_down(45.0, 13.2, 12),
        pulse=Pulse(rows="first", gap_mm=1.5), separator=None, lead_name=LeadName(offset_mm=(0.8, -4.0), size_mm=3.2),
        fields=forms.schiller(*_A4), grid=Grid(box_mm=(6.0, 36.0, 291.0, 202.0), colours=("red", "pink")),
    ),
    Layout(
        name="cabrera-6x2", about="Cabrera's order, 6x2 at 25 mm/s, columns one after the other",
        page_mm=_A4, rows=_CABRERA_6X2, column_s=5.0, t0_mm=24.0, zero_mm=_down(56.0, 26.0, 6),
        lead_name=LeadName(offset_mm=(1.2, -7.0), size_mm=3.6), fields=forms.schiller(*_A4),
        grid=Grid(box_mm=(6.0, 36.0, 291.0, 202.0), colours=("red",), coarse_colour="darkred"),
    ),
    Layout(
        name="6x2", about="A4: 6x2, 5 s per column",
        page_mm=_A4, rows=_6X2, column_s=5.0, t0_mm=22.0, zero_mm=_down(55.0, 26.0, 6), fields=forms.plain(210.0),
        lead_name=LeadName(offset_mm=(1.0, -6.0), size_mm=3.6, font="arimo-700"),
    ),
    Layout(
        name="6x2-same-time", about="A4: 6x2, both columns of the same 5 s, blue grid, no marks",
        page_mm=_A4, rows=_6X2, columns="simultaneous", column_s=5.0, gap_mm=5.0, t0_mm=20.0,
        zero_mm=_down(55.0, 26.0, 6), separator=None, lead_name=LeadName(offset_mm=(0.0, -7.0), size_mm=3.6),
        grid=Grid(colours=("blue", "greyblue")), fields=forms.plain(210.0),
    ),
    Layout(
        name="6x2+1R", about="A4: 6x2 and rhythm strip II, pulses at both ends",
        page_mm=_A4, rows=_6X2, rhythm=("II",), column_s=5.0, t0_mm=22.0, zero_mm=_down(50.0, 23.0, 7),
        pulse=Pulse(side="both", feet_mm=0.8, gap_mm=1.5), fields=forms.plain(210.0),
        lead_name=LeadName(offset_mm=(1.0, 5.5), size_mm=3.4), grid=Grid(fine="dotted", colours=("greyblue", "grey")),
    ),
    Layout(
        name="12x1", about="A4 upright: 12 leads over the whole width, 6.8 s",
        page_mm=_A4_UPRIGHT, rows=_12X1, column_s=6.8, t0_mm=25.0, zero_mm=_down(62.0, 19.0, 12), separator=None,
        pulse=Pulse(feet_mm=1.0, gap_mm=1.0), lead_name=LeadName(offset_mm=(-20.0, 1.3), size_mm=3.8),
        fields=forms.plain(297.0)[:2] + forms.plain(297.0)[3:], grid=Grid(colours=("pink", "green")),
    ),
    Layout(
        name="12x1-slow", about="A4 upright, 12.5 mm/s and 5 mm/mV: 10 s of all leads",
        page_mm=_A4_UPRIGHT, rows=_12X1, column_s=10.0, speed_mm_s=12.5, gain_mm_mv=5.0, t0_mm=40.0,
        zero_mm=_down(62.0, 18.0, 12), separator=None, lead_name=LeadName(offset_mm=(-28.0, 1.3), size_mm=3.8),
        fields=forms.plain(297.0)[:2] + forms.plain(297.0)[3:], grid=Grid(colours=("green", "red")),
    ),
    Layout(
        name="4x3", about="letter: 4x3, three columns one after the other",
        rows=_4X3, column_s=3.3, t0_mm=18.0, zero_mm=_down(68.0, 36.0, 4), fields=forms.plain(215.9),
        separator=Separator(kind="dashed", height_mm=16.0, width_mm=0.35, at="starts"),
        lead_name=LeadName(offset_mm=(1.2, -6.0), size_mm=3.2),
        grid=Grid(fine="dots", colours=("purple", "grey"), coarse_colour="purple"),
    ),
    Layout(
        name="4x3+1R", about="letter: 4x3 and rhythm strip II, heavy bars at starts and ends",
        rows=_4X3, rhythm=("II",), column_s=3.3, t0_mm=18.0, zero_mm=_down(62.0, 32.0, 5), fields=forms.plain(215.9),
        separator=Separator(height_mm=5.0, width_mm=1.0, at="all"), grid=Grid(fine="dotted", colours=("magenta",)),
    ),
    Layout(
        name="2x6", about="roll of 80 mm: 2x6, two leads at a time",
        page_mm=(275.0, 80.0), rows=_2X6, column_s=1.6, t0_mm=20.0, zero_mm=(26.0, 56.0),
        fields=forms.strip(275.0, 80.0),
        pulse=Pulse(feet_mm=1.0, gap_mm=1.0), lead_name=_STRIP_NAME, font="dotgothic16-400",
        separator=Separator(kind="bar", height_mm=10.0, width_mm=0.4), grid=_DOT_ROLL,
    ),
    Layout(
        name="strip-6x1", about="photographed limb leads: 6x1, black 5 mm lines, bold ones every 25 mm",
        page_mm=_LETTER, rows=_12X1[:6], column_s=9.6, t0_mm=24.0, zero_mm=_down(42.0, 30.0, 6), separator=None,
        pulse=Pulse(feet_mm=3.0, gap_mm=0.0), lead_name=LeadName(offset_mm=(2.0, -9.0), size_mm=4.2, font="arimo-700"),
        grid=Grid(fine="dotted", colours=("grey",), coarse_colour="black", bold_mm=25.0), fields=forms.plain(215.9)[3:],
    ),
    Layout(
        name="strip-3x1", about="roll of 80 mm: 3 leads over the whole width, 8 s",
        page_mm=(230.0, 80.0), rows=(("V1",), ("II",), ("V5",)), column_s=8.0, t0_mm=20.0, zero_mm=(20.0, 41.0, 62.0),
        pulse=Pulse(feet_mm=1.0, gap_mm=1.0), separator=None, lead_name=_STRIP_NAME, font="doto-700",
        fields=forms.strip(230.0, 80.0), grid=Grid(colours=("red", "orange")),
    ),
    Layout(
        name="strip-1x1", about="roll of 50 mm: lead II over the whole width, 10 s",
        page_mm=(280.0, 50.0), rhythm=("II",), rhythm_s=10.0, t0_mm=20.0, zero_mm=(28.0,), separator=None,
        pulse=Pulse(feet_mm=1.0, gap_mm=1.0), lead_name=_STRIP_NAME, font="ocr-b-400", fields=forms.strip(280.0, 50.0),
        grid=Grid(box_mm=(0.0, 7.0, 280.0, 45.0), colours=("red", "green")),
    ),
    Layout(
        name="strip-1x1-20", about="roll of 60 mm: lead II at 50 mm/s and 20 mm/mV, 5 s",
        page_mm=(280.0, 60.0), rhythm=("II",), rhythm_s=5.0, speed_mm_s=50.0, gain_mm_mv=20.0, t0_mm=22.0,
        zero_mm=(38.0,), separator=None, pulse=Pulse(feet_mm=1.0, gap_mm=1.0), lead_name=_STRIP_NAME,
        font="cousine-400", fields=forms.strip(280.0, 60.0), grid=Grid(colours=("red", "salmon")),
    ),
    Layout(
        name="3x4+1R-half-chest", about="letter: 3x4 and rhythm strip II, chest leads at 5 mm/mV",
        rows=_3X4, rhythm=("II",), t0_mm=15.0, zero_mm=(75.0, 110.0, 145.0, 180.0), chest_gain_mm_mv=5.0,
        pulse=Pulse(side="both", gap_mm=0.5), fields=forms.plain(215.9), font="courier-prime-400",
        lead_name=LeadName(offset_mm=(1.2, -6.0), size_mm=3.8), grid=Grid(colours=("orange", "tan")),
    ),
    Layout(
        name="6x2-quarter", about="A4: 6x2 at 2.5 mm/mV, the smallest gain, for giant waves",
        page_mm=_A4, rows=_6X2, column_s=5.0, gain_mm_mv=2.5, t0_mm=22.0, zero_mm=_down(55.0, 26.0, 6),
        fields=forms.plain(210.0), lead_name=LeadName(offset_mm=(1.0, -5.0), size_mm=3.6),
        grid=Grid(colours=("tan", "pink")),
    ),
)  # fmt: skip

#: Every layout a recipe may name.
CATALOGUE: dict[str, Layout] = {layout.name: layout for layout in _LAYOUTS}


def find_layout(name: str) -> Layout:
    """The catalogue's layout of that name.

    Raises:
        UserError: If there is none.
    """
    if name not in CATALOGUE:
        near = difflib.get_close_matches(name, CATALOGUE, n=1, cutoff=0.5)
        guess = f"did you mean {near[0]!r}? " if near else ""
        known = ", ".join(CATALOGUE)
        raise UserError(f"layout {name!r} is not in the catalogue; {guess}there are: {known}")
    return CATALOGUE[name]

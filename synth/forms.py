"""The words around the traces, form by form: headers and footers of printed formats, placed for their paper."""

from __future__ import annotations

from synth.parts import Field


def plain(height_mm: float) -> tuple[Field, ...]:
    """Three blocks at the top, speed and gain at the foot: the competition's page and many like it."""
    foot = height_mm - 5.6
    return (
        Field(text="ID: {id}\nName: {name}\n{age} yr   {sex}\n{fs} Hz   {date:%d.%m.%Y} {time:%H:%M}", at_mm=(8.0, 9.0),
              leading=1.53),
        Field(text="Vent. rate {rate} bpm\nPR interval {pr} ms\nQRS duration {qrs} ms\nQT/QTc {qt}/{qtc} ms\n"
              "P-R-T axes {p_axis} {qrs_axis} {t_axis}", at_mm=(88.0, 9.0), leading=1.53),
        Field(text="{statements}\n{verdict}", at_mm=(160.0, 9.0), leading=1.53),
        *(Field(text=text, at_mm=(x, foot), size_mm=3.9, kind="footer")
          for x, text in ((50.0, "{speed}mm/s"), (100.0, "{gain}mm/mV"), (150.0, "{band}Hz"))),
    )  # fmt: skip


def muse(top_mm: float, bottom_mm: float) -> tuple[Field, ...]:
    """A table of measurements, statements beside it, a foot of settings: resting pages of MUSE style."""
    foot = bottom_mm + 4.0
    return (
        Field(text="{last}, {first}", at_mm=(12.0, 9.0), size_mm=3.8),
        Field(text="ID:{id:09}", at_mm=(84.0, 9.0), size_mm=3.8),
        Field(text="{date:%d-%b-%Y %H:%M:%S}", at_mm=(128.0, 9.0), size_mm=3.8),
        Field(text="{ward} - {room}", at_mm=(200.0, 9.0), size_mm=3.8),
        Field(text="{birth:%d-%b-%Y} ({age} yr)\n{sex}\nRoom:{room}\nLoc:{ward}", at_mm=(12.0, 16.0), leading=1.45),
        Field(text="Vent. rate\nPR interval\nQRS duration\nQT/QTc\nP-R-T axes", at_mm=(66.0, 16.0), leading=1.45),
        Field(text="{rate}\n{pr}\n{qrs}\n{qt}/{qtc}\n{p_axis}  {qrs_axis}  {t_axis}", at_mm=(108.0, 16.0),
              anchor="right", leading=1.45),
        Field(text="BPM\nms\nms\nms", at_mm=(111.0, 16.0), leading=1.45),
        Field(text="{statements}\n{verdict}", at_mm=(128.0, 16.0), leading=1.45),
        Field(text="Technician: {technician}\nTest ind:", at_mm=(12.0, 42.0), leading=1.45),
        Field(text="Referred by: {physician}", at_mm=(66.0, top_mm - 4.0)),
        Field(text="Confirmed By: {physician}", at_mm=(150.0, top_mm - 4.0)),
        Field(text="{speed}mm/s   {gain}mm/mV   {band}Hz   {version}   12SL {fs}   CID: {room}", at_mm=(12.0, foot),
              kind="footer", size_mm=3.0),
        Field(text="EID:{technician} EDT: {date:%H:%M %d-%b-%Y} ORDER: {order}", at_mm=(150.0, foot), kind="footer",
              size_mm=3.0),
        Field(text="Page 1 of 1", at_mm=(268.0, foot + 4.5), anchor="right", kind="footer", size_mm=3.0),
    )  # fmt: skip


def mortara(width_mm: float, top_mm: float, bottom_mm: float) -> tuple[Field, ...]:
    """Bold name, two narrow columns, an unconfirmed verdict, a boxed filter: ELI style."""
    foot = bottom_mm + 5.0
    return (
        Field(text="{last}, {first}", at_mm=(12.0, 10.0), size_mm=5.0, font="arimo-700"),
        Field(text="ID: {id}\n{date:%m/%d/%Y} {time:%H:%M:%S}\nDOB: {birth:%m/%d/%Y}  {age} yr  {sex}",
              at_mm=(12.0, 17.0)),
        Field(text="Vent Rate\nPR\nQRS\nQT/QTc\nP/QRS/T", at_mm=(100.0, 10.0), leading=1.4),
        Field(text="{rate} BPM\n{pr} ms\n{qrs} ms\n{qt}/{qtc} ms\n{p_axis}/{qrs_axis}/{t_axis}", at_mm=(124.0, 10.0),
              leading=1.4),
        Field(text="{statements}\n** {verdict} **", at_mm=(158.0, 10.0), font="arimo-700"),
        Field(text="Unconfirmed Diagnosis", at_mm=(width_mm - 8.0, top_mm - 4.0), anchor="right"),
        Field(text="{order}", at_mm=(12.0, top_mm - 13.0), size_mm=7.0, printed_as="code39"),
        Field(text="MORT ELI350-{serial}", at_mm=(12.0, foot), size_mm=3.0, kind="footer"),
        Field(text="{speed} mm/sec", at_mm=(90.0, foot), kind="footer"),
        Field(text="{gain} mm/mV", at_mm=(130.0, foot), kind="footer"),
        Field(text="{mains}~ {band} Hz", at_mm=(width_mm - 12.0, foot), anchor="right", kind="footer",
              printed_as="framed"),
    )  # fmt: skip


def strip(width_mm: float, bottom_mm: float) -> tuple[Field, ...]:
    """A line above, a line below: rolls of narrow thermal paper."""
    return (
        Field(text="{id}  {name}  {date:%d.%m.%y %H:%M}  HR {rate}/min", at_mm=(6.0, 4.4), size_mm=2.6),
        Field(text="Man / {speed}mm/s / {gain}mm/mV / ADS", at_mm=(6.0, bottom_mm - 1.6), size_mm=2.6, kind="footer"),
        Field(text="{mains}Hz / {band}Hz / {rate}bpm", at_mm=(width_mm - 6.0, bottom_mm - 1.6), anchor="right",
              size_mm=2.6, kind="footer"),
    )  # fmt: skip


def fukuda(width_mm: float, height_mm: float) -> tuple[Field, ...]:
    """Narrow letters at the left and above: dot-grid A4."""
    return (
        Field(text="ID:{id:010}   {name}   {sex} {age} years   {date:%Y/%m/%d %H:%M}", at_mm=(10.0, 9.0), size_mm=3.2),
        Field(text="HR\n{rate} bpm\nR-R\n{rr} ms\nP-R\n{pr} ms\nQRS\n{qrs} ms\nQT\n{qt} ms\nQTc\n{qtc} ms\n"
              "AXIS\n{qrs_axis}\nRV5\n{rv5} mV\nSV1\n{sv1} mV", at_mm=(4.0, 30.0), size_mm=2.9),
        Field(text="{statements}", at_mm=(180.0, 9.0), size_mm=2.8, leading=1.2),
        Field(text="{speed}mm/s  {gain}mm/mV  AC:{mains}Hz  {band}Hz  V{version}",
              at_mm=(width_mm - 12.0, height_mm - 5.0), anchor="right", size_mm=3.0, kind="footer"),
    )  # fmt: skip


def edan(width_mm: float, height_mm: float) -> tuple[Field, ...]:
    """Two blocks with colons and a line of settings: SE-1201 style."""
    return (
        Field(text="ID   : {id}\nName : {name}\nAge  : {age} Yr   {sex}\n{height} cm  {weight} kg  "
              "{systolic}/{diastolic} mmHg", at_mm=(10.0, 10.0), font="cousine-400", size_mm=3.0),
        Field(text="HR       : {rate} bpm\nP        : {p} ms\nPR       : {pr} ms\nQRS      : {qrs} ms\n"
              "QT/QTc   : {qt}/{qtc} ms\nP/QRS/T  : {p_axis}/{qrs_axis}/{t_axis} deg\nRV5/SV1  : {rv5}/{sv1} mV",
              at_mm=(100.0, 10.0), font="cousine-400", size_mm=3.0, leading=1.3),
        Field(text="Diagnosis Information:\n{statements}\n{verdict}\n\nReport Confirmed by: {physician}",
              at_mm=(190.0, 10.0), size_mm=3.0, leading=1.3),
        Field(text="{band}Hz  AC{mains}  {speed}mm/s  {gain}mm/mV  V{version}  SE-1201  {date:%Y-%m-%d %H:%M:%S}",
              at_mm=(10.0, height_mm - 4.0), size_mm=3.0, kind="footer"),
        Field(text="EDAN {serial} {order}", at_mm=(width_mm - 22.0, height_mm - 25.0), size_mm=14.0, printed_as="qr",
              kind="footer"),
    )  # fmt: skip


def schiller(width_mm: float, height_mm: float) -> tuple[Field, ...]:
    """Condensed text in four blocks, a foot of settings, and the black mark that a cart finds the page by."""
    return (
        Field(text="{name}\nPat.No. {id}\n{birth:%d.%m.%Y} ({age})  {s}", at_mm=(8.0, 9.0), size_mm=3.6),
        Field(text="HR   {rate} /min\nPQ   {pr} ms\nQRS  {qrs} ms\nQT   {qt} ms\nQTc  {qtc} ms", at_mm=(82.0, 9.0),
              size_mm=3.0, leading=1.4),
        Field(text="Axis\nP    {p_axis}\nQRS  {qrs_axis}\nT    {t_axis}", at_mm=(112.0, 9.0), size_mm=3.0, leading=1.4),
        Field(text="{statements}\n{verdict}\nUnconfirmed report", at_mm=(140.0, 9.0), size_mm=3.0, leading=1.4),
        Field(text="{date:%d.%m.%Y %H:%M:%S}   {ward}", at_mm=(width_mm - 8.0, 9.0), anchor="right", size_mm=3.0),
        Field(text="{speed} mm/s   {gain} mm/mV   {band} Hz   AC {mains} Hz   SDS {version}",
              at_mm=(8.0, height_mm - 3.5), size_mm=3.0, kind="footer"),
        Field(text="registration mark", at_mm=(0.0, 38.0), size_mm=4.0, printed_as="block", kind="footer"),
        Field(text="S/N {serial}", at_mm=(width_mm - 8.0, height_mm - 3.5), anchor="right", size_mm=3.0, kind="footer"),
    )  # fmt: skip

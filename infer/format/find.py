"""Which format a page has: the best of the catalogue, or, where the page looks otherwise, what it shows itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

import msgspec
import numpy as np

from infer.format.consistency import DISAGREE_DB, MORE_DB, einthoven_db
from infer.format.layouts import Found, find_layout_on_page
from infer.format.plausible import heart_signs, log_p
from infer.format.unknown import arrangements, describe
from infer.known import Known
from infer.networks.view import GAINS_MM_MV, SPEEDS_MM_S
from infer.page.canvas import Canvas
from synth.catalogue import CATALOGUE
from synth.layout import Layout
from synth.record import EcgRecord

_PULSE = 32.0  # nats, of a pulse that is drawn from stroke to stroke at the height of a format
_WORDS = 12.0  # nats, of a speed or a gain that is printed in words as legibly as can be
_PRINTED = 0.5  # how surely a setting is printed in words that nothing else tells
_UNUSUAL = 6.0  # nats, of a format of the catalogue at a speed or gain that it has there not
_CONVINCING = (0.5, 4.0)  # nats, of a format that was doubtful and of one that was certain
_SAME_MM = 4.0
_BETTER = (0.07, 0.12)  # by so much what the page shows must stand better than any layout; if it is odd, too


def find_format(canvas: Canvas, known: Known, *, described: bool = True) -> tuple[Found, list[str]]:
    """The format of a page, and what of it was assumed, not seen: `layout`, `columns`, `speed`, `gain`, `leads`.

    Args:
        canvas: The page.
        known: What the user says of it.
        described: Whether it may be one that the catalogue lacks.

    Raises:
        UserError: As `Known.layouts`.
    """
    found = find_layout_on_page(canvas, known.layouts())
    if known.layout is not None:
        return _rows_as_seen(found, canvas), _alike(found.layout)
    if not described:
        return _rows_as_seen(found, canvas), ["layout", *_alike(found.layout)]
    if (seen := describe(canvas)) is not None:
        own = find_layout_on_page(canvas, [known.applied(seen.layout)])
        odd = not arrangements(len(seen.layout.rows), len(seen.layout.rows[0]) if seen.layout.rows else 0)
        if own.agreement > found.agreement + _BETTER[odd]:
            said = {"speed": known.speed_mm_s, "gain": known.gain_mm_mv}
            listed = (found.layout.name, *found.rivals[:-1])
            return replace(own, certainty=0.0, rivals=listed), [what for what in seen.assumed if said.get(what) is None]
    return found, ["layout", *_alike(found.layout)]


def _rows_as_seen(found: Found, canvas: Canvas) -> Found:
    """A format, its rows where the page has them, if they stand clearly better there."""
    own, seen = found.layout, describe(canvas)
    if seen is None or len(seen.layout.zero_mm) != len(own.zero_mm):
        return found
    order, zeros = np.argsort(np.argsort(own.zero_mm)), np.sort(seen.layout.zero_mm)
    moved_mm = tuple((own.zero_mm[0] + zeros[order] - zeros[order[0]]).tolist())
    try:
        moved = find_layout_on_page(canvas, [msgspec.structs.replace(own, zero_mm=moved_mm)])
    except ValueError:  # its paper is not as high
        return found
    return moved if moved.agreement > found.agreement + _BETTER[0] else found


def simultaneous(layout: Layout) -> tuple[Layout, bool]:
    """The same format with columns at the same time, and whether the catalogue has it, under its own name then."""
    own = (layout.rows, layout.rhythm, layout.speed_mm_s, layout.gain_mm_mv, layout.column_s, "simultaneous")
    names = [
        twin.name
        for twin in CATALOGUE.values()
        if (twin.rows, twin.rhythm, twin.speed_mm_s, twin.gain_mm_mv, twin.column_s, twin.columns) == own
    ]
    return msgspec.structs.replace(layout, name=(names or [layout.name])[0], columns="simultaneous"), bool(names)


def likelier_settings(
    found: Found,
    record: EcgRecord,
    known: Known,
    pulse_of: Callable[[Layout], float],
    words_of: Callable[[Layout], tuple[float, float]],
) -> Found:
    """The same ink at another speed or gain, where its pulse, its words or a human heart look like that.

    Another format of the catalogue may be meant, or the same at settings that the user of the device chose: these are
    believed only where the format has a pulse. Chest leads are seldom drawn smaller than the others, unless all formats
    of these places do.

    Args:
        found: The format that the record was read by.
        record: What was read.
        known: What the user says is not reconsidered.
        pulse_of: How much speaks for a format's pulses, see `pulse_shown`.
        words_of: How surely its speed and gain are printed, see `Canvas.says`.
    """

    def shown(layout: Layout) -> float:
        return _PULSE * pulse_of(layout) + _WORDS * sum(words_of(layout))

    signs, own = heart_signs(record), found.layout
    sure = np.clip(np.log(max(found.certainty, 1e-9) / max(1.0 - found.certainty, 1e-9)), *_CONVINCING)
    twins = [twin for twin in CATALOGUE.values() if known.layout is None and _same_ink(own, twin)]
    small = 0.0 if all(one.chest_gain_mm_mv for one in (own, *twins)) else _UNUSUAL
    prior_of = {one.name: small if one.chest_gain_mm_mv else 0.0 for one in (own, *twins)}
    best, layout = log_p(signs, 1.0, 1.0) + float(sure) + shown(own) - prior_of[own.name], own
    twins = [twin for twin in twins if known.allows(twin)]
    others = [(other, _UNUSUAL) for other in _other_settings(own, known, words_of)]
    alike = [
        (msgspec.structs.replace(one, chest_gain_mm_mv=None), _UNUSUAL - small)
        for one in (own, *twins)
        if one.chest_gain_mm_mv
    ]
    for twin, prior in [*((twin, prior_of[twin.name]) for twin in twins), *others, *alike]:
        likely = log_p(signs, own.speed_mm_s / twin.speed_mm_s, own.gain_mm_mv / twin.gain_mm_mv)
        likely += shown(twin) - prior
        best, layout = max((best, layout), (likely, twin), key=lambda pair: pair[0])
    if layout is own:
        return found
    return _as(found, layout)


def likelier_order(found: Found, known: Known, record_of: Callable[[Layout], EcgRecord]) -> Found:
    """The same ink in another order of leads of the catalogue's, where limb leads disagree in this one but not in that.

    Speed and gain, of which limb leads say nothing, stay as they are.

    Args:
        found: The format.
        known: A format that the user names is not reconsidered.
        record_of: Reads the page by a format.
    """
    said = einthoven_db(record_of(found.layout))
    if known.layout is not None or said is None or said > DISAGREE_DB:
        return found
    own = found.layout
    twins = [twin for twin in CATALOGUE.values() if twin.rows != own.rows and _same_places(own, twin)]
    usual = [twin for twin in twins if (twin.speed_mm_s, twin.gain_mm_mv) == (own.speed_mm_s, own.gain_mm_mv)]
    twins = usual or list(_at([(twin, own.speed_mm_s, own.gain_mm_mv) for twin in twins]))
    agreed = [(db, twin) for twin in twins if (db := einthoven_db(record_of(twin))) is not None]
    best, layout = max(agreed, key=lambda pair: pair[0], default=(said, own))
    if best < said + MORE_DB:
        return found
    return _as(found, layout)


def _as(found: Found, layout: Layout) -> Found:
    """The same ink as that of another format, whose paper's corner lies elsewhere then."""
    own = found.layout
    shift = np.array([own.t0_mm - layout.t0_mm, own.zero_mm[0] - layout.zero_mm[0]]) + found.shift_mm
    return replace(found, layout=layout, shift_mm=(float(shift[0]), float(shift[1])))


def _other_settings(layout: Layout, known: Known, words_of: Callable[[Layout], tuple[float, float]]) -> list[Layout]:
    """A format at the gains and speeds of devices, but for its own; pulses last as long.

    Slower speeds, and all that differs in a format without pulse, must be printed in words: some devices draw shorter
    pulses, which do not say that the paper is slower.
    """

    def may_be(other: Layout) -> bool:
        speed_printed, gain_printed = (sure >= _PRINTED for sure in words_of(other))
        by_pulse = layout.pulse is not None
        same_speed, same_gain = other.speed_mm_s == layout.speed_mm_s, other.gain_mm_mv == layout.gain_mm_mv
        faster = by_pulse and other.speed_mm_s > layout.speed_mm_s
        return (same_speed or faster or speed_printed) and (same_gain or by_pulse or gain_printed)

    speeds = SPEEDS_MM_S if known.speed_mm_s is None else (layout.speed_mm_s,)
    gains = GAINS_MM_MV if known.gain_mm_mv is None else (layout.gain_mm_mv,)
    usual = (layout.speed_mm_s, layout.gain_mm_mv)
    pairs = [(speed, gain) for speed in speeds for gain in gains if (speed, gain) != usual]
    return [other for other in _at([(layout, speed, gain) for speed, gain in pairs]) if may_be(other)]


def _at(wanted: Sequence[tuple[Layout, float, float]]) -> Iterator[Layout]:
    """Formats at other speeds and gains, but for those whose pulses would not fit on their paper then."""
    for layout, speed, gain in wanted:
        with suppress(ValueError):
            yield layout.at(speed_mm_s=speed, gain_mm_mv=gain)


def _same_ink(a: Layout, b: Layout) -> bool:
    """Whether two formats put the same leads at the same places, at other settings."""
    if (a.rows, a.rhythm, a.columns) != (b.rows, b.rhythm, b.columns):
        return False
    if (a.speed_mm_s, a.gain_mm_mv, a.chest_gain_mm_mv) == (b.speed_mm_s, b.gain_mm_mv, b.chest_gain_mm_mv):
        return False
    return _same_places(a, b)


def _same_places(a: Layout, b: Layout) -> bool:
    """Whether two formats have as many rows and columns at the same places, whatever their leads."""
    if (len(a.rows), a.column_count, len(a.rhythm), a.columns) != (
        len(b.rows),
        b.column_count,
        len(b.rhythm),
        b.columns,
    ):
        return False
    places = [
        [x.t0_mm, x.column_mm(1) if x.column_count > 1 else x.right_mm, x.right_mm, *np.diff(x.zero_mm)] for x in (a, b)
    ]
    off = np.array(places[0]) - np.array(places[1])
    off[:3] -= a.t0_mm - b.t0_mm
    return bool(np.abs(off).max() < _SAME_MM)


def _alike(layout: Layout) -> list[str]:
    """`columns` where nothing on the page says whether they show one time or one after the other."""
    return ["columns"] if layout.column_count > 1 and not layout.rhythm else []

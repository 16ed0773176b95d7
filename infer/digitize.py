"""Picture -> record: the steps of a reading in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from infer.about import tell, warnings
from infer.backend import Backend, PageSeen, open_backend
from infer.canvas import Canvas, spread_out
from infer.confidence import expected_db, share_right, signs
from infer.consistency import DISAGREE_DB, MORE_DB, beats_together, einthoven_db
from infer.format import find_format, likelier_order, likelier_settings, simultaneous
from infer.in_line import in_line
from infer.in_step import in_step
from infer.known import NOTHING, Known
from infer.layouts import Found
from infer.leads import LeadRead, as_record, by_trust, read_leads
from infer.limb_leads import agree
from infer.logits import sigmoid
from infer.named import map_by_names
from infer.other_beats import by_other_beats, doubtful
from infer.pulse import pulse_shown
from infer.rectify import PageMap, rectify
from infer.rhythm import rhythm_as_seen
from infer.rows import Row, by_fine_grid, look_at_strips, trace_px
from infer.time_axis import TimeAxis, find_time_axis, on_grid
from infer.trace import Column
from infer.unknown import UNKNOWN
from infer.upright import look_upright
from synth.errors import UserError
from synth.geometry import Points
from synth.layout import Layout
from synth.record import LEADS, EcgRecord

_LEAST_SEEN = 0.2
_SHOWN = 0.3  # confidence of a column from which it is drawn over the picture
_LEAST_AGREEMENT = 0.25  # of rows and columns with the format: 0.4 to 0.7 on ECGs, 0.08 to 0.16 on other pictures
_SURE_START = 0.8  # certainty of time 0 from which a bent map is taken without asking whether the page is flat
_GRID = 0.05  # of certainty of time 0: what a map with which the grid agrees is ahead of the names' map
_NO_LOCK, _CLOSER = 0.3, 0.1  # agreement of the grid with a map by chance; rows must stand better by so much by names
_SURER = 0.1  # by so much time 0 must be surer in another format, or may be less sure
_SURE_LOCK = 0.85  # agreement of the grid with a map under which its names are asked, too, however sure its edges are


@dataclass(frozen=True, eq=False)
class Reading:
    """A record read from a picture.

    Attributes:
        record: 12 leads in mV over the page's whole duration; NaN where a lead is not printed.
        about: What was found and what was assumed, fit for JSON.
        strips_px: The found traces in the picture's pixels, one (n, 2) per strip, NaN where nothing was found.
        times_mm: Where these points lie along time, in mm from time 0 of the layout, one (n,) per strip.
        signs: Of each found lead, what its confidence comes from, see `confidence.SIGNS`.
    """

    record: EcgRecord
    about: dict[str, Any]
    strips_px: tuple[Points, ...]
    times_mm: tuple[NDArray[np.float64], ...]
    signs: dict[str, NDArray[np.float64]]


class Digitizer:
    """Reads pictures with one set of weights.

    Args:
        weights: Their file, see `open_backend`; None takes the weights that ship.

    Raises:
        UserError: As `open_backend`.
    """

    def __init__(self, weights: Path | None = None) -> None:
        self._backend = open_backend(weights)

    def read(self, image: NDArray[np.uint8], name: str, *, fs_hz: float = 500.0, known: Known = NOTHING) -> Reading:
        """Read one picture.

        Args:
            image: (H, W, 3) RGB, turned by any quarter.
            name: Name of the record.
            fs_hz: Sampling rate of the record.
            known: What is known of the page.

        Raises:
            UserError: If there is no readable ECG page in the picture, or what is known cannot be.
        """
        return digitize(self._backend, image, name, fs_hz=fs_hz, known=known)


def digitize(
    backend: Backend, image: NDArray[np.uint8], name: str, *, fs_hz: float = 500.0, known: Known = NOTHING
) -> Reading:
    """Read one picture with given networks; see `Digitizer.read`."""
    seen, turn = look_upright(backend, image)
    upright = np.ascontiguousarray(np.rot90(image, turn))
    size_px = (upright.shape[1], upright.shape[0])
    view = _look_every_way(backend, upright, seen, known, fs_hz)
    page, canvas, found, assumed, rows, axis = view
    if found.agreement < _LEAST_AGREEMENT:
        raise UserError("no ECG page found in the picture: nothing stands where any format has it; is it an ECG?")
    columns = [row.column for row in rows]
    leads, record = _read(columns, found.layout, axis, name, fs_hz)
    if not leads or float(np.median([lead.seen for lead in leads])) < _LEAST_SEEN:
        raise UserError("no ECG traces found in the picture; is it an ECG page, sharp enough?")
    found, assumed = _by_traces(view, known, record)
    leads, _ = _read(columns, found.layout, axis, name, fs_hz)
    mended = mend(leads, found.layout, fs_hz)
    pulse = pulse_shown(rows, found.layout, axis)
    as_seen = as_record(mended, found.layout, name, fs_hz)
    about = tell(as_seen, found, page, canvas, axis, known, assumed, pulse, size_px)
    whole = {lead.lead: lead for lead in by_trust(leads)}
    said = {lead: signs(whole[lead], fs_hz, found.layout.speed_mm_s, about) for lead in LEADS if lead in whole}
    expected = {lead: expected_db(row) for lead, row in said.items()}
    if max(expected.values()) < 0.0:
        raise UserError("no ECG traces can be read in the picture; is it an ECG page, sharp enough?")
    about |= {"quarter_turns": turn, "expected_db": {lead: round(db, 1) for lead, db in expected.items()}}
    about |= {"confidence": {lead: round(share_right(db), 3) for lead, db in expected.items()}}
    about |= {"doubtful": {lead: round(float(doubtful(whole[lead]).mean()), 3) for lead in said}}
    about |= {"warnings": warnings(about)}
    strips = tuple(_in_picture(row, turn, image.shape) for row in rows)
    times = tuple(
        axis.turned_back(row.column, zero)[0] / axis.stretch
        for row, zero in zip(rows, found.layout.zero_mm, strict=True)
    )
    return Reading(as_record(agree(mended), found.layout, name, fs_hz), about, strips, times, said)


def mend(leads: Sequence[LeadRead], layout: Layout, fs_hz: float) -> list[LeadRead]:
    """Steps 7 to 9: the leads, put right by what the page shows more than once, each for itself."""
    return in_line(in_step(by_other_beats(leads, fs_hz), fs_hz), layout.zero_mm, fs_hz)


class View(NamedTuple):
    """A page as it looks if its map is right."""

    page: PageMap
    canvas: Canvas
    found: Found
    assumed: list[str]
    rows: list[Row]
    axis: TimeAxis


def _look_every_way(backend: Backend, image: NDArray[np.uint8], seen: PageSeen, known: Known, fs_hz: float) -> View:
    """The page by the map whose edges of leads agree best, the likeliest map first."""
    size_px = (image.shape[1], image.shape[0])
    page = rectify(seen.phase, sigmoid(seen.paper), size_px)
    view = _look(backend, image, seen, page, known)
    if view.axis.certainty < _SURE_START and view.found.layout.name == UNKNOWN:
        view = _surer(view, _look(backend, image, seen, page, known, described=False))
    if view.axis.certainty < _SURE_START and page.flat is not None:  # a bend that was not there tears leads apart
        view = _surer(view, _look(backend, image, seen, page.flat, known))
    doubtful = view.axis.certainty < _SURE_START or view.page.lock < _SURE_LOCK
    if doubtful and (other := map_by_names(seen, size_px, known.layouts())) is not None:
        named = _look(backend, image, seen, other, known)
        view = named if _better_by_names(view, named, fs_hz) else view
    if known.layout is not None:
        return view
    return as_limb_leads_agree(
        view, lambda name: _look(backend, image, seen, view.page, replace(known, layout=name)), fs_hz
    )


def as_limb_leads_agree(view: View, look_as: Callable[[str], View], fs_hz: float) -> View:
    """The page in the first of its rival formats that explains why limb leads contradict one another in this one.

    In that one they agree, or are not shown together and time 0 is surer.

    Args:
        view: The page in the likeliest format.
        look_as: Looks at it in another of the catalogue's.
        fs_hz: Sampling rate.
    """
    said = _einthoven_db(view, fs_hz)
    if said is None or said > DISAGREE_DB:
        return view
    for name in view.found.rivals:
        other = look_as(name)
        agree_db, surer = _einthoven_db(other, fs_hz), other.axis.certainty - view.axis.certainty
        if surer > _SURER if agree_db is None else surer > -_SURER and agree_db > said + MORE_DB:
            certainty = min(other.found.certainty, 1.0 - view.found.certainty)  # what the likeliest leaves
            return other._replace(found=replace(other.found, certainty=certainty), assumed=["layout", *other.assumed])
    return view


def _einthoven_db(view: View, fs_hz: float) -> float | None:
    return einthoven_db(_read([row.column for row in view.rows], view.found.layout, view.axis, "", fs_hz)[1])


def _better_by_names(view: View, named: View, fs_hz: float) -> bool:
    """Whether the names' map is to be believed: rows stand better by it where no grid is seen, or time 0 is surer.

    Where a grid is surely seen, rows may not stand worse by the names' map, nor limb leads contradict each other more.
    """
    better = named.found.agreement - view.found.agreement
    if view.page.lock < _NO_LOCK and better > _CLOSER:
        return True
    if view.page.lock < _SURE_LOCK:
        return named.axis.certainty > view.axis.certainty
    if better < -_CLOSER or named.axis.certainty < view.axis.certainty + _GRID:
        return False
    said, by_names = (_einthoven_db(each, fs_hz) for each in (view, named))
    return said is None or by_names is None or by_names > said


def _look(
    backend: Backend, image: NDArray[np.uint8], seen: PageSeen, page: PageMap, known: Known, *, described: bool = True
) -> View:
    canvas = spread_out(seen, page)
    found, assumed = find_format(canvas, known, described=described)
    rows = look_at_strips(backend, image, page, found)
    axis = find_time_axis([row.column for row in rows], found.layout, page.lock)
    if page.lock > 0.0 and found.certainty > 0.0:
        axis = on_grid(axis, found.layout, found.shift_mm[0])
    if page.lock == 0.0:
        rows = by_fine_grid(rows, found.layout, axis)
    return View(page, canvas, found, assumed, rows, axis)


def _surer(a: View, b: View) -> View:
    return max(a, b, key=lambda view: view.axis.certainty)


def _by_traces(view: View, known: Known, record: EcgRecord) -> tuple[Found, list[str]]:
    """The format and what of it is assumed, where traces, pulses and words tell more than the page at first.

    They tell its settings, the leads of its rhythm strips, and whether columns show the same time.
    """
    _, canvas, found, assumed, rows, axis = view
    columns, fs_hz = [row.column for row in rows], record.fs_hz
    likelier = likelier_settings(found, record, known, lambda layout: pulse_shown(rows, layout, axis), canvas.says)
    if likelier is not found:
        assumed = [*assumed, *_changed_settings(found.layout, likelier.layout)]
        found = likelier
    found = likelier_order(found, known, lambda layout: _read(columns, layout, axis, record.name, fs_hz)[1])
    if known.layout is None and found.layout.rhythm:
        found = replace(found, layout=rhythm_as_seen(columns, found.layout, axis, fs_hz))
    if "columns" in assumed:
        together, usual = simultaneous(found.layout)
        if beats_together(_read(columns, found.layout, axis, record.name, fs_hz)[1], found.layout, regular=usual):
            return replace(found, layout=together), [what for what in assumed if what != "columns"]
    return found, assumed


def _changed_settings(a: Layout, b: Layout) -> list[str]:
    """What was told by hearts, pulses or words, not by what the page looks like at first."""
    differs = {"speed": a.speed_mm_s != b.speed_mm_s, "gain": a.gain_mm_mv != b.gain_mm_mv}
    return [what for what, other in differs.items() if other]


def _read(
    columns: list[Column], layout: Layout, axis: TimeAxis, name: str, fs_hz: float
) -> tuple[list[LeadRead], EcgRecord]:
    """Every lead that is found, as the strips show it, and the record that they make."""
    leads = read_leads(columns, layout, axis, fs_hz)
    return leads, as_record(leads, layout, name, fs_hz)


def _in_picture(row: Row, turn: int, shape: tuple[int, ...]) -> Points:
    """What a strip shows in pixels of the picture as it came."""
    h, w = shape[:2]
    x, y = np.where(row.column.confidence < _SHOWN, np.nan, trace_px(row.column, row.to_px).T)
    return np.stack(((x, y), (w - 1 - y, x), (w - 1 - x, h - 1 - y), (y, h - 1 - x))[turn], axis=1)

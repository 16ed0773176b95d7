"""How a page looks by each map and in each format that it may have, and which of these is believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from infer.format.consistency import DISAGREE_DB, MORE_DB, beats_together, einthoven_db
from infer.format.find import find_format, likelier_order, likelier_settings, simultaneous
from infer.format.layouts import Found
from infer.format.named import laid_anew, maps_by_names, turned_level
from infer.format.ruled import maps_by_rows
from infer.format.unknown import UNKNOWN
from infer.known import Known
from infer.leads.lead import LeadRead, as_record, read_leads
from infer.leads.rhythm import rhythm_as_seen
from infer.networks.backend import Backend, PageSeen
from infer.page.canvas import Canvas, spread_out
from infer.page.level import Level, laid_level, look_level, upside_down
from infer.page.rectify import PageMap, on_paper
from infer.rows.lie import by_fine_grid, rise_of, seen_to_format, sinking_of
from infer.rows.pulse import pulse_shown
from infer.rows.row import Row, first_line_mm, look_at_strips
from infer.rows.time_axis import TimeAxis, find_time_axis, on_grid
from synth.errors import UserError
from synth.geometry import affine, compose, invert
from synth.layout import Layout
from synth.record import EcgRecord

_SURE_START = 0.8  # certainty of time 0 from which a bent map is taken without asking whether the page is flat
_GRID = 0.05  # of certainty of time 0: what a map with which the grid agrees is ahead of the names' map
_NO_LOCK, _CLOSER = 0.3, 0.1  # agreement of the grid with a map by chance; rows must stand better by so much by names
_SURER = 0.1  # by so much time 0 must be surer in another format, or may be less sure
_BETTER = 0.05  # by so much rows and columns must stand better in a format that is believed for little more
_STANDS = 0.4  # agreement of rows and columns with the format from which they stand as they should
_RISES = 0.5  # what pulses count beside time 0 and rows where a page may be on its head
_ASKEW, _STEEP = 0.0008, 0.05  # slope of rows, or share of size, that names' maps are off by; more is no error of names
_MOVES, _MORE = 3, 0.03  # of a page to where its edges say, at most, and by how much surer time 0 must be to go on
_SURE_LOCK = 0.85  # agreement of the grid with a map under which its names are asked, too, however sure its edges are


class Look(NamedTuple):
    """A page as it looks if its map and its format are right."""

    seen: PageSeen
    page: PageMap
    canvas: Canvas
    found: Found
    assumed: list[str]
    rows: list[Row]
    axis: TimeAxis

    def leads(self, fs_hz: float) -> list[LeadRead]:
        """Every lead that is found, as the strips show it."""
        return read_leads([row.column for row in self.rows], self.found.layout, self.axis, fs_hz)

    def record(self, fs_hz: float, layout: Layout | None = None) -> EcgRecord:
        """The record that they make, if the page has a format of the same places; None takes the one that is found."""
        layout = layout or self.found.layout
        leads = read_leads([row.column for row in self.rows], layout, self.axis, fs_hz)
        return as_record(leads, layout, "", fs_hz)

    def pulse(self, layout: Layout) -> float:
        """How much speaks for a format's pulses."""
        return pulse_shown(self.rows, layout, self.axis)


def look_every_way(backend: Backend, image: NDArray[np.uint8], known: Known, fs_hz: float) -> Look:
    """The page by the map and in the format that agree best with it, the likeliest first.

    Args:
        backend: The networks.
        image: (H, W, 3) RGB, turned by any quarter.
        known: What the user says of it.
        fs_hz: Sampling rate at which limb leads are compared.

    Raises:
        UserError: As `look_level`, and `Known.layouts`; if nothing says how large the page is.
    """
    level = look_level(backend, image)
    look = _by_any_map(backend, image, level, _by_its_map(backend, image, level, known), known, fs_hz)
    for other_way, better in ((laid_level, _surely), (upside_down, _stands)):
        if look.page.lock <= 0.0 and other_way is laid_level:  # where no grid is seen it does not say how the page lies
            continue
        if _doubtful(look) and (other := other_way(backend, image, level)) is not None:
            there = _by_its_map(backend, image, other, known)
            if better(there) > better(look):
                level, look = other, _by_any_map(backend, image, other, there, known, fs_hz)
    if look.page.lock < 0.0:
        raise UserError("no ECG page found in the picture: neither grid nor names nor rows tell its scale")
    if known.layout is not None:
        return look
    return as_limb_leads_agree(
        look, lambda name: _look(backend, image, look.seen, look.page, replace(known, layout=name)), fs_hz
    )


def _doubtful(look: Look) -> bool:
    return look.axis.certainty < _SURE_START or look.found.agreement < _STANDS


def _stands(look: Look) -> float:
    """How much looks as it does if a page is not on its head: pulses rise at its left, and end where time begins."""
    return look.axis.certainty + look.found.agreement + _RISES * look.pulse(look.found.layout)


def _surely(look: Look) -> float:
    """How surely edges lie on the grid, and how well the grid is seen where a map has it."""
    return look.axis.certainty + look.page.lock


def _by_its_map(backend: Backend, image: NDArray[np.uint8], level: Level, known: Known) -> Look:
    return _look(backend, image, level.seen, level.frame.put(level.page), known)


def _by_any_map(
    backend: Backend, image: NDArray[np.uint8], level: Level, look: Look, known: Known, fs_hz: float
) -> Look:
    """The page by the map, its own, a flat one or that of its names, by which it looks best."""
    seen, frame, page = level.seen, level.frame, look.page
    if look.axis.certainty < _SURE_START and look.found.layout.name == UNKNOWN:
        look = _surer(look, _look(backend, image, seen, page, known, described=False))
    if look.axis.certainty < _SURE_START and page.flat is not None:  # a bend that was not there tears leads apart
        look = _surer(look, _look(backend, image, seen, page.flat, known))
    doubtful = look.axis.certainty < _SURE_START or look.page.lock < _SURE_LOCK
    for other in maps_by_names(seen, frame.size_px, known.layouts()) if doubtful else ():
        named = _level_by_marks(backend, image, _look(backend, image, seen, frame.put(other), known), known)
        look = named if _better_by_names(look, named, fs_hz) else look
        if look is named and not _doubtful(look):
            return look
    for other in maps_by_rows(seen, frame.size_px, known.layouts()) if page.lock < _NO_LOCK else ():
        ruled = _look(backend, image, seen, frame.put(other), known, described=False)
        ruled = _level_by_marks(backend, image, ruled, known)
        look = ruled if _scaled_by_rows(look, ruled) or _better_by_names(look, ruled, fs_hz) else look
    return look


def _scaled_by_rows(look: Look, ruled: Look) -> bool:
    """Whether rows stand well in a format at whose scale they are, on a page of which nothing else says the scale."""
    return look.page.lock < _NO_LOCK and look.found.layout.name == UNKNOWN and ruled.found.agreement > _STANDS


def as_limb_leads_agree(look: Look, look_as: Callable[[str], Look], fs_hz: float) -> Look:
    """The page in the first of its rival formats that explains why limb leads contradict one another in this one.

    In that one they agree clearly better, or better and rows stand better, too, or are not shown together and time 0 is
    surer.

    Args:
        look: The page in the likeliest format.
        look_as: Looks at it in another of the catalogue's.
        fs_hz: Sampling rate.
    """
    said = einthoven_db(look.record(fs_hz))
    if said is None or said > DISAGREE_DB:
        return look
    for name in look.found.rivals:
        other = look_as(name)
        agree_db, surer = einthoven_db(other.record(fs_hz)), other.axis.certainty - look.axis.certainty
        stands = surer > 0.0 and other.found.agreement > look.found.agreement + _BETTER
        more_db = 0.0 if stands else MORE_DB
        if surer > _SURER if agree_db is None else surer > -_SURER and agree_db > said + more_db:
            certainty = min(other.found.certainty, 1.0 - look.found.certainty)  # what the likeliest leaves
            return other._replace(found=replace(other.found, certainty=certainty), assumed=["layout", *other.assumed])
    return look


def as_traces_say(look: Look, known: Known, fs_hz: float) -> Look:
    """The page in the format that its traces, pulses and words tell, and what of it is assumed then.

    They tell its settings, the leads of its rhythm strips, and whether columns show the same time.
    """
    found, assumed = look.found, look.assumed
    likelier = likelier_settings(found, look.record(fs_hz), known, look.pulse, look.canvas.says)
    if likelier is not found:
        assumed = [*assumed, *_changed_settings(found.layout, likelier.layout)]
        found = likelier
    found = likelier_order(found, known, lambda layout: look.record(fs_hz, layout))
    if known.layout is None and found.layout.rhythm:
        columns = [row.column for row in look.rows]
        found = replace(found, layout=rhythm_as_seen(columns, found.layout, look.axis, fs_hz))
    if "columns" in assumed:
        together, usual = simultaneous(found.layout)
        if beats_together(look.record(fs_hz, found.layout), found.layout, regular=usual):
            found, assumed = replace(found, layout=together), [what for what in assumed if what != "columns"]
    return look._replace(found=found, assumed=assumed)


def _level_by_marks(backend: Backend, image: NDArray[np.uint8], look: Look, known: Known) -> Look:
    """The page as its rows and edges of leads say that it lies, which names, one letter wide or two, hardly do."""
    rise, larger = rise_of(look.rows), sinking_of(look.rows, look.found.layout.zero_mm)
    if _ASKEW < max(abs(rise), abs(larger)) < _STEEP:
        look = _look(backend, image, look.seen, turned_level(look.page, rise, larger), known)
    for _ in range(_MOVES):
        fit = seen_to_format(look.rows, look.found.layout, look.axis)
        page = laid_anew(look.page, compose([invert(fit), affine(1.0, look.found.shift_mm)]))
        if not on_paper(page.mm[page.on]):
            break
        moved = _look(backend, image, look.seen, page, known)
        more = moved.axis.certainty - look.axis.certainty
        look = moved if more > -_MORE else look
        if more < _MORE:
            break
    return look


def _better_by_names(look: Look, named: Look, fs_hz: float) -> bool:
    """Whether the names' map is to be believed: rows stand better by it where no grid is seen, or time 0 is surer.

    Where a grid is surely seen, rows may not stand worse by the names' map, nor limb leads contradict each other more.
    """
    better = named.found.agreement - look.found.agreement
    if look.page.lock < 0.0 and better > -_CLOSER:
        return True
    if look.page.lock < _NO_LOCK and better > _CLOSER:
        return True
    if look.page.lock < _SURE_LOCK:
        return named.axis.certainty > look.axis.certainty + _GRID
    if better < -_CLOSER or named.axis.certainty < look.axis.certainty + _GRID:
        return False
    said, by_names = (einthoven_db(each.record(fs_hz)) for each in (look, named))
    return said is None or by_names is None or by_names > said


def _look(
    backend: Backend, image: NDArray[np.uint8], seen: PageSeen, page: PageMap, known: Known, *, described: bool = True
) -> Look:
    """The page by one map, in the format that it looks like then."""
    canvas = spread_out(seen, page)
    found, assumed = find_format(canvas, known, described=described)
    rows, axis = _along_time(backend, image, page, found)
    if page.lock > 0.0 and (there := _as_time_says(found, axis)) is not None:
        found = there
        rows, axis = _along_time(backend, image, page, found)
    if page.lock > 0.0 and found.certainty > 0.0:
        axis = on_grid(axis, found.layout, found.shift_mm[0])
    if page.lock <= 0.0:
        rows = by_fine_grid(rows, found.layout, axis)
    return Look(seen, page, canvas, found, assumed, rows, axis)


def _as_time_says(found: Found, axis: TimeAxis) -> Found | None:
    """The format where time 0 surely lies, if another line of its grid is the first then; None if not.

    Lines that a raster leaves uneven are read wrong by a pixel of it if they are counted from another one.
    """
    there = replace(found, shift_mm=(found.shift_mm[0] + axis.start_mm, found.shift_mm[1]))
    surely = found.layout.grid.raster_dpi is not None and axis.certainty >= _SURE_START
    return there if surely and first_line_mm(there) != first_line_mm(found) else None


def _along_time(backend: Backend, image: NDArray[np.uint8], page: PageMap, found: Found) -> tuple[list[Row], TimeAxis]:
    rows = look_at_strips(backend, image, page, found)
    return rows, find_time_axis([row.column for row in rows], found.layout, page.lock)


def _surer(a: Look, b: Look) -> Look:
    return max(a, b, key=_surely)


def _changed_settings(a: Layout, b: Layout) -> list[str]:
    """What was told by hearts, pulses or words, not by what the page looks like at first."""
    differs = {"speed": a.speed_mm_s != b.speed_mm_s, "gain": a.gain_mm_mv != b.gain_mm_mv}
    return [what for what, other in differs.items() if other]

"""Picture -> record: the steps of a reading in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infer.about import tell, warnings
from infer.confidence import expected_db, share_right, signs
from infer.known import NOTHING, Known
from infer.leads.in_line import in_line
from infer.leads.in_step import in_step
from infer.leads.lead import LeadRead, as_record, by_trust
from infer.leads.limb_leads import agree
from infer.leads.other_beats import by_other_beats, doubtful
from infer.look import as_traces_say, look_every_way
from infer.networks.backend import Backend, open_backend
from infer.networks.view import quarter_turn
from infer.rows.row import Row, trace_px
from synth.errors import UserError
from synth.geometry import Points
from synth.layout import Layout
from synth.record import LEADS, EcgRecord

_LEAST_SEEN = 0.2
_SHOWN = 0.3  # confidence of a column from which it is drawn over the picture
_LEAST_AGREEMENT = 0.25  # of rows and columns with the format: 0.4 to 0.7 on ECGs, 0.08 to 0.16 on other pictures


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
    look = look_every_way(backend, image, known, fs_hz)
    if look.found.agreement < _LEAST_AGREEMENT:
        raise UserError("no ECG page found in the picture: nothing stands where any format has it; is it an ECG?")
    leads = look.leads(fs_hz)
    if not leads or float(np.median([lead.seen for lead in leads])) < _LEAST_SEEN:
        raise UserError("no ECG traces found in the picture; is it an ECG page, sharp enough?")
    look = as_traces_say(look, known, fs_hz)
    _, page, canvas, found, assumed, rows, axis = look
    leads = look.leads(fs_hz)
    mended = mend(leads, found.layout, fs_hz)
    pulse = look.pulse(found.layout)
    as_seen = as_record(mended, found.layout, name, fs_hz)
    about = tell(as_seen, found, page, canvas, axis, known, assumed, pulse, (image.shape[1], image.shape[0]))
    whole = {lead.lead: lead for lead in by_trust(leads)}
    said = {lead: signs(whole[lead], fs_hz, found.layout.speed_mm_s, about) for lead in LEADS if lead in whole}
    expected = {lead: expected_db(row) for lead, row in said.items()}
    if max(expected.values()) < 0.0:
        raise UserError("no ECG traces can be read in the picture; is it an ECG page, sharp enough?")
    turned = quarter_turn(page.to_px, np.median(page.mm[page.on], axis=0))
    about |= {"quarter_turns": turned, "expected_db": {lead: round(db, 1) for lead, db in expected.items()}}
    about |= {"confidence": {lead: round(share_right(db), 3) for lead, db in expected.items()}}
    about |= {"doubtful": {lead: round(float(doubtful(whole[lead]).mean()), 3) for lead in said}}
    about |= {"warnings": warnings(about)}
    strips = tuple(_in_picture(row) for row in rows)
    times = tuple(
        axis.turned_back(row.column, zero)[0] / axis.stretch
        for row, zero in zip(rows, found.layout.zero_mm, strict=True)
    )
    return Reading(as_record(agree(mended), found.layout, name, fs_hz), about, strips, times, said)


def mend(leads: Sequence[LeadRead], layout: Layout, fs_hz: float) -> list[LeadRead]:
    """Steps 7 to 9: the leads, put right by what the page shows more than once, each for itself."""
    return in_line(in_step(by_other_beats(leads, fs_hz), fs_hz), layout.zero_mm, fs_hz)


def _in_picture(row: Row) -> Points:
    """What a strip shows in pixels of the picture."""
    return np.where(row.column.confidence[:, None] < _SHOWN, np.nan, trace_px(row.column, row.to_px))

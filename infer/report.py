"""A `Score` for the eye: a row per record, a column per lead."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from infer.score import LeadScore, Score
from synth.record import LEADS

_UNBOUND = 10_000  # a row is one line, however narrow the screen: the leads must not be cut off


def print_score(score: Score, console: Console) -> None:
    """Print dB per record and lead, then the totals. Leads are shown uncapped, `-` where not in the truth."""
    table = Table("record", "capped", "uncapped", *LEADS, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in table.columns[1:]:
        column.justify = "right"
    for record in score.records:
        numbers = (f"{record.capped_db:.2f}", f"{record.uncapped_db:.2f}", *_lead_cells(record.leads))
        table.add_row(escape(record.name), *numbers, style="red" if record.failed else None)
    table.add_section()
    table.add_row("total", f"{score.capped_db:.2f}", f"{score.uncapped_db:.2f}", *_lead_cells(score.leads))
    console.print("dB; leads uncapped", highlight=False)
    table.width = Measurement.get(console, console.options.update(max_width=_UNBOUND), table).maximum
    console.print(table, crop=False, no_wrap=True)
    for record in score.records:
        if record.fault is not None:
            console.print(f"no reading: {record.fault}", markup=False, highlight=False, soft_wrap=True)
    console.print(_summary(score), markup=False, highlight=False, soft_wrap=True)


def _lead_cells(leads: tuple[LeadScore, ...]) -> list[str]:
    found = {lead.lead: f"{lead.uncapped_db:.1f}" for lead in leads}
    return [found.get(lead, "-") for lead in LEADS]


def _summary(score: Score) -> str:
    parts = [
        f"{len(score.records)} records: {score.capped_db:.4f} dB (each at most 25.8433)",
        f"uncapped {score.uncapped_db:.4f} dB",
        f"median {score.median_db:.4f} dB",
        f"failed (below 3 dB) {score.failures}, {score.missing} of them without a reading",
    ]
    if score.challenge_db is not None:
        parts.append(f"Challenge 2024 SNR {score.challenge_db:.4f} dB")
    if score.ignored:
        parts.append(f"{score.ignored} found records without a truth ignored")
    return "; ".join(parts)

"""The score of read records against true ones: pairs them by name, applies `infer.metric`, sums up."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infer.challenge2024 import challenge_snr
from infer.metric import LARGEST_RATIO, PERFECT_RATIO, WORST_DB, decibels, lead_powers, record_ratio
from infer.readings import only, read_at, records_by_name
from synth.errors import UserError
from synth.record import LEADS, EcgRecord, read_record

Signal = NDArray[np.float64]

#: A record read worse than this (uncapped) counts among the failures.
FAILED_DB = 3.0


@dataclass(frozen=True)
class LeadScore:
    """How well one lead was read; in the totals, over all records that have it.

    Attributes:
        lead: Its name.
        capped_db: dB of the (mean) ratio, each record's at most 384 (25.84 dB).
        uncapped_db: The same, each record's at most 1e12 (120 dB).
        challenge_db: The 2024 Challenge's SNR, None where it was not asked for or the error is 0.
    """

    lead: str
    capped_db: float
    uncapped_db: float
    challenge_db: float | None = None


@dataclass(frozen=True)
class RecordScore:
    """How well one record was read: powers summed over its leads, as in the competition.

    Attributes:
        name: The record's.
        ratio: Uncapped power ratio, at most 1e12; 0 if there is no reading.
        capped_db, uncapped_db: The ratio in dB, at most 25.84 and 120; -384 if it is 0.
        failed: No reading, or below 3 dB uncapped.
        fault: Why there is no reading, None if there is.
        leads: The scored leads: those with a sample in the truth.
        challenge_db: Mean of the leads', None as there.
    """

    name: str
    ratio: float
    capped_db: float
    uncapped_db: float
    failed: bool
    fault: str | None
    leads: tuple[LeadScore, ...]
    challenge_db: float | None = None


@dataclass(frozen=True)
class Score:
    """How well a set of records was read. A failed record, or one without a reading, counts as ratio 0.

    Attributes:
        records: One score per true record, by name.
        leads: Totals per lead.
        capped_db: The competition's score: dB of the mean capped ratio.
        uncapped_db: dB of the mean uncapped ratio.
        median_db: Median of the records' uncapped dB.
        failures: Records that failed; `missing` of them have no reading.
        missing: Records without a reading.
        ignored: Found records that no truth belongs to.
        challenge_db: Mean of the 2024 Challenge's SNR over all leads of all records, None as there.
    """

    records: tuple[RecordScore, ...]
    leads: tuple[LeadScore, ...]
    capped_db: float
    uncapped_db: float
    median_db: float
    failures: int
    missing: int
    ignored: int
    challenge_db: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Builtin types only, every number finite: ready for JSON."""
        return dataclasses.asdict(self)


def score_folders(
    truth_dir: Path,
    found_dir: Path,
    *,
    challenge2024: bool = False,
    track: Callable[[Sequence[str]], Iterable[str]] = iter,
) -> Score:
    """Score all records below `found_dir` against those of the same name below `truth_dir`.

    Args:
        truth_dir: Folder of true WFDB records, NaN where a lead is not printed (or one record).
        found_dir: Folder of read ones.
        challenge2024: Add the 2024 Challenge's SNR, about 1 s per record more.
        track: Wraps the records' names as they are worked through: a place for a progress bar.

    Raises:
        UserError: If a true record cannot be read, a name stands for two, or no name is in both folders.
    """
    truths, found = records_by_name(truth_dir), records_by_name(found_dir)
    if not truths.keys() & found.keys():
        raise UserError(
            f"{found_dir}: none of its {len(found)} records bears the name of one of the {len(truths)} in "
            f"{truth_dir} (such as {next(iter(truths))}); a reading must be named like its truth"
        )
    scores = []
    for name in track(tuple(truths)):
        truth = read_record(only(name, truths[name]))
        reading = _reading(only(name, found[name])) if name in found else f"no record {name} in {found_dir}"
        scores.append(score_record(truth, reading, challenge2024=challenge2024))
    return total(scores, ignored=len(found.keys() - truths.keys()))


def score_record(truth: EcgRecord, found: EcgRecord | str, *, challenge2024: bool = False) -> RecordScore:
    """Score one reading.

    A lead is scored on the truth's samples from its first to its last finite one. The reading is taken at
    these times by `read_at`; a lead it lacks counts as 0 mV. Samples inside that are NaN in the truth take
    part neither in the alignment nor in the powers; without any it is the competition's metric exactly.

    Args:
        truth: The true record, NaN where a lead is not printed; leads without a finite sample are left out.
        found: The reading, at any rate and length, with the same time 0; or why there is none.
        challenge2024: Also compute the 2024 Challenge's SNR.
    """
    leads, powers = [], []
    for lead, signal in zip(truth.leads, truth.mv, strict=True):
        if not np.isfinite(signal).any():
            continue
        score, pair = _score_lead(lead, signal, truth.fs_hz, found, challenge2024)
        leads.append(score)
        powers.append(pair)
    ratio, (capped_db, uncapped_db) = record_ratio(powers, LARGEST_RATIO), _capped_and_not(powers)
    return RecordScore(
        name=truth.name,
        ratio=ratio,
        capped_db=capped_db,
        uncapped_db=uncapped_db,
        failed=uncapped_db < FAILED_DB,
        fault=found if isinstance(found, str) else None,
        leads=tuple(leads),
        challenge_db=_mean(lead.challenge_db for lead in leads),
    )


def total(records: Iterable[RecordScore], *, ignored: int = 0) -> Score:
    """Sum up the scores of one record or more."""
    records = tuple(records)
    ratios = np.array([0.0 if record.failed else record.ratio for record in records])
    every_lead = [lead for record in records for lead in record.leads]
    per_lead = ([lead for lead in every_lead if lead.lead == name] for name in LEADS)
    return Score(
        records=records,
        leads=tuple(_total_lead(leads) for leads in per_lead if leads),
        capped_db=decibels(float(np.minimum(ratios, PERFECT_RATIO).mean())),
        uncapped_db=decibels(float(ratios.mean())),
        median_db=float(np.median([record.uncapped_db for record in records])),
        failures=sum(record.failed for record in records),
        missing=sum(record.fault is not None for record in records),
        ignored=ignored,
        challenge_db=_mean(lead.challenge_db for lead in every_lead),
    )


def _reading(path: Path) -> EcgRecord | str:
    try:
        return read_record(path)
    except UserError as error:
        return str(error)


def _score_lead(
    lead: str, signal: Signal, fs_hz: float, found: EcgRecord | str, challenge2024: bool
) -> tuple[LeadScore, tuple[float, float]]:
    """Score of one lead (n,) in mV, and its powers: 0 and 1 if there is no reading at all."""
    if isinstance(found, str):
        return LeadScore(lead, WORST_DB, WORST_DB, 0.0 if challenge2024 else None), (0.0, 1.0)
    finite = np.flatnonzero(np.isfinite(signal))
    span = np.arange(finite[0], finite[-1] + 1)
    reading = found.lead(lead)
    read = np.zeros(len(span)) if reading is None else read_at(reading, found.fs_hz, span / fs_hz)
    powers = lead_powers(signal[span], read, fs_hz)
    challenge = None
    if challenge2024:
        challenge = 0.0 if reading is None else _challenge(signal[span], read, fs_hz)
    return LeadScore(lead, *_capped_and_not([powers]), challenge), powers


def _capped_and_not(powers: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return decibels(record_ratio(powers)), decibels(record_ratio(powers, LARGEST_RATIO))


def _challenge(truth: Signal, found: Signal, fs_hz: float) -> float | None:
    """The 2024 Challenge's SNR in dB as it is described, None if the error is 0."""
    snr, _ = challenge_snr(truth, found, fs_hz, as_programmed=False)
    return snr if math.isfinite(snr) else None


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _total_lead(leads: Sequence[LeadScore]) -> LeadScore:
    capped, uncapped = (
        decibels(float(np.mean(10.0 ** (np.array(values) / 10.0))))
        for values in ([lead.capped_db for lead in leads], [lead.uncapped_db for lead in leads])
    )
    return LeadScore(leads[0].lead, capped, uncapped, _mean(lead.challenge_db for lead in leads))

"""The competition's submission: read records -> one CSV of `id,value` rows, as its test.csv asks for."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from infer.readings import known_at, only, read_at, records_by_name
from synth.errors import UserError
from synth.record import LEADS, EcgRecord, read_record

_COLUMNS = ("id", "lead", "fs", "number_of_rows")
_PAGE_S = 10
_SHORT = 0.3  # a lead asked for at less than this part of the page stands in one of its four columns
_MAX_ROWS = 1_000_000
_RATES_HZ = (1.0, 100_000.0)
_LEADS_BY_LOWER = {lead.lower(): lead for lead in LEADS}


@dataclass(frozen=True)
class Wanted:
    """One line of test.csv: a lead of which the competition wants values.

    Attributes:
        record: The record's id, which is the name of the reading.
        lead: Lead name as test.csv spells it; known in any letter case.
        fs_hz: Rate of the wanted rows, Hz.
        rows: Their number.
    """

    record: str
    lead: str
    fs_hz: float
    rows: int

    @property
    def times_s(self) -> NDArray[np.float64]:
        """Time of every row on the page, shape (rows,), s.

        Short leads (at most 0.3 of 10 s) start at sample floor(k * N / 4) of N = 10 fs, k the lead's column
        in 3x4; others at 0.
        """
        samples = _PAGE_S * self.fs_hz
        column = LEADS.index(_LEADS_BY_LOWER[self.lead.lower()]) // 3
        start = math.floor(column * samples / 4) if self.rows <= _SHORT * samples else 0
        return (start + np.arange(self.rows)) / self.fs_hz


@dataclass
class _Gaps:
    """Rows without a value so far, and the first of them."""

    rows: int = 0
    first: str = ""


def write_submission(found_dir: Path, test_csv: Path, out: Path, *, fill: bool) -> int:
    """Write the values of all rows that test.csv asks for, in its order; whole or not at all.

    A row is taken from the record that bears its id, by linear interpolation at the row's time. It has
    no value where the record, the lead or its samples next to that time are missing.

    Args:
        found_dir: Folder of read WFDB records, searched in depth.
        test_csv: Table with columns id, lead, fs and number_of_rows; others are ignored.
        out: The CSV to write: `id,value`, ids `{record}_{row}_{lead}`, mV with 6 decimals.
        fill: Give rows without a value one: interpolated inside a lead, the nearest beyond its ends, 0 if
            the lead or the record is missing. Otherwise such rows are refused.

    Returns:
        How many rows were filled.

    Raises:
        UserError: If test.csv is at fault, a row has no value (unless `fill`) or `out` cannot be written.
    """
    wanted, gaps = read_test(test_csv), _Gaps()
    if not out.name or out.is_dir():
        raise UserError(f"{out}: is a folder; name a file in it, such as {out / 'submission.csv'}")
    if out.exists() and out.samefile(test_csv):
        raise UserError(f"{out}: is the task's own test.csv; choose another --out")
    partial = out.with_name(f".{out.name}.part")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            _write_rows(file, wanted, found_dir, gaps, fill)
        if gaps.rows and not fill:
            rows = sum(item.rows for item in wanted)
            raise UserError(
                f"{found_dir}: {gaps.rows} of {rows} rows have no value, first {gaps.first}; "
                f"read these pages again or fill them (--fill)"
            )
        partial.replace(out)
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error}); give a file in a folder of yours") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return gaps.rows


def read_test(path: Path) -> list[Wanted]:
    """Read test.csv; UserError with the line's number on whatever is wrong with it."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            wanted = list(_read_lines(path, csv.DictReader(file)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: cannot be read as CSV ({error}); give the task's test.csv") from error
    if not wanted:
        raise UserError(f"{path}: asks for no lead; give the task's test.csv")
    return wanted


def _read_lines(path: Path, reader: csv.DictReader[str]) -> Iterator[Wanted]:
    missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        found = ", ".join(reader.fieldnames or ()) or "nothing"
        raise UserError(f"{path}: line 1: no column {', '.join(missing)}, only {found}; add it")
    lines: dict[tuple[str, str], int] = {}
    for line in reader:
        wanted = _parse(f"{path}: line {reader.line_num}", line)
        first = lines.setdefault((wanted.record, wanted.lead.lower()), reader.line_num)
        if first != reader.line_num:
            raise UserError(
                f"{path}: line {reader.line_num}: lead {wanted.lead} of {wanted.record} is on line {first} "
                "already; keep one"
            )
        yield wanted


def _parse(place: str, line: dict[str, str]) -> Wanted:
    record, lead = (line["id"] or "").strip(), (line["lead"] or "").strip()
    if not record or Path(record).name != record:
        raise UserError(f"{place}: id is {record!r}; give the name of a record")
    if lead.lower() not in _LEADS_BY_LOWER:
        raise UserError(f"{place}: lead is {lead!r}; give one of {', '.join(LEADS)}")
    fs_hz, rows = (_number(place, name, line[name]) for name in ("fs", "number_of_rows"))
    if not _RATES_HZ[0] <= fs_hz <= _RATES_HZ[1]:
        raise UserError(f"{place}: fs is {fs_hz:g}; give {_RATES_HZ[0]:g} to {_RATES_HZ[1]:g} Hz")
    if rows != int(rows) or rows > _MAX_ROWS:
        raise UserError(f"{place}: number_of_rows is {rows:g}; give a whole number up to {_MAX_ROWS}")
    return Wanted(record, lead, fs_hz, int(rows))


def _number(place: str, name: str, text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0.0):
        raise UserError(f"{place}: {name} is {text!r}; give a number above 0")
    return value


def _write_rows(file: TextIO, wanted: list[Wanted], found_dir: Path, gaps: _Gaps, fill: bool) -> None:
    names = records_by_name(found_dir)

    @lru_cache(maxsize=32)
    def reading(record: str) -> EcgRecord | None:
        try:
            return read_record(path) if (path := paths.get(record)) else None
        except UserError as error:
            if fill:
                return None
            raise UserError(f"{error}; read this page again or fill its rows (--fill)") from error

    paths = {item.record: only(item.record, names[item.record]) for item in wanted if item.record in names}
    file.write("id,value\n")
    for item in wanted:
        values, known = _values(reading(item.record), item)
        missing = np.flatnonzero(~known)
        if missing.size and not gaps.rows:
            gaps.first = f"{item.record}_{missing[0]}_{item.lead}"
        gaps.rows += missing.size
        if fill or not gaps.rows:
            rows = (f"{item.record}_{row}_{item.lead},{mv:.6f}\n" for row, mv in enumerate(values.tolist()))
            file.write("".join(rows))


def _values(found: EcgRecord | None, item: Wanted) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Values (rows,) in mV and whether each was read, not filled."""
    signal = None if found is None else found.lead(_LEADS_BY_LOWER[item.lead.lower()])
    if found is None or signal is None:
        return np.zeros(item.rows), np.zeros(item.rows, dtype=np.bool_)
    times = item.times_s
    return read_at(signal, found.fs_hz, times), known_at(signal, found.fs_hz, times)

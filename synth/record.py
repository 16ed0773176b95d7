"""EcgRecord: the signal of one recording, and its way in from and out to WFDB."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from synth.errors import UserError

if TYPE_CHECKING:  # its import takes a third of a second: where records are read, not where they are written
    import wfdb

#: The 12 standard leads in the order used everywhere.
LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")

_CANONICAL = {lead.lower(): lead for lead in LEADS}
_MV_PER_UNIT = {"v": 1e3, "mv": 1.0, "uv": 1e-3, "µv": 1e-3, "μv": 1e-3, "nv": 1e-6}
_MAX_VALUES = 100_000_000  # 12 leads x 2 h at 1 kHz; a header that claims more is refused before reading
_MAX_HZ = 100_000.0  # ten times what any ECG is sampled at; pages hold as many samples as their seconds at this rate
_WFDB_UNITS_PER_MV = 1000.0
_WFDB_INVALID = -32768
_WFDB_MAX = 32767


@dataclass(frozen=True, eq=False)
class EcgRecord:
    """A multi-lead ECG. Arrays are read-only by convention: functions return new records.

    Attributes:
        name: Record name, without folder or ending.
        fs_hz: Sampling rate in Hz, > 0.
        leads: Names among `LEADS`, in that order, each at most once.
        mv: Signals in mV, shape (len(leads), n), float64; NaN where not recorded.
    """

    name: str
    fs_hz: float
    leads: tuple[str, ...]
    mv: NDArray[np.float64]

    @property
    def duration_s(self) -> float:
        """Length in seconds: samples / rate."""
        return float(self.mv.shape[1] / self.fs_hz)

    def lead(self, name: str) -> NDArray[np.float64] | None:
        """Signal (n,) in mV of a lead, or None where the record lacks it."""
        return self.mv[self.leads.index(name)] if name in self.leads else None


def sample_count(seconds: float, fs_hz: float) -> int:
    """Whole samples in a stretch of time; what only rounding keeps from being whole counts."""
    return int(seconds * fs_hz + 1e-6)


def find_records(root: Path, out: Path | None = None) -> list[Path]:
    """Headers (`.hea`) of all records below `root` (or the one that `root` names), sorted by path.

    Args:
        root: Where to look.
        out: Folder that is written into: what lies in it, somewhere below `root`, is left out.

    Raises:
        UserError: If there is none, or `out` is `root` itself, where pages' own records would join them.
    """
    if not root.is_dir():
        return [_header_path(root)]
    if out is not None and root.resolve() == out.resolve():
        raise UserError(f"{out}: holds the records; pages bring records of their own: choose another --out")
    headers = sorted(path for path in root.rglob("*.hea") if path.is_file())
    if out is not None and root.resolve() in out.resolve().parents:
        headers = [path for path in headers if out.resolve() not in path.resolve().parents]
    if not headers:
        raise UserError(f"{root}: no WFDB record (*.hea) in it or below; give a folder that holds some")
    return headers


def read_record(path: Path) -> EcgRecord:
    """Read a WFDB record with `.dat` or `.mat` signals, any rate, length, lead order and letter case.

    Units become mV; leads that are not among the 12 are left out; missing leads stay missing and
    invalid samples are NaN.

    Args:
        path: The `.hea` file, or the record's name with or without an ending.

    Raises:
        UserError: If the record cannot be read, in one line that says why.
    """
    import wfdb

    header_path = _header_path(path)
    stem = header_path.with_suffix("")
    if not stem.name.isprintable():  # what is no UTF-8 is not
        raise UserError(f"{header_path}: a name with signs that cannot be printed; rename the record's files")
    header, lines = _read_header(header_path)
    chosen = _choose_leads(header_path, header)
    try:
        record = wfdb.rdrecord(str(stem), channels=list(chosen.values()), physical=True)
    except (OSError, ValueError, LookupError, TypeError, EOFError, MemoryError, RuntimeError) as error:
        raise UserError(f"{header_path}: signals cannot be read ({error}); check the file beside it") from error
    signals = np.asarray(record.p_signal, dtype=np.float64)
    rows = []
    for column, index in enumerate(chosen.values()):
        rows.append(signals[:, column] * _unit_factor(header_path, lines[1 + index]))
    mv = np.stack(rows)
    mv[~np.isfinite(mv)] = np.nan
    if not np.isfinite(mv).any():
        raise UserError(f"{header_path}: holds no valid sample in any of the 12 leads")
    return EcgRecord(stem.name, float(header.fs), tuple(chosen), mv)


def write_record(record: EcgRecord, folder: Path, *, comments: tuple[str, ...] = ()) -> Path:
    """Write `folder/<name>.hea` and `.dat`: 16 bit, 1000 units per mV, NaN as WFDB's invalid sample.

    Values beyond +-32.767 mV are clipped to it. The rate is written with up to 12 digits.

    Returns:
        The header's path.

    Raises:
        UserError: If the name cannot be a WFDB record name.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]+", record.name):
        raise UserError(f"{record.name!r}: a WFDB record name holds only letters, digits, '-' and '_'; rename it")
    digital = np.clip(np.round(record.mv * _WFDB_UNITS_PER_MV), -_WFDB_MAX, _WFDB_MAX)
    digital = np.where(np.isfinite(record.mv), digital, _WFDB_INVALID).astype("<i2")
    name, n = record.name, record.mv.shape[1]
    lines = [f"{name} {len(record.leads)} {record.fs_hz:.12g} {n}"]
    for lead, row in zip(record.leads, digital, strict=True):
        first = int(row[0]) if n else 0
        checksum = int(row.astype(np.int64).sum()) % 65536
        lines.append(f"{name}.dat 16 {_WFDB_UNITS_PER_MV:.1f}(0)/mV 16 0 {first} {checksum} 0 {lead}")
    lines += [f"#{comment}" for comment in comments]
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"{name}.dat", np.ascontiguousarray(digital.T).tobytes())
    write_whole(folder / f"{name}.hea", ("\n".join(lines) + "\n").encode())
    return folder / f"{name}.hea"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: to a hidden neighbour first, then renamed over `path`."""
    partial = path.with_name(f".{path.name}.part")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename, error.filename2 = str(path), None  # what the user named
        raise


def _header_path(path: Path) -> Path:
    for candidate in (path, path.with_name(path.name + ".hea"), path.with_suffix(".hea")):
        if candidate.suffix == ".hea" and candidate.is_file():
            return candidate
    raise UserError(f"{path}: no such record or folder; give a folder of WFDB records or a .hea file")


def _read_header(path: Path) -> tuple[wfdb.Record, list[list[str]]]:
    """The header as wfdb understands it, and the words of its lines."""
    import wfdb

    try:
        header = wfdb.rdheader(str(path.with_suffix("")))
        lines = _words(path)
        rate = float(re.split("[/(]", lines[0][2])[0]) if len(lines[0]) > 2 else header.fs
    except Exception as error:  # the parser fails in many ways on what is not a header
        raise UserError(f"{path}: not a WFDB header ({type(error).__name__}: {error})") from error
    if not getattr(header, "file_name", None) or len(lines) != 1 + header.n_sig:
        raise UserError(f"{path}: does not name its signals one by one; multi-segment records are not read")
    if rate != header.fs or not 0.0 < rate < math.inf:
        raise UserError(f"{path}: sampling rate is {rate:g}; it must be a plain number above 0 (Hz)")
    if rate > _MAX_HZ:
        raise UserError(f"{path}: sampling rate is {rate:g} Hz, more than {_MAX_HZ:g}; no ECG has that, resample it")
    files = {str(name) for name in header.file_name}
    _check_files(path, files)
    if header.sig_len is None and sum((path.parent / name).stat().st_size for name in files) > _MAX_VALUES:
        raise UserError(f"{path}: does not say how long its signals are, and their file is large; add their length")
    if (header.sig_len or 0) * header.n_sig > _MAX_VALUES:
        said = f"{header.sig_len} samples x {header.n_sig} signals"
        raise UserError(f"{path}: {said} is too long; cut it first")
    return header, lines


def _check_files(path: Path, names: set[str]) -> None:
    """Refuse signal files that are not there, and those outside the header's folder."""
    for name in sorted(names):
        if Path(name).name != name:
            raise UserError(f"{path}: its signal file {name!r} lies in another folder; put it beside the header")
        if not (path.parent / name).is_file():
            raise UserError(f"{path}: its signal file {name} is missing; put it beside the header")


def _words(path: Path) -> list[list[str]]:
    """Words of each line of a header, comments left out.

    wfdb drops what is not ASCII, so that µV becomes V, and takes 250 Hz where it does not understand the rate.
    """
    data = path.read_bytes()
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return [words for line in re.split(r"[\r\n]", text) if (words := line.partition("#")[0].split())]


def _choose_leads(path: Path, header: wfdb.Record) -> dict[str, int]:
    """Standard lead name -> signal index, in the order of `LEADS`; the first of a repeated name wins."""
    found: dict[str, int] = {}
    names = [str(name or "") for name in header.sig_name]
    for index, name in enumerate(names):
        lead = _CANONICAL.get(re.sub(r"^lead[\s_-]*|[\s_]", "", name.strip().lower()))  # "-aVR" is no aVR
        if lead is not None:
            found.setdefault(lead, index)
    if not found:
        said = ", ".join(names[:12])
        raise UserError(f"{path}: none of its signals ({said}) is one of the 12 leads ({', '.join(LEADS)})")
    return {lead: found[lead] for lead in LEADS if lead in found}


def _unit_factor(path: Path, words: list[str]) -> float:
    """Factor to mV of the signal that a header's line describes; a line that names no unit means mV."""
    unit = (words[2].partition("/")[2] if len(words) > 2 else "") or "mV"
    factor = _MV_PER_UNIT.get(unit.lower())
    if factor is None:
        raise UserError(f"{path}: unit {unit!r} is not a voltage; use V, mV, uV or nV")
    return factor

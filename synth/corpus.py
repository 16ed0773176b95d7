"""Many samples: a folder of pages made by any number of workers, the same bytes whatever their number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from re import sub

import cv2
import msgspec

from synth.catalogue import find_layout
from synth.errors import UserError
from synth.generate import generate, versions
from synth.heart import heart_record
from synth.recipe import Recipe
from synth.record import LEADS, read_record, write_whole
from synth.sample import Sample
from synth.store import ABOUT_CORPUS, write_sample
from synth.workers import work


class CorpusAbout(msgspec.Struct, frozen=True, kw_only=True):
    """What made a corpus, stored beside its samples as `corpus.json`.

    Attributes:
        recipe: The recipe.
        seed: The seed.
        records: Names of the records in order; empty for the embedded heart.
        headers_sha256: Of their headers' bytes, one after the other; WFDB keeps checksums of the signals there.
        bare: Whether the traces are drawn alone.
        versions: Versions of what decides pixels.
    """

    recipe: Recipe
    seed: int
    records: tuple[str, ...]
    bare: bool
    versions: dict[str, str]
    headers_sha256: str = ""


@dataclass(frozen=True)
class Corpus:
    """A corpus to be made.

    Attributes:
        recipe: What kind of pages.
        records: WFDB headers, used in order and again from the first; empty for the embedded heart.
        seed: Seed of the run, >= 0.
        bare: Draw the traces alone, see `generate`.
        out: Folder of the samples.
    """

    recipe: Recipe
    records: tuple[Path, ...]
    seed: int
    out: Path
    bare: bool = False


@dataclass(frozen=True)
class Made:
    """What became of one sample.

    Attributes:
        stem: Stem of its files.
        note: A line for people, such as leads that the record lacks; empty if there is nothing to say.
        failed: Whether there is no sample, and `note` says why.
        kept: Whether it stood there already.
    """

    stem: str
    note: str = ""
    failed: bool = False
    kept: bool = False


def make_corpus(corpus: Corpus, count: int, workers: int = 1) -> Iterator[Made]:
    """Make samples 0 .. count - 1 into `corpus.out`; those that stand there whole are kept.

    Yields one `Made` per sample, in order of index. A record that cannot be read fails its own samples only.
    Stopped at any moment, by Ctrl-C too, it leaves whole samples, and the same call goes on from there.

    Args:
        corpus: What to make.
        count: How many samples.
        workers: Processes at work; or joblib's `parallel_config` names another engine.

    Raises:
        UserError: If the folder cannot be written or holds another corpus, or a worker was killed.
    """
    _claim(corpus)
    # What travels to the workers, once per sample: no long list, and no path that depends on where they stand.
    task = replace(corpus, records=(), out=corpus.out.absolute())
    todo = ((task, _source(corpus, index), index, workers) for index in range(count))
    kept = "pages made so far are kept, the same command with fewer --workers goes on from there"
    yield from work(_make, todo, workers, corpus.out, kept)


def count_made(out: Path) -> int:
    """How many whole samples stand in a corpus's folder."""
    return sum(path.name.startswith(tuple("0123456789")) for path in out.glob("??????_*.json"))


def stem_of(source: Path | None, index: int) -> str:
    """Stem of a sample's files: its index and its record's name, fit for WFDB."""
    return f"{index:06d}_{sub(r'[^A-Za-z0-9_-]', '-', source.stem if source else 'heart')}"


def _source(corpus: Corpus, index: int) -> Path | None:
    """The record of a sample, None for the embedded heart."""
    return corpus.records[index % len(corpus.records)].absolute() if corpus.records else None


def _make(corpus: Corpus, source: Path | None, index: int, workers: int) -> Made:
    if workers != 1:
        cv2.setNumThreads(1)
    stem = stem_of(source, index)
    if (corpus.out / f"{stem}.json").exists():
        return Made(stem, kept=True)
    try:
        record = read_record(source) if source else heart_record(index, corpus.seed)
        sample = generate(corpus.recipe, record, seed=corpus.seed, index=index, bare=corpus.bare)
    except UserError as error:
        return Made(stem, str(error), failed=True)
    try:
        write_sample(sample, corpus.out, stem)
    except OSError as error:
        raise UserError(
            f"{corpus.out}: cannot be written ({error.strerror}); pages made so far are kept, "
            "the same command goes on from there"
        ) from error
    return Made(stem, _missing(corpus.recipe, sample, record.leads))


def _missing(recipe: Recipe, sample: Sample, recorded: tuple[str, ...]) -> str:
    """What the page would show if the record had it."""
    printed = {trace.lead for trace in sample.traces}
    missing = [lead for lead in _printed_leads(recipe, sample.layout) if lead not in printed]
    if not missing:
        return ""
    lacks, ends = ([lead for lead in missing if (lead in recorded) is there] for there in (False, True))
    said = [
        f"{what} {', '.join(leads)}"
        for what, leads in (("no", lacks), ("no valid sample on the page of", ends))
        if leads
    ]
    return f"{sample.record}: {', '.join(said)}; left empty on the page"


def _printed_leads(recipe: Recipe, layout: str) -> tuple[str, ...]:
    chosen = recipe.layout or find_layout(layout)
    printed = {lead.removeprefix("-") for row in (*chosen.rows, chosen.rhythm) for lead in row}
    return tuple(lead for lead in LEADS if lead in printed)


def _claim(corpus: Corpus) -> None:
    """Make the folder, or make sure that it holds an earlier part of this very corpus."""
    about = CorpusAbout(
        recipe=corpus.recipe,
        seed=corpus.seed,
        records=tuple(path.stem.encode(errors="backslashreplace").decode() for path in corpus.records),
        headers_sha256=_fingerprint(corpus.records),
        bare=corpus.bare,
        versions=versions(corpus.recipe),
    )
    data = msgspec.json.format(msgspec.json.encode(about, order="deterministic"), indent=1) + b"\n"
    path = corpus.out / ABOUT_CORPUS
    try:
        corpus.out.mkdir(parents=True, exist_ok=True)
        if not count_made(corpus.out):
            write_whole(path, data)
        elif not path.exists():
            raise UserError(f"{corpus.out}: holds pages, but no {ABOUT_CORPUS} that says of what; choose another --out")
        elif path.read_bytes() != data:
            raise UserError(
                f"{corpus.out}: holds another corpus (recipe, records, seed or versions differ, see "
                f"{ABOUT_CORPUS}); choose another --out"
            )
    except OSError as error:
        raise UserError(f"{corpus.out}: cannot be written ({error.strerror}); choose another --out") from error


def _fingerprint(records: tuple[Path, ...]) -> str:
    """What changes if the records do, though their names stay; a header that cannot be read counts as an empty one."""
    digest = sha256()
    for path in records:
        with suppress(OSError):
            digest.update(path.read_bytes())
    return digest.hexdigest()

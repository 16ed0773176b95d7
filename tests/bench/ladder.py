"""What each part of a reading costs, in dB: true or found geometry, true or found traces, layout given or found.

    python -m tests.bench.ladder [--shared ../shared/data] [--weights FILE] [--pages 5] [--recipes office-scan phone]

On own pages of records that the weights were not trained on. `true traces` are those of a reader that errs in nothing
but the geometry it is given. Of real pages and the other generator's the true map is not known; there, the leads that
were found are shifted to where they fit the truth best, every 0.3 s by up to 20 ms (`time`), then up or down, too
(`height`): what is gained is what errors of the map that change along a lead cost.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from infer.digitize import Digitizer, mend
from infer.format.layouts import Found
from infer.known import Known
from infer.leads.lead import LeadRead, as_record, read_leads
from infer.leads.limb_leads import agree
from infer.networks.backend import Backend, open_backend
from infer.networks.weights import shipped_weights
from infer.page.level import look_level
from infer.page.rectify import PageMap
from infer.picture import read_picture
from infer.rows.row import look_at_strips
from infer.rows.strips import above_mm, column_mm
from infer.rows.time_axis import LEFT_MM, TimeAxis, find_time_axis, on_grid
from infer.score import RecordScore, score_record, total
from synth.catalogue import COMPETITION, find_layout
from synth.errors import UserError
from synth.generate import generate
from synth.geometry import affine, compose
from synth.layout import Layout
from synth.recipe import Recipe, load_recipe
from synth.record import LEADS, EcgRecord, read_record
from synth.sample import Sample
from tests.bench.accuracy import REAL
from tests.bench.reading import unseen

_SEED = 20_261_124
_PIECE_S = 0.3
_LAGS_S = np.arange(-0.02, 0.0201, 0.001)


def main() -> None:
    """Read every page four ways, and print one row per recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, help="folder of real records; left out: the embedded heart's")
    parser.add_argument("--weights", type=Path, default=shipped_weights())
    parser.add_argument("--pages", type=int, default=5)
    parser.add_argument("--recipes", nargs="*", default=["office-scan", "phone", "crumpled", "0005", "0006", "0010"])
    options = parser.parse_args()
    backend, record = open_backend(options.weights), unseen(options.weights, options.shared)
    if options.recipes:
        _own(options, backend, record)
    if options.shared is not None:
        _real(options)


def _own(options: argparse.Namespace, backend: Backend, record: Callable[[int], EcgRecord]) -> None:
    steps: dict[str, Callable[[Sample], EcgRecord | str]] = {
        "true map, found traces": lambda sample: _traces_alone(backend, sample),
        "found map, true traces": lambda sample: _map_alone(backend, sample),
        "both found": lambda sample: _whole(options.weights, sample, Known(layout=sample.layout)),
        "and the layout": lambda sample: _whole(options.weights, sample, Known()),
    }
    print(f"{'capped dB / median':14} " + " ".join(f"{name:>24}" for name in steps))
    for recipe in options.recipes:
        scores: dict[str, list[RecordScore]] = {name: [] for name in steps}
        for page in range(options.pages):
            sample = generate(_straight(load_recipe(recipe)), record(page), seed=_SEED, index=page)
            for name, read in steps.items():
                scores[name].append(score_record(sample.as_printed(), read(sample)))
        rows = [total(values) for values in scores.values()]
        print(f"{recipe:18} " + " ".join(f"{row.capped_db:16.2f} /{row.median_db:6.2f}" for row in rows), flush=True)


def _straight(recipe: Recipe) -> Recipe:
    """The recipe with print that lies straight on its grid, so that the true map leads from the grid to the picture."""
    style = msgspec.structs.replace(recipe.style, grid_turn_deg=(0.0, 0.0))
    return msgspec.structs.replace(recipe, style=style)


def _real(options: argparse.Namespace) -> None:
    """Pages whose true map is not known: read, read with the layout given, then put right by the truth."""
    digitizer = Digitizer(options.weights)
    steps = ("as read", "layout given", "and time by truth", "and height by truth")
    print(f"{'capped dB / median':18} " + " ".join(f"{name:>24}" for name in steps))
    for title, folder, pattern in REAL:
        scores: dict[str, list[RecordScore]] = {name: [] for name in steps}
        for path in sorted((options.shared / folder).glob(pattern)):
            truth, picture = read_record(path.with_suffix(".hea")), read_picture(path)
            plain, given = (
                digitizer.read(picture, path.stem, fs_hz=truth.fs_hz, known=known).record
                for known in (Known(), Known(layout=COMPETITION.name))
            )
            put_right = [plain, given, *(_by_truth(truth, given, height=height) for height in (False, True))]
            for name, found in zip(steps, put_right, strict=True):
                scores[name].append(score_record(truth, found))
        rows = [total(values) for values in scores.values()]
        print(f"{title:18.18} " + " ".join(f"{row.capped_db:16.2f} /{row.median_db:6.2f}" for row in rows), flush=True)


def _by_truth(truth: EcgRecord, found: EcgRecord, *, height: bool) -> EcgRecord:
    """A reading, of the truth's rate and length, whose leads are shifted piece by piece to where the truth has them."""
    fs, mv = truth.fs_hz, np.full_like(truth.mv, np.nan)
    t = np.arange(truth.mv.shape[1]) / fs
    for lead, (true, own) in enumerate(zip(truth.mv, found.mv, strict=True)):
        there, read = np.flatnonzero(np.isfinite(true)), np.flatnonzero(np.isfinite(own))
        if not len(there) or not len(read):
            continue
        moved = np.stack([np.interp(t[there] + lag, read / fs, own[read]) for lag in _LAGS_S])
        moved -= np.median(moved - true[there], axis=1, keepdims=True)
        for piece in np.array_split(np.arange(len(there)), max(1, round(len(there) / fs / _PIECE_S))):
            off = true[there[piece]] - moved[:, piece]
            if height:
                off = off - np.asarray(off.mean(axis=1, keepdims=True))
            best = int(np.sum(off**2, axis=1).argmin())
            mv[lead, there[piece]] = true[there[piece]] - off[best]
    return EcgRecord(found.name, fs, LEADS, mv)


def _traces_alone(backend: Backend, sample: Sample) -> EcgRecord:
    """Strips cut by the true map."""
    layout = find_layout(sample.layout)
    origin = np.array(sample.grid_origin_mm)
    to_px = compose([affine(1.0, (float(origin[0]), float(origin[1]))), sample.map])
    none = np.zeros((1, 1), dtype=bool)
    page = PageMap(to_px, np.zeros((1, 1, 2)), none, sample.px_per_mm, 1.0, 0.0)
    rows = look_at_strips(backend, sample.image, page, Found(layout, _corner(sample, layout), 1.0, 1.0))
    leads = read_leads([row.column for row in rows], layout, TimeAxis(0.0, 1.0, 1.0), sample.fs_hz)
    return as_record(agree(mend(leads, layout, sample.fs_hz)), layout, "page", sample.fs_hz)


def _corner(sample: Sample, layout: Layout) -> tuple[float, float]:
    """Where the layout's paper begins, in grid mm: printing shifted it on the page."""
    x, y = sample.grid_origin_mm
    shift = sample.t0_mm - layout.t0_mm, min(t.zero_mm for t in sample.traces) - min(layout.zero_mm)
    return shift[0] - x, shift[1] - y


def _map_alone(backend: Backend, sample: Sample) -> EcgRecord | str:
    """True traces where the found map says they are."""
    layout = find_layout(sample.layout)
    try:
        level = look_level(backend, sample.image)
    except UserError as error:
        return str(error)
    page = level.frame.put(level.page)
    true_mm = np.array([[t.t0_mm + sample.speed_mm_s * t.t_s[0], t.zero_mm] for t in sample.traces])
    start = page.to_px.inverse(sample.map.forward(true_mm))
    shift = np.median(start - true_mm, axis=0) + np.array(_corner(sample, layout)) + np.array(sample.grid_origin_mm)
    rows = look_at_strips(backend, sample.image, page, Found(layout, (float(shift[0]), float(shift[1])), 1.0, 1.0))
    axis = on_grid(find_time_axis([row.column for row in rows], layout, page.lock), layout, float(shift[0]))
    leads = []
    zeros = sorted({t.zero_mm for t in sample.traces})
    for trace in sample.traces:
        number = zeros.index(trace.zero_mm)
        row, to_px = rows[number][:2]
        xy = np.stack(
            [trace.t0_mm + sample.speed_mm_s * trace.t_s, trace.zero_mm - trace.gain_mm_mv * trace.mv], axis=1
        )
        x, below = to_px.inverse(sample.map.forward(xy)).T
        above = np.interp(x, column_mm(np.arange(len(row.x_mm))), row.above_mm - above_mm(row.row)) - below
        x = x + np.interp(x, column_mm(np.arange(len(row.x_mm))), row.x_mm - column_mm(np.arange(len(row.x_mm))))
        begins = LEFT_MM + axis.start_of(layout.zero_mm[number])
        said = (x - begins) / axis.stretch - (trace.t0_mm - sample.t0_mm)
        at = np.round(trace.t_s * sample.fs_hz).astype(int)
        mv = np.interp(trace.t_s, said / sample.speed_mm_s, above / trace.gain_mm_mv * _sign(trace.inverted))
        leads.append(LeadRead(trace.lead, slice(at[0], at[-1] + 1), mv, trace.gain_mm_mv, 1.0, 0.0, row=number))
    return as_record(agree(mend(leads, layout, sample.fs_hz)), layout, "page", sample.fs_hz)


def _sign(inverted: bool) -> float:
    return -1.0 if inverted else 1.0


def _whole(weights: Path, sample: Sample, known: Known) -> EcgRecord | str:
    try:
        return Digitizer(weights).read(sample.image, "page", fs_hz=sample.fs_hz, known=known).record
    except UserError as error:
        return str(error)


if __name__ == "__main__":
    main()

"""Where the time of a page goes: prints CPU seconds per stage, the median of several pages, and peak memory.

    python -m tests.bench.speed [--pages 8] [--recipes clean everything] [--layout NAME] [--steps NAME] [--profile]

The leading generator takes 2.02 CPU s and 269 MB for a plain page of 2200 x 1700, 5.44 CPU s and 893 MB with
everything on, picture written (FIELD.md part 4, measured in November 2026). Times drift on shared machines: only
ratios within one run mean anything.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from synth.catalogue import find_layout
from synth.draw import blend, draw_ink, set_words
from synth.generate import generate
from synth.grid import draw_paper
from synth.heart import heart_record
from synth.labels import make_marks
from synth.lines import Patch
from synth.page import lay_out
from synth.recipe import Recipe, load_recipe, with_layout
from synth.record import EcgRecord
from synth.sample import Sample
from synth.store import write_sample
from synth.style import draw_style
from tests.bench.steps import print_steps

_KIT = {"clean": (2.02, 269.0), "everything": (5.44, 893.0)}  # CPU s and MB of the leading generator
_SCALE = 200.0 / 25.4
_HEARTS = 40


def main() -> None:
    """Time whole pages, their steps, and the parts of a plain one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=8)
    parser.add_argument("--recipes", nargs="*", default=["clean", "mild", "printed", "everything"])
    parser.add_argument("--layout", default="3x4+II", help="of the plain page")
    parser.add_argument("--steps", default="everything", help="recipe of the table of steps")
    parser.add_argument("--profile", action="store_true", help="show where the time of plain pages goes")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    records = [heart_record(index, 0) for index in range(min(options.pages + 1, _HEARTS))]
    print("| CPU s per page | in memory, all labels | and written | leading generator, times | peak MB so far |")
    print("|" + "---|" * 5)
    for name in options.recipes:
        recipe = load_recipe(name)
        recipe = with_layout(recipe, options.layout) if name == "clean" else recipe
        made, written = (_median(options.pages, _whole(recipe, records, write)) for write in (False, True))
        theirs_s, theirs_mb = _KIT.get(name, _KIT["clean"])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
        ratios = f"{theirs_s / made:.1f}, written {theirs_s / written:.1f}"
        print(f"| `{name}` | {made:.3f} | {written:.3f} | {ratios} | {peak:.0f}, theirs {theirs_mb:.0f} |")
    print_steps(load_recipe(options.steps), records, options.pages)
    print("\n| part of a plain page | CPU s |\n|---|---|")
    for part, seconds in _parts(with_layout(load_recipe("clean"), options.layout), options.pages).items():
        print(f"| {part} | {seconds:.4f} |")
    if options.profile:
        _profile(with_layout(load_recipe("clean"), options.layout), options.pages)


def _whole(recipe: Recipe, records: list[EcgRecord], write: bool) -> Callable[[int], object]:
    def make(index: int) -> Sample:
        sample = generate(recipe, records[index % len(records)], seed=0, index=index)
        if write:
            with tempfile.TemporaryDirectory() as folder:
                write_sample(sample, Path(folder), "page")
        else:
            _ = [_masks(sample), sample.lattice(), sample.mm_field()]
        return sample

    return make


def _masks(sample: Sample) -> list[list[Patch]]:
    return [sample.patches(lead) for lead in dict.fromkeys(trace.lead for trace in sample.traces)]


def _median(pages: int, make: Callable[[int], object]) -> float:
    """CPU seconds of a page, the first left away: it loads fonts and modules."""
    seconds = []
    for index in range(pages + 1):
        start = time.process_time()
        make(index)
        seconds.append(time.process_time() - start)
    return float(np.median(seconds[1:]))


def _parts(recipe: Recipe, pages: int) -> dict[str, float]:
    record, layout = heart_record(1, 0), find_layout(recipe.layout_names[0])
    rng = np.random.default_rng(0)
    style = draw_style(recipe.style, layout, rng)
    page, sample = lay_out(record, layout, style, rng), generate(recipe, record, seed=0, index=0)
    words, paper = set_words(page, _SCALE), draw_paper(page, _SCALE)
    ink = draw_ink(page, _SCALE, words, smooth=True)
    parts: dict[str, Callable[[int], object]] = {
        "measure beats, place everything in mm": lambda _: lay_out(record, layout, style, np.random.default_rng(0)),
        "set the words": lambda _: set_words(page, _SCALE),
        "paper and grid": lambda _: draw_paper(page, _SCALE),
        "traces, pulses, separators, words as ink": lambda _: draw_ink(page, _SCALE, words, smooth=True),
        "ink on paper": lambda _: blend(paper, ink, style.ink),
        "boxes": lambda _: make_marks(page, words, sample.map),
        "lattice": lambda _: sample.lattice(),
        "millimetre field, stride 8": lambda _: sample.mm_field(),
        "mask of each lead, as patches": lambda _: _masks(sample),
        "masks of all leads, each as large as the picture": lambda _: type(sample).masks.func(sample),
        "PNG": lambda _: sample.encoded,
    }
    return {name: _median(pages, part) for name, part in parts.items()}


def _profile(recipe: Recipe, pages: int) -> None:
    records = [heart_record(index, 0) for index in range(pages)]
    profile = cProfile.Profile()
    profile.enable()
    for index, record in enumerate(records):
        generate(recipe, record, seed=0, index=index)
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(15)


if __name__ == "__main__":
    main()

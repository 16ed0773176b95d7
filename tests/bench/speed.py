"""Where the time of a page goes: prints one row per stage, in seconds, the median of several pages.

    python -m tests.bench.speed [--pages 8] [--recipe mild]

The leading generator takes 2.02 CPU s for a plain page of 2200 x 1700 (measured in November 2026, see docs).
Times drift on shared machines: only ratios within one run mean anything.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from synth.degrade.step import Photometric
from synth.draw import draw_page
from synth.generate import _picture_map, _stages, generate, stream
from synth.heart import heart_record
from synth.layout import find_layout
from synth.page import lay_out
from synth.recipe import load_recipe
from synth.store import write_sample
from synth.style import draw_style


def main() -> None:
    """Time the stages one by one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=8)
    parser.add_argument("--recipes", nargs="*", default=["clean", "mild"])
    options = parser.parse_args()
    cv2.setNumThreads(1)
    for name in options.recipes:
        rows = [_stage_times(name, index) for index in range(options.pages + 1)][1:]
        print(f"recipe {name}, CPU seconds per page, median of {len(rows)}:")
        for stage in rows[0]:
            print(f"  {stage:34} {np.median([row[stage] for row in rows]):7.3f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    _reading(options.pages)


def _stage_times(name: str, index: int) -> dict[str, float]:
    recipe, record = load_recipe(name), heart_record(index, 0)
    layout, times = find_layout(recipe.layouts[0]), {}
    clock = time.process_time()

    def lap(stage: str) -> None:
        nonlocal clock
        times[stage] = time.process_time() - clock
        clock = time.process_time()

    style = draw_style(recipe.style, stream(0, index, "style"))
    page = lay_out(record, layout, style, stream(0, index, "text"))
    to_px, _ = _picture_map(recipe, layout, 0, index)
    lap("lay out")
    image = draw_page(page, 200 / 25.4)
    lap("draw at 200 dpi")
    for stage, step in _stages(recipe):
        if isinstance(step, Photometric):
            image = step.expose(image, stream(0, index, stage))
    lap("photometric steps")
    for strip in page.strips:
        to_px.forward(strip.xy_mm)
    lap("labels")
    sample = generate(recipe, record, seed=0, index=index)
    lap("whole: draw, degrade, label, encode")
    with tempfile.TemporaryDirectory() as folder:
        clock = time.process_time()
        write_sample(sample, Path(folder), "page")
        lap("write")
    clock = time.process_time()
    _ = sample.masks
    lap("soft masks of 12 leads (on reading)")
    return times


def _reading(pages: int) -> None:
    try:
        from infer.digitize import Digitizer
    except ModuleNotFoundError:
        return
    digitizer, seconds = Digitizer(), []
    for index in range(pages):
        sample = generate(load_recipe("mild"), heart_record(index, 0), seed=0, index=index)
        start = time.monotonic()
        digitizer.read(sample.image, "page")
        seconds.append(time.monotonic() - start)
    print(f"reading a picture, wall seconds on all cores, median of {pages}: {np.median(seconds):.2f}")


if __name__ == "__main__":
    main()

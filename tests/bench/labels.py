"""How exact the labels are, on bare pages: prints one row per layout and resolution.

    python -m tests.bench.labels [--records DIR] [--pages 6] [--recipes clean mild] [--layouts NAME ...]

Columns: ink's sub-pixel centre against `xy_px` in px (stretches measured, bias, median, 95 %); the largest error of mV
recovered from `xy_px` through map, zero line and gain; IoU of the masks, thresholded at half, with the ink.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec
import numpy as np

from synth.catalogue import CATALOGUE
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import load_recipe, with_layout
from synth.record import find_records, read_record
from synth.sample import Sample
from tests.ink import ink_errors, mask_agreement, mv_error

_STRETCHES, _MOST = 30, 40  # pages are added until so many stretches are measured, or so many pages made


def main() -> None:
    """Measure every layout."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=Path, help="WFDB records; the embedded heart if left out")
    parser.add_argument("--pages", type=int, default=6)
    parser.add_argument("--recipes", nargs="*", default=["clean"])
    parser.add_argument("--layouts", nargs="*", default=list(CATALOGUE))
    options = parser.parse_args()
    paths = find_records(options.records) if options.records else []
    print("| layout | recipe | dpi | stretches | bias | median | 95 % | mV | IoU |\n|" + "---|" * 9)
    worst: list[tuple[float, ...]] = []
    for layout in options.layouts:
        for name in options.recipes:
            for dpi in (100.0, 200.0, 300.0):
                recipe = msgspec.structs.replace(with_layout(load_recipe(name), layout), dpi=(dpi, dpi))
                pages: list[tuple[np.ndarray, float, float]] = []
                for index in range(_MOST):
                    if index >= options.pages and sum(len(page[0]) for page in pages) >= _STRETCHES:
                        break
                    record = read_record(paths[index % len(paths)]) if paths else heart_record(index, 0)
                    pages.append(_measure(generate(recipe, record, seed=0, index=index, bare=True)))
                row = _figures(pages)
                worst.append(row[1:])
                print(f"| {layout} | {name} | {dpi:.0f} | {row[0]:.0f} | {_said(row[1:])} |", flush=True)
    bias, median, high, mv, agreement = np.abs(np.array(worst)).T
    print(f"| worst of all | | | | {_said((bias.max(), median.max(), high.max(), mv.max(), agreement.min()))} |")


def _measure(sample: Sample) -> tuple[np.ndarray, float, float]:
    return ink_errors(sample), mv_error(sample), mask_agreement(sample)


def _figures(pages: list[tuple[np.ndarray, float, float]]) -> tuple[float, ...]:
    errors = np.concatenate([page[0] for page in pages])
    errors = errors if errors.size else np.array([np.nan])  # nowhere straight and alone
    size = np.abs(errors)
    mv, agreement = max(page[1] for page in pages), min(page[2] for page in pages)
    return (
        float(np.isfinite(errors).sum()),
        errors.mean(),
        float(np.median(size)),
        float(np.percentile(size, 95)),
        mv,
        agreement,
    )


def _said(figures: tuple[float, ...]) -> str:
    bias, median, high, mv, agreement = figures
    return f"{bias:.4f} | {median:.4f} | {high:.4f} | {mv:.0e} | {agreement:.4f}"


if __name__ == "__main__":
    main()

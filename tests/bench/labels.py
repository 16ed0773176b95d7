"""How exact the labels are: ink against `xy_px` on bare pages; prints one row per layout, recipe and resolution.

python -m tests.bench.labels [--records DIR] [--pages 10]
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
from tests.ink import ink_errors


def main() -> None:
    """Measure every layout, as printed and under the geometry of `mild`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=Path, help="WFDB records; the embedded heart if left out")
    parser.add_argument("--pages", type=int, default=10)
    options = parser.parse_args()
    paths = find_records(options.records) if options.records else []
    print(f"{'layout':12} {'recipe':8} {'dpi':>4} {'stretches':>9} {'bias':>8} {'median':>8} {'p95':>8}   px")
    for layout in CATALOGUE:
        for name in ("clean", "mild"):
            for dpi in (100.0, 200.0, 300.0):
                recipe = msgspec.structs.replace(with_layout(load_recipe(name), layout), dpi=(dpi, dpi))
                errors = []
                for index in range(options.pages):
                    record = read_record(paths[index % len(paths)]) if paths else heart_record(index, 0)
                    errors.append(ink_errors(generate(recipe, record, seed=0, index=index, bare=True)))
                e = np.concatenate(errors)
                figures = (e.mean(), np.median(np.abs(e)), np.percentile(np.abs(e), 95))
                said = " ".join(f"{x:8.4f}" for x in figures)
                print(f"{layout:12} {name:8} {dpi:4.0f} {len(e):9d} {said}", flush=True)


if __name__ == "__main__":
    main()

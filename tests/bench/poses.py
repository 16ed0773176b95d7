"""What the way a page is pictured costs: dB of phone pictures by size, quarter turns, tilt and lean.

    python -m tests.bench.poses [--shared ../shared/data] [--weights FILE] [--pages 4] [--workers 2] [--only WORD ...]

One row per way, the same records in each: pages of `3x4+II` by the recipe `phone`, of which one thing is fixed; 200
dpi, upright, level and straight from above otherwise (140 dpi are pictures of about 2.5 MP, 600 dpi of 46). What else
lies in the picture is drawn anew where the page lies otherwise.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import msgspec
from joblib import Parallel, delayed

from infer.networks.weights import shipped_weights
from infer.score import total
from synth.degrade.capture.camera import Perspective, Tilt, Turn
from synth.recipe import Recipe, load_recipe, with_layout
from tests.bench.reading import read_page

_FIRST = 40_000  # pages that no other bench measures


class _Pose(NamedTuple):
    """How a page is pictured."""

    dpi: float = 200.0
    quarters: int = 0
    tilt_deg: float = 0.0
    lean_deg: float = 0.0


_POSES = {
    **{f"{dpi} dpi": _Pose(dpi=float(dpi)) for dpi in (140, 200, 300, 420, 600)},
    **{f"{quarters} quarter turns": _Pose(quarters=quarters) for quarters in (1, 2, 3)},
    **{f"tilt {angle} degrees": _Pose(tilt_deg=float(angle)) for angle in (15, 30, 45)},
    **{f"lean {angle} degrees": _Pose(lean_deg=float(angle)) for angle in (15, 30, 45)},
    "tilt 30, lean 40 degrees": _Pose(tilt_deg=30.0, lean_deg=40.0),
}


def main() -> None:
    """Print one row per way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, help="folder of real records; left out: the embedded heart's")
    parser.add_argument("--weights", type=Path, default=shipped_weights())
    parser.add_argument("--pages", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", nargs="*", help="ways that hold one of these words")
    options = parser.parse_args()
    print(f"{'way':26} {'capped':>7} {'uncapped':>8} {'median':>7} {'worst':>7} {'failed':>6}")
    with Parallel(n_jobs=options.workers) as pool:
        for name, pose in _POSES.items():
            if options.only and not any(word in name for word in options.only):
                continue
            numbers = range(_FIRST, _FIRST + options.pages)
            job = delayed(read_page)
            read = list(pool(job(options.weights, options.shared, _pictured(pose), name, at) for at in numbers))
            whole, worst = total(page.score for page in read), min(page.score.uncapped_db for page in read)
            print(
                f"{name:26} {whole.capped_db:7.2f} {whole.uncapped_db:8.2f} "
                f"{whole.median_db:7.2f} {worst:7.2f} {whole.failures:6d}",
                flush=True,
            )


def _pictured(pose: _Pose) -> Recipe:
    recipe = with_layout(load_recipe("phone"), "3x4+II")
    fixed = {
        Tilt: Tilt(angle_deg=(pose.tilt_deg, pose.tilt_deg)),
        Perspective: Perspective(angle_deg=(pose.lean_deg, pose.lean_deg)),
        Turn: Turn(quarters=(pose.quarters,)),  # type: ignore[arg-type]
    }
    capture = tuple(fixed.get(type(step), step) for step in recipe.capture)
    return msgspec.structs.replace(recipe, capture=capture, dpi=(pose.dpi, pose.dpi))


if __name__ == "__main__":
    main()

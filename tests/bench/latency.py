"""How long one picture takes to read, by ONNX Runtime and by torch: prints wall seconds and peak memory.

    python -m tests.bench.latency [--shared ../shared/data] [--pages 3] [--megapixels 12]

Each picture is read by each backend in a process of its own, on all cores: the start (a new process, imports, weights),
the first reading, which loads what is used first, then the same picture again, the median of `--pages` times, as each
of many pictures takes. Pictures are a crumpled page of our own, made as large as asked, and the largest real photo.
Times drift on shared machines: only ratios within one run mean anything.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from infer.picture import read_picture
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import load_recipe

_WEIGHTS = {"ONNX Runtime": "reader.onnx", "torch": "reader.safetensors"}
_DATA = Path(__file__).parents[2] / "data"


def main() -> None:
    """Print one row per picture and backend."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, help="folder of real pictures; left out: our own picture alone")
    parser.add_argument("--pages", type=int, default=3, help="how often a picture is read again")
    parser.add_argument("--megapixels", type=float, default=12.0, help="of our own picture")
    options = parser.parse_args()
    print(f"| picture, {os.cpu_count()} cores | by | start, s | first | again | CPU s | peak MB |\n" + "|---" * 7 + "|")
    with TemporaryDirectory() as folder:
        pictures = [_own(Path(folder), options.megapixels)]
        if options.shared is not None:
            pictures.append(max((options.shared / "photos").glob("*.jpg"), key=lambda path: read_picture(path).size))
        for picture in pictures:
            for name, weights in _WEIGHTS.items():
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                    row = pool.submit(_row, picture, name, _DATA / weights, options.pages, time.monotonic())
                    print(row.result(), flush=True)


def _own(folder: Path, megapixels: float) -> Path:
    image = generate(load_recipe("crumpled"), heart_record(0, 0), seed=0, index=0).image
    scale = float(np.sqrt(megapixels * 1e6 / (image.shape[0] * image.shape[1])))
    path = folder / "own.jpg"
    cv2.imwrite(str(path), cv2.resize(image[..., ::-1], None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC))
    return path


def _row(picture: Path, name: str, weights: Path, pages: int, asked: float) -> str:
    from infer.digitize import Digitizer

    digitizer = Digitizer(weights)
    opened = time.monotonic()
    walls, cpus = [], []
    for _ in range(1 + pages):
        begun, used = time.monotonic(), time.process_time()
        image = read_picture(picture)
        digitizer.read(image, "page")
        walls.append(time.monotonic() - begun)
        cpus.append(time.process_time() - used)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    size = f"{picture.stem}, {image.shape[0] * image.shape[1] / 1e6:.0f} MP"
    again, cpu = float(np.median(walls[1:])), float(np.median(cpus[1:]))
    return f"| {size} | {name} | {opened - asked:.1f} | {walls[0]:.1f} | {again:.2f} | {cpu:.2f} | {peak_mb:.0f} |"


if __name__ == "__main__":
    main()

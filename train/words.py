"""How the layers that read speed and gain in words are trained, beside networks that stay as they are.

    python -m train.words --init data/reader.safetensors --out FILE [--pages 480] [--steps 5000] [--workers 2]

A page prints two or three such words, which teach little: most of these pages have ninety more of them. Their small
pictures are kept, and windows of them seen again and again. The same command gives the same weights on one machine.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import NamedTuple

import cv2
import msgspec
import numpy as np
import torch
import torch.nn.functional as F
from joblib import Parallel, delayed
from numpy.typing import NDArray
from torch import Tensor

from infer.networks.page_net import PageNet
from infer.networks.reader import levels
from infer.networks.view import CELL, GAINS_MM_MV, SPEEDS_MM_S
from infer.networks.weights import load_weights, weights_metadata, write_weights
from synth.catalogue import find_layout
from synth.errors import UserError
from synth.fonts import FONTS
from synth.generate import generate, stream, versions
from synth.heart import heart_record
from synth.parts import Field
from synth.ranges import pick
from synth.recipe import Recipe, load_recipe
from synth.settings import Settings
from train.page import page_targets
from train.vary import vary

_RECIPES = (
    "office-scan", "phone", "varied", "crumpled", "office-scan", "phone", "clean", "soiled", "printed", "thermal",
    "photocopy", "screenshot", "0006", "fax", "dense", "0003",
)  # fmt: skip
_SETTINGS = Settings(gain=0.5, speed=0.4)
_SEED = 78
_COUNT, _SPRINKLED = 90, 0.7  # of words more, and the share of pages that have them

_SIZES_MM = (2.4, 4.4)
_SPEEDS = ("{:g}mm/s", "{:g} mm/s", "{:g} mm/sec", "{:g}mm/sec")
_GAINS = ("{:g}mm/mV", "{:g} mm/mV", "{:.1f}mm/mV", "{:.1f} mm/mV")
_OTHERS = ("{:g} Hz", "0.05-{:g}Hz", "{:g} bpm", "{:g} ms", "{:g} mm", "{:g}", "{:g}/min", "F {:g} ~", "{:g} mV")
_NUMBERS = (1.0, 5.0, 10.0, 12.5, 15.0, 20.0, 25.0, 35.0, 40.0, 50.0, 60.0, 100.0, 125.0, 150.0, 250.0)

_WINDOW, _WINDOWS = 48, 12  # cells of a window's side, windows of a step
_RATE, _WARM = 4e-3, 0.05
_NONE = 0.3  # weight of cells that show none
_TELL, _LEAST = 500, 100  # steps between lines of news, and at least


class _Page(NamedTuple):
    """A small picture, (H, W, 3), its `levels`, and which setting its cells show in words, (h, w)."""

    picture: NDArray[np.uint8]
    mean: NDArray[np.float32]
    contrast: float
    words: NDArray[np.uint8]


def main() -> None:
    """Make pages, train, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--init", type=Path, required=True, help="weights of the other layers")
    parser.add_argument("--out", type=Path, required=True, help="safetensors to write")
    parser.add_argument("--pages", type=int, default=480)
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    if options.steps < _LEAST or options.pages < 1:
        parser.error(f"--steps must be at least {_LEAST}, --pages at least 1")
    if not options.out.parent.is_dir():
        parser.error(f"--out: {options.out.parent} is no folder")
    try:
        reader, metadata = load_weights(options.init), weights_metadata(options.init)
    except UserError as error:
        parser.error(str(error))
    pages = Parallel(n_jobs=options.workers, verbose=1)(delayed(_page)(k) for k in range(options.pages))
    reader.page.words = _trained(pages, options.steps)
    about = {"seed": _SEED, "pages": options.pages, "steps": options.steps, "versions": versions()}
    write_weights(options.out, reader, metadata | {"words": json.dumps(about)})


def sprinkled(recipe: Recipe, count: int, rng: np.random.Generator) -> Recipe:
    """A recipe for one page with so many more words on it: a third speeds, a third gains, a third other numbers."""
    layout = recipe.layout or find_layout(pick(recipe.layout_names, rng))
    more = []
    for k in range(count):
        forms, values = ((_SPEEDS, SPEEDS_MM_S), (_GAINS, GAINS_MM_MV), (_OTHERS, _NUMBERS))[k % 3]
        x, y = rng.uniform(0.0, 1.0, 2) * (np.array(layout.page_mm) - (16.0, 4.0)) + (1.0, 3.5)
        text = pick(forms, rng).format(pick(values, rng))
        size_mm, font = float(rng.uniform(*_SIZES_MM)), pick(FONTS, rng)
        more.append(Field(text=text, at_mm=(float(x), float(y)), size_mm=size_mm, font=font, kind="footer"))
    return msgspec.structs.replace(recipe, layout=msgspec.structs.replace(layout, fields=(*layout.fields, *more)))


def _page(index: int) -> _Page:
    """Page `index`, upright."""
    cv2.setNumThreads(1)
    rng = stream(_SEED, index, "train.words")
    recipe = load_recipe(_RECIPES[index % len(_RECIPES)])
    recipe = msgspec.structs.replace(recipe, layouts=("all",), layout=None, settings=_SETTINGS)
    recipe = sprinkled(recipe, _COUNT if rng.uniform() < _SPRINKLED else 0, rng)
    sample = generate(recipe, heart_record(index, _SEED), seed=_SEED, index=index)
    turn = int(page_targets(sample, 0).turn)
    seen = page_targets(sample, -turn % 4)
    picture = vary(seen.picture, rng)
    mean, contrast = levels(torch.from_numpy(picture).permute(2, 0, 1)[None])
    return _Page(picture, mean.flatten().numpy(), float(contrast), seen.words.astype(np.uint8))


def _trained(pages: list[_Page], steps: int) -> torch.nn.Sequential:
    torch.manual_seed(_SEED)
    words: torch.nn.Sequential = PageNet().words.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(words.parameters(), _RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps, pct_start=_WARM)
    weight = torch.tensor([_NONE] + [1.0] * (len(SPEEDS_MM_S) + len(GAINS_MM_MV)))
    rng, lost = np.random.default_rng(_SEED), 0.0
    for step in range(1, steps + 1):
        windows = [_window(pages[int(k)], rng) for k in rng.integers(len(pages), size=_WINDOWS)]
        seen, told = (torch.stack(part) for part in zip(*windows, strict=True))
        loss = F.cross_entropy(words(seen.contiguous(memory_format=torch.channels_last)), told, weight)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        optimiser.zero_grad()
        schedule.step()
        lost += float(loss.detach())
        if step % _TELL == 0:
            print(f"step {step} of {steps}: loss {lost / _TELL:.3f}", flush=True)
            lost = 0.0
    return words


def _window(page: _Page, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """A part of a page, as the network of pages would see it there."""
    h, w = page.words.shape
    top, left = (int(rng.integers(max(1, side - _WINDOW + 1))) for side in (h, w))
    part = page.words[top : top + _WINDOW, left : left + _WINDOW]
    told = np.zeros((_WINDOW, _WINDOW), dtype=np.int64)
    told[: part.shape[0], : part.shape[1]] = part
    seen = np.zeros((CELL * _WINDOW, CELL * _WINDOW, 3), dtype=np.float32)
    cut = page.picture[CELL * top : CELL * (top + _WINDOW), CELL * left : CELL * (left + _WINDOW)]
    seen[: cut.shape[0], : cut.shape[1]] = (cut - page.mean) / page.contrast
    return F.pixel_unshuffle(torch.from_numpy(seen).permute(2, 0, 1), CELL), torch.from_numpy(told)


if __name__ == "__main__":
    main()

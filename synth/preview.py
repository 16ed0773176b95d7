"""A contact sheet: a few pages side by side, small, to see what a recipe or the catalogue makes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from synth.assets import shipped
from synth.catalogue import CATALOGUE
from synth.errors import UserError
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import Recipe, load_recipe, with_layout, with_severity
from synth.record import EcgRecord, read_record, write_whole
from synth.sample import Sample

Picture = NDArray[np.uint8]  # (H, W, 3) RGB
Tile = tuple[str, Picture]  # caption and page

_SEVERITIES = (0.2, 0.5, 1.0)  # low, middle and high, of a grid
_TILE_PX = 720  # width of a page on the sheet
_GAP_PX = 24
_TEXT_PX = 20
_PAPER, _INK = (232, 232, 232), (30, 30, 30)


def preview_pages(recipe: Recipe, records: Sequence[Path], *, seed: int, count: int) -> Iterator[Tile]:
    """Pages 0 .. count - 1 of a run, in memory and small, each with what there is to say of it.

    Args:
        recipe: What kind of pages.
        records: WFDB headers, used in order and again from the first; none for the embedded heart.
        seed: Seed of the run: page k is the very page k that `make_corpus` makes.
        count: How many.
    """
    for index in range(count):
        sample = generate(recipe, _record(records, index, seed), seed=seed, index=index)
        yield _caption(sample), shrink(sample.image)


def grid_pages(recipe: Recipe, records: Sequence[Path], *, seed: int) -> Iterator[Tile]:
    """The first page of a run under each step of a recipe alone, at low, middle and high severity."""
    record = _record(records, 0, seed)
    for name, alone in _alone(recipe):
        for severity in _SEVERITIES:
            sample = generate(with_severity(alone, severity), record, seed=seed, index=0)
            yield f"{name}, severity {severity:g}", shrink(sample.image)


def count_grid(recipe: Recipe) -> int:
    """How many pages a grid shows."""
    return len(_alone(recipe)) * len(_SEVERITIES)


def layout_pages(records: Sequence[Path], *, seed: int) -> Iterator[Tile]:
    """A clean page of every layout of the catalogue."""
    for name in CATALOGUE:
        yield from preview_pages(with_layout(load_recipe("clean"), name), records, seed=seed, count=1)


def count_layouts() -> int:
    """How many layouts there are."""
    return len(CATALOGUE)


def _alone(recipe: Recipe) -> list[tuple[str, Recipe]]:
    """Recipes that keep one step each, with the steps' names."""
    sections = ("printers", "paper", "covers", "sheet", "scene", "capture")
    calm = msgspec.structs.replace(with_severity(recipe, 0.0), frame=(0.02, 0.02))
    return [
        (f"{section}: {type(step).__struct_config__.tag}", msgspec.structs.replace(calm, **{section: (step,)}))
        for section in sections
        for step in getattr(recipe, section)
    ]


def contact_sheet(tiles: Sequence[Tile], columns: int = 2) -> Picture:
    """Lay pages out in rows of `columns`, each over its caption.

    Args:
        tiles: At least one caption and page; pages are made `_TILE_PX` wide.
        columns: Pages per row, fewer if there are fewer.
    """
    columns = min(columns, len(tiles))
    rows = [tiles[first : first + columns] for first in range(0, len(tiles), columns)]
    heights = [max(shrink(page).shape[0] for _, page in row) + _GAP_PX + _TEXT_PX for row in rows]
    size = (columns * (_TILE_PX + _GAP_PX) + _GAP_PX, sum(heights) + _GAP_PX)
    sheet = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(str(shipped("data/fonts/arimo-400.ttf")), 0.8 * _TEXT_PX)
    for row, top in zip(rows, np.cumsum([_GAP_PX, *heights]).tolist(), strict=False):
        for column, (caption, page) in enumerate(row):
            left, small = _GAP_PX + column * (_TILE_PX + _GAP_PX), shrink(page)
            sheet.paste(Image.fromarray(small), (left, top))
            pen.text((left, top + small.shape[0] + 4), caption, fill=_INK, font=font)
    return np.asarray(sheet, dtype=np.uint8)


def check_sheet(path: Path) -> None:
    """Refuse a name that no sheet can have, before pages are drawn; UserError unless it ends in .png."""
    if path.suffix.lower() != ".png":
        raise UserError(f"{path}: a contact sheet is a PNG; give a name that ends in .png")


def write_sheet(sheet: Picture, path: Path) -> None:
    """Write a contact sheet as PNG; UserError if it cannot be written."""
    _, data = cv2.imencode(".png", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data.tobytes())
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}); choose another --out") from error


def shrink(page: Picture) -> Picture:
    """The page as wide as a tile of the sheet."""
    height = max(1, round(page.shape[0] * _TILE_PX / page.shape[1]))
    if page.shape[1] == _TILE_PX:
        return page
    return np.asarray(cv2.resize(page, (_TILE_PX, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _record(records: Sequence[Path], index: int, seed: int) -> EcgRecord:
    return read_record(records[index % len(records)]) if records else heart_record(index, seed)


def _caption(sample: Sample) -> str:
    h, w = sample.image.shape[:2]
    return f"{sample.index}: {sample.record}, layout {sample.layout}, {w} x {h} px, {sample.suffix[1:].upper()}"

"""A contact sheet: a few pages side by side, small, to see what a recipe or the catalogue makes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from synth.assets import shipped
from synth.errors import UserError
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import Recipe
from synth.record import EcgRecord, read_record, write_whole
from synth.sample import Sample

Picture = NDArray[np.uint8]  # (H, W, 3) RGB
Tile = tuple[str, Picture]  # caption and page

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

"""A contact sheet: a few pages side by side, small, to see what a recipe or the catalogue makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from synth.assets import shipped
from synth.catalogue import CATALOGUE
from synth.degrade.capture.codec import Png
from synth.errors import UserError
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import Recipe, load_recipe, with_layout, with_severity
from synth.record import EcgRecord, read_record, write_whole
from synth.sample import Sample

Picture = NDArray[np.uint8]  # (H, W, 3) RGB
Tile = tuple[str, Picture]  # caption and page

_SECTIONS = ("printers", "paper", "covers", "sheet", "scene", "capture")
_SEVERITIES = (0.2, 0.5, 1.0)  # low, middle and high, of a grid
_TILE_PX = 720  # width of a page on the sheet
_DETAIL_PX, _RIM_PX = 280, 6  # width of what is shown pixel by pixel beside it, and between the two
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
    """The first page of a run under each step of a recipe alone, at low, middle and high severity.

    Beside each page stands a part of it, pixel by pixel: where the step does most, as far as that can be told. A step
    that happens by chance is made sure to happen.
    """
    record = _record(records, 0, seed)
    untouched = generate(_calm(recipe), record, seed=seed, index=0).image
    for name, alone in _alone(recipe):
        grades = [_surely(with_severity(alone, severity)) for severity in _SEVERITIES]
        images = [generate(grade, record, seed=seed, index=0).image for grade in grades]
        place = _most_changed(untouched, images[-1])
        for severity, image in zip(_SEVERITIES, images, strict=True):
            yield f"{name}, severity {severity:g}", _with_detail(image, place)


def beside(tiles: Iterable[Tile], others: Iterable[Tile]) -> Iterator[Tile]:
    """After each tile one of others, from the first again where these are fewer."""
    for tile, (caption, picture) in zip(tiles, cycle(others), strict=False):
        yield tile
        yield caption, shrink(picture)


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


def _calm(recipe: Recipe) -> Recipe:
    return msgspec.structs.replace(with_severity(recipe, 0.0), frame=(0.02, 0.02))


def _alone(recipe: Recipe) -> list[tuple[str, Recipe]]:
    """Recipes that keep one step each, or how pictures are stored, with the steps' names."""
    steps: list[tuple[str, Any, Any]] = [
        (section, step, (step,)) for section in _SECTIONS for step in getattr(recipe, section)
    ]
    if not isinstance(recipe.codec, Png):
        steps.append(("codec", recipe.codec, recipe.codec))
    return [
        (f"{section}: {type(step).__struct_config__.tag}", msgspec.structs.replace(_calm(recipe), **{section: kept}))
        for section, step, kept in steps
    ]


def _surely(recipe: Recipe) -> Recipe:
    """The recipe without the chance that a step does not happen: probabilities of 1, counts of 1 or more."""
    sections = {section: tuple(_sure(step) for step in getattr(recipe, section)) for section in _SECTIONS}
    return msgspec.structs.replace(recipe, **sections)


def _sure(step: Any) -> Any:
    sure: dict[str, Any] = {}
    for name in step.__struct_fields__:
        value = getattr(step, name)
        if name in ("chance", "share") and isinstance(value, float):
            sure[name] = 1.0
        elif name == "count":
            sure[name] = (max(1.0, value[0]), max(1.0, value[1]))
    return msgspec.structs.replace(step, **sure)


def _most_changed(before: Picture, after: Picture) -> tuple[float, float]:
    """Where a picture changed most, as shares of its (width, height); its middle if all of it moved."""
    if before.shape != after.shape:
        return 0.5, 0.5
    change = cv2.blur(cv2.absdiff(before, after).max(axis=2), (_DETAIL_PX, _DETAIL_PX))
    y, x = np.unravel_index(int(np.argmax(change)), change.shape)
    return float(x / change.shape[1]), float(y / change.shape[0])


def _with_detail(page: Picture, place: tuple[float, float]) -> Picture:
    """The page, small, and beside it a part around `place` (shares of width and height) as it is."""
    small = shrink(page, _TILE_PX - _DETAIL_PX - _RIM_PX)
    height = min(small.shape[0], page.shape[0])
    left, top = (
        min(max(0, round(share * whole - part / 2.0)), whole - part)
        for share, whole, part in zip(place, page.shape[1::-1], (_DETAIL_PX, height), strict=True)
    )
    rim = np.full((height, _RIM_PX, 3), _PAPER, dtype=np.uint8)
    return np.hstack([small[:height], rim, page[top : top + height, left : left + _DETAIL_PX]])


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


def shrink(page: Picture, width: int = _TILE_PX) -> Picture:
    """The page made so wide."""
    height = max(1, round(page.shape[0] * width / page.shape[1]))
    if page.shape[1] == width:
        return page
    return np.asarray(cv2.resize(page, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _record(records: Sequence[Path], index: int, seed: int) -> EcgRecord:
    return read_record(records[index % len(records)]) if records else heart_record(index, seed)


def _caption(sample: Sample) -> str:
    h, w = sample.image.shape[:2]
    return f"{sample.index}: {sample.record}, layout {sample.layout}, {w} x {h} px, {sample.suffix[1:].upper()}"

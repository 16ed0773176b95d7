"""View: how the sheet is seen. The one map from paper to picture, and the light on what bends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from synth.degrade.cover import Cover, CoverStep
from synth.degrade.print import AnyPrinter
from synth.degrade.sheet import Segments, SheetStep
from synth.degrade.step import Geometric, Imprint, Light, Lighting, Optical, Photometric, Pose, flat
from synth.degrade.tint import Tinting
from synth.errors import UserError
from synth.field import Field, as_field, field_nodes, node_shape
from synth.geometry import Map, outline
from synth.layout import Layout
from synth.ranges import draw
from synth.recipe import Recipe
from synth.surface import Surface, bend, look_up, see, sheet_of

Stream = Callable[[str], np.random.Generator]  # the generator of a stage
Step = Tinting | Imprint | CoverStep | SheetStep | Lighting | Photometric | Geometric | Optical

_MAX_SIDE_PX = 20_000
_ELEVATION_DEG, _AMBIENT = (25.0, 65.0), (0.35, 0.7)


@dataclass(frozen=True, eq=False)
class View:
    """A sheet in a picture.

    Attributes:
        to_px: Paper mm -> picture px.
        size: (width, height) of the picture.
        light: Factor on the light at each node of `field.field_nodes`, (rows, columns, 3); None if it is 1 everywhere.
        creases: Sharp creases, on the paper.
        covers: What covers the paper, and what of it is gone.
    """

    to_px: Map
    size: tuple[int, int]
    light: Light | None
    creases: Segments
    covers: tuple[Cover, ...] = ()


def look(recipe: Recipe, layout: Layout, printer: AnyPrinter, stream: Stream) -> View:
    """Compose what the sheet, the camera and the frame do."""
    pose, size = _frame(recipe, layout, _pose(recipe, layout, stream), stream("frame"))
    feed = printer.feed(layout.page_mm, stream("print"))
    covers = _covers(recipe, layout, stream)
    nodes = field_nodes(size)
    for stage, step in reversed(stages(recipe)):
        if isinstance(step, Optical):
            nodes = step.refract(nodes, size, stream(stage))
    bent = any(isinstance(step, Optical) for _, step in stages(recipe)) or feed is not None
    if not recipe.sheet and not bent:
        return View(flat(pose), size, _lamps(recipe, size, stream, None), np.zeros((0, 2, 2)), covers)
    if recipe.sheet:
        surface, creases = _bent(recipe, layout, stream)
        seen = see(surface, pose, size, nodes)
        light = _lamps(recipe, size, stream, _light(surface, seen, stream("sheet.light")))
    else:
        seen, creases = as_field(flat(pose).inverse(nodes), size), np.zeros((0, 2, 2))
        light = _lamps(recipe, size, stream, None)
    if feed is not None:
        seen = as_field(feed.inverse(seen.back_mm.reshape(-1, 2).astype(np.float64)), size)
    return View(seen, size, light, creases, covers)


def stages(recipe: Recipe) -> list[tuple[str, Step]]:
    """Every step with the name of its stage: section, kind, and how many of that kind came before."""
    seen: Counter[str] = Counter()
    named: list[tuple[str, Step]] = []
    for section, steps in (
        ("paper", recipe.paper),
        ("covers", recipe.covers),
        ("sheet", recipe.sheet),
        ("scene", recipe.scene),
        ("capture", recipe.capture),
    ):
        for step in steps:
            kind = f"{section}.{type(step).__struct_config__.tag}"
            named.append((f"{kind}.{seen[kind]}", step))
            seen[kind] += 1
    return named


def _pose(recipe: Recipe, layout: Layout, stream: Stream) -> Pose:
    pose = np.eye(4)
    for stage, step in stages(recipe):
        if isinstance(step, Geometric):
            pose = step.pose(layout.page_mm, stream(stage)) @ pose
    return pose


def _frame(recipe: Recipe, layout: Layout, pose: Pose, rng: np.random.Generator) -> tuple[Pose, tuple[int, int]]:
    """The pose with the frame's place and scale in it, in pixels, and the picture's (width, height)."""
    px_per_mm = draw(recipe.dpi, rng) / 25.4
    margin_mm = draw(recipe.frame, rng) * layout.page_mm[0]
    border = flat(pose).forward(outline(layout.page_mm))
    low, high = border.min(axis=0) - margin_mm, border.max(axis=0) + margin_mm
    w, h = (max(16, round(float(side) * px_per_mm)) for side in high - low)
    if max(w, h) > _MAX_SIDE_PX:
        raise UserError(f"recipe {recipe.name}: a picture would be {w} x {h} px; lower its dpi or angles")
    scale = np.diag([px_per_mm, px_per_mm, 1.0, 1.0])
    scale[:2, 3] = -low * px_per_mm - 0.5
    return scale @ pose, (w, h)


def _covers(recipe: Recipe, layout: Layout, stream: Stream) -> tuple[Cover, ...]:
    steps = [(stage, step) for stage, step in stages(recipe) if isinstance(step, CoverStep)]
    return tuple(cover for stage, step in steps for cover in step.cover(layout.page_mm, stream(stage)))


def _bent(recipe: Recipe, layout: Layout, stream: Stream) -> tuple[Surface, Segments]:
    sheet = sheet_of(layout.page_mm)
    relief, creases = np.zeros((len(sheet.y), len(sheet.x))), []
    for stage, step in stages(recipe):
        if isinstance(step, SheetStep):
            part, sharp = step.shape(sheet, stream(stage))
            relief += part
            creases.append(sharp)
    return bend(sheet, relief), np.concatenate(creases)


def _light(surface: Surface, seen: Field, rng: np.random.Generator) -> Light:
    """Light under one lamp from any side, on the paper only."""
    lamp = surface.light(rng.uniform(0.0, 360.0), draw(_ELEVATION_DEG, rng), draw(_AMBIENT, rng))
    sheet = surface.sheet
    beside_x = (sheet.x < 0.0) | (sheet.x > sheet.size_mm[0])
    beside_y = (sheet.y < 0.0) | (sheet.y > sheet.size_mm[1])
    lamp[:, beside_x] = 1.0
    lamp[beside_y] = 1.0
    rows, columns = seen.back_mm.shape[:2]
    nodes = look_up(sheet, lamp, seen.back_mm.reshape(-1, 2).astype(np.float64)).reshape(rows, columns, 1)
    return np.repeat(nodes, 3, axis=2)


def _lamps(recipe: Recipe, size: tuple[int, int], stream: Stream, light: Light | None) -> Light | None:
    """The light on the sheet times that of every lighting step."""
    for stage, step in stages(recipe):
        if isinstance(step, Lighting):
            shone = step.shine(node_shape(size), stream(stage))
            light = shone if light is None else light * shone
    return light

"""View: how the sheet is seen. The one map from paper to picture, and the light on what it shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from synth.degrade.covers.cover import Cover, CoverStep
from synth.degrade.paper.tint import Tinting
from synth.degrade.printers.printer import AnyPrinter
from synth.degrade.printers.screen import Panel
from synth.degrade.scene.thing import Placing, Setting, Thing
from synth.degrade.sheet.bend import Segments, SheetStep
from synth.degrade.step import Geometric, Imprint, Lighting, Optical, Photometric, Pose, Reflecting, flat
from synth.errors import UserError
from synth.field import Field, as_field, field_nodes, node_shape
from synth.geometry import Map, Points, local_scale, outline
from synth.layout import Layout
from synth.light import Lit, darkest, draw_sun, mirrored, multiplied, shaded, shone, slopes_seen
from synth.ranges import draw
from synth.recipe import Recipe
from synth.surface import FLATTER, Surface, bend, see, sheet_of

Stream = Callable[[str], np.random.Generator]  # the generator of a stage
Step = Tinting | Imprint | CoverStep | SheetStep | Lighting | Placing | Reflecting | Photometric | Geometric | Optical

_MIN_SIDE_PX, _MAX_SIDE_PX = 16, 20_000
_LIFT_MM, _MAX_LIFT_MM = 0.8, 3.0  # of the rim of a flat sheet over its desk, and how much higher that of a bent one


@dataclass(frozen=True, eq=False)
class View:
    """A sheet in a picture.

    Attributes:
        to_px: Paper mm -> picture px.
        size: (width, height) of the picture.
        light: What falls on the sheet and its desk; None if it is 1 everywhere.
        glare: What the sheet mirrors, white being 1; None if that is nothing.
        lamps: What falls on things over the sheet, which are not bent as it is; None if it is 1 everywhere.
        creases: Sharp creases, on the paper.
        covers: What covers the paper, and what of it is gone.
        setting: Where things may lie.
        lift_mm: How high the rim of the sheet is over the desk.
        things: What lies under and over the sheet, the lowest first.
        panel: The screen that shows the page; None if it is on paper.
    """

    to_px: Map
    size: tuple[int, int]
    light: Lit | None
    glare: Lit | None
    lamps: Lit | None
    creases: Segments
    covers: tuple[Cover, ...]
    setting: Setting
    lift_mm: float
    things: tuple[Thing, ...]
    panel: Panel | None


def look(recipe: Recipe, layout: Layout, printer: AnyPrinter, stream: Stream) -> View:
    """Compose what the sheet, the camera and the frame do, and lay things around."""
    pose, size = _frame(recipe, layout, _pose(recipe, layout, stream), stream("frame"))
    lamps = _lit(recipe, size, stream)
    sun, light, creases, lift_mm = draw_sun(stream("sheet.light")), lamps, np.zeros((0, 2, 2)), _LIFT_MM
    to_px: Map = flat(pose)
    glossy = [(stage, step) for stage, step in stages(recipe) if isinstance(step, Reflecting)]
    slopes = np.zeros((*node_shape(size), 2), dtype=np.float32)
    covers = _covers(recipe, layout, stream)
    if recipe.sheet:
        surface, creases = _bent(recipe, layout, stream)
        surface, seen = _seen(surface, pose, size, _nodes(recipe, size, stream))
        holes = [cover.outline_mm for cover in covers if cover.colour is None]
        shade = shaded(surface, seen, size, sun, holes)
        light = multiplied([shade, *([lamps] if lamps else [])], size)
        lift_mm += min(_MAX_LIFT_MM, float(surface.relief.std()))
        slopes = slopes_seen(surface, seen, flat(pose)) if glossy else slopes
        to_px = seen
    elif any(isinstance(step, Optical) for _, step in stages(recipe)):
        to_px = as_field(flat(pose).inverse(_nodes(recipe, size, stream)), size)
    feed = printer.feed(layout.page_mm, stream("print"))
    if feed is not None:
        seen = to_px if isinstance(to_px, Field) else as_field(to_px.inverse(field_nodes(size)), size)
        to_px = as_field(feed.inverse(seen.back_mm.reshape(-1, 2).astype(np.float64)), size)
    setting = Setting(layout.page_mm, to_px, flat(pose), size, sun)
    scale = float(local_scale(to_px, np.array([layout.page_mm]) / 2.0)[0])
    panel = printer.panel(layout.page_mm, scale, stream("print"))
    if panel is not None:  # no paper of which something could be gone
        covers = tuple(cover for cover in covers if cover.colour is not None)
    return View(
        to_px=to_px,
        size=size,
        light=light,
        glare=mirrored(glossy, slopes, stream),
        lamps=lamps,
        creases=creases,
        covers=covers,
        setting=setting,
        lift_mm=lift_mm,
        things=_things(recipe, setting, stream),
        panel=panel,
    )


def stages(recipe: Recipe) -> list[tuple[str, Step]]:
    """Every step with the name of its stage: section, kind, and how many of that kind came before.

    So a second step of a kind, put before the first, takes the draws that were the first one's.
    """
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
    cut_mm = np.array([draw(recipe.crop, rng) for _ in range(4)]).reshape(2, 2) * np.ptp(border, axis=0)
    low, high = border.min(axis=0) - margin_mm + cut_mm[0], border.max(axis=0) + margin_mm - cut_mm[1]
    w, h = (round(float(side) * px_per_mm) for side in high - low)
    if min(w, h) < _MIN_SIDE_PX:
        raise UserError(
            f"recipe {recipe.name}: nothing is left of {layout.name} in its frame; raise `frame` or lower `crop`"
        )
    if max(w, h) > _MAX_SIDE_PX:
        raise UserError(f"recipe {recipe.name}: a picture would be {w} x {h} px; lower its dpi or angles")
    scale = np.diag([px_per_mm, px_per_mm, 1.0, 1.0])
    scale[:2, 3] = -np.round(low * px_per_mm) - 0.5  # a page that lies straight keeps its pixels
    return scale @ pose, (w, h)


def _seen(surface: Surface, pose: Pose, size: tuple[int, int], nodes_px: Points) -> tuple[Surface, Field]:
    """The surface, as much flatter as it must be for nothing of it to hide anything else, and its field."""
    seen = see(surface, pose, size, nodes_px)
    while not seen.unfolded(surface.sheet.size_mm):
        surface = bend(surface.sheet, surface.relief * FLATTER)
        seen = see(surface, pose, size, nodes_px)
    return surface, seen


def _nodes(recipe: Recipe, size: tuple[int, int], stream: Stream) -> Points:
    """What lenses make of the nodes of a field."""
    nodes = field_nodes(size)
    for stage, step in reversed(stages(recipe)):
        if isinstance(step, Optical):
            nodes = step.refract(nodes, size, stream(stage))
    return nodes


def _lit(recipe: Recipe, size: tuple[int, int], stream: Stream) -> Lit | None:
    """The light of all lamps, and what shadows leave of it."""
    steps = [(stage, step) for stage, step in stages(recipe) if isinstance(step, Lighting)]
    lights, shadows = (
        [shone(step, size, stream(stage)) for stage, step in steps if step.shadow == shadow] for shadow in (False, True)
    )
    dark = darkest(shadows, size)
    return multiplied([*lights, *([dark] if dark else [])], size)


def _things(recipe: Recipe, setting: Setting, stream: Stream) -> tuple[Thing, ...]:
    steps = [(stage, step) for stage, step in stages(recipe) if isinstance(step, Placing)]
    return tuple(thing for stage, step in steps for thing in step.place(setting, stream(stage)))


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

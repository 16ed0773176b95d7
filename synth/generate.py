"""The heart of it: (recipe, record, seed, index) -> Sample, a pure function."""

from __future__ import annotations

import platform
import zlib
from dataclasses import fields, replace
from functools import cache, partial
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from synth.catalogue import find_layout
from synth.contrast import contrast_at, lost
from synth.degrade.capture.codec import Png
from synth.degrade.capture.plugin import Albumentations, Imgaug
from synth.degrade.covers.cover import hidden_by, lay_covers
from synth.degrade.paper.tint import TINT_PER_MM, Tinting, apply_tint
from synth.degrade.printers.printer import AnyPrinter, Print
from synth.degrade.scene.thing import hidden_under
from synth.degrade.sheet.crack import crack
from synth.degrade.step import Imprint
from synth.draw import Picture, draw_bare
from synth.errors import UserError
from synth.field import Field, as_field, far_away, field_nodes, sample_paper
from synth.geometry import Points, compose, invert, local_scale, outline, raster_map, sample_image
from synth.labels import inside, make_marks
from synth.layout import Layout
from synth.page import Page, Strip, lay_out
from synth.ranges import draw, pick
from synth.recipe import Recipe
from synth.record import EcgRecord
from synth.recorder import record_as_received
from synth.sample import Sample, Trace
from synth.scenery import blown_out, expose, set_scene
from synth.style import draw_style
from synth.view import Step, Stream, View, look, stages

#: Line width of `bare` pages, before it is made a whole number of pixels.
BARE_MM = 0.4
_LIBRARIES = ("ecgpaper", "numpy", "scipy", "opencv-python-headless", "matplotlib", "pillow")
_version = cache(version)
_MAX_PRINT_PX = 30_000  # OpenCV's own limit is 32,767


def stream(seed: int, index: int, stage: str) -> np.random.Generator:
    """The one generator of a stage of a sample: independent of every other stage, sample and seed."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(index, zlib.crc32(stage.encode()))))


def generate(recipe: Recipe, record: EcgRecord, *, seed: int, index: int, bare: bool = False) -> Sample:
    """Make sample `index` of a run; the same inputs and versions give the same pixels, whoever makes it.

    Args:
        recipe: What kind of picture.
        record: What is printed; its first seconds, as many as the layout shows.
        seed: Seed of the run, >= 0.
        index: Index of the sample, >= 0.
        bare: Draw the traces alone, about `BARE_MM` wide, black on white, through the same geometry, without any
            print or photometric step, stored as PNG: what label checks measure. Covers and things of the
            whole page hide samples on it, too.
    """
    layout = _choose_layout(recipe, stream(seed, index, "layout"))
    layout = recipe.settings.applied(layout, stream(seed, index, "settings"))
    style = draw_style(recipe.style, layout, stream(seed, index, "style"))
    received = record_as_received(record, recipe.recorder, stream(seed, index, "recorder"))
    page = lay_out(received, layout, style, stream(seed, index, "text"))
    if not page.strips:
        raise UserError(f"{record.name}: has nothing to print as {layout.name}: {_nothing(record, layout)}")
    printer = pick(recipe.printers, stream(seed, index, "printer"))
    view = look(recipe, layout, printer, partial(stream, seed, index))
    to_px = view.to_px
    desk_rng = stream(seed, index, "desk")
    background = 1.0 if bare else draw(recipe.desk, desk_rng)
    scale = float(local_scale(to_px, np.array([layout.page_mm]) / 2.0)[0])
    bare_mm = _bare_mm(scale) if bare else None
    strips_mm = np.concatenate([strip.xy_mm for strip in page.strips])
    printed = _printed(page, view, bare_mm or printer, partial(stream, seed, index))
    gone = np.zeros(len(strips_mm), dtype=np.bool_)
    if not bare:
        on_print = printed.px_per_mm * strips_mm - 0.5, printed.px_per_mm
        fresh = contrast_at(printed.image, *on_print)
        printed = _aged(printed, page, view, stages(recipe), partial(stream, seed, index))
        gone = lost(fresh, contrast_at(printed.image, *on_print))
    image, places = _pictured(printed, page, view, background), to_px.forward(strips_mm)
    hidden = gone | _hidden(view, strips_mm, places)
    if not bare:
        before = contrast_at(image, places, scale)
        image = set_scene(image, view, pick(recipe.desks, desk_rng), background, desk_rng)
        image = expose(image, view, stages(recipe), partial(stream, seed, index))
        hidden |= lost(before, contrast_at(image, places, scale)) | blown_out(image, view, places)
    codec = Png() if bare else recipe.codec
    # a PNG is made when it is written: it holds the very same pixels
    stored = b"" if isinstance(codec, Png) else codec.encode(image, stream(seed, index, "codec"))
    return Sample(
        size_px=view.size,
        pixels=None if stored else image,
        traces=_traces(page, view, places, hidden, bare_mm),
        marks=make_marks(page, printed.words, to_px),
        map=to_px,
        layout=layout.name,
        speed_mm_s=layout.speed_mm_s,
        gain_mm_mv=layout.gain_mm_mv,
        page_mm=layout.page_mm,
        t0_mm=page.t0_mm,
        grid_box_mm=page.grid_box_mm,
        grid_origin_mm=page.grid_origin_mm,
        grid_pitch_mm=layout.grid.pitch_mm,
        grid_raster_dpi=layout.grid.raster_dpi,
        grid_turn_deg=style.grid_turn_deg,
        px_per_mm=scale,
        fs_hz=record.fs_hz,
        duration_s=layout.duration_s,
        record=record.name,
        recipe=recipe,
        seed=seed,
        index=index,
        versions=versions(recipe),
        stored=stored,
        suffix=codec.suffix,
    )


def _nothing(record: EcgRecord, layout: Layout) -> str:
    """Why a record has nothing to print, and the cure."""
    shown = {lead.removeprefix("-") for row in (*layout.rows, layout.rhythm) for lead in row}
    if not shown.intersection(record.leads):
        return f"it has {', '.join(record.leads)} alone; choose another layout"
    return f"no lead has a valid sample in the {layout.duration_s:g} s of the page; give a longer record"


def versions(recipe: Recipe | None = None) -> dict[str, str]:
    """Versions of everything that decides pixels, with those of other libraries whose steps a recipe names."""
    steps = recipe.capture if recipe is not None else ()
    plugins = {"albumentations" for step in steps if isinstance(step, Albumentations)}
    plugins |= {"imgaug" for step in steps if isinstance(step, Imgaug)}
    return {"python": platform.python_version()} | {name: _version(name) for name in (*_LIBRARIES, *sorted(plugins))}


def _choose_layout(recipe: Recipe, rng: np.random.Generator) -> Layout:
    if recipe.layout is not None:
        return recipe.layout
    return find_layout(pick(recipe.layout_names, rng))


def _printed(page: Page, view: View, printer: AnyPrinter | float, stage: Stream) -> Print:
    """The page, printed finely enough for the largest scale in the picture.

    Instead of a printer, the width in mm of the traces of a bare page.
    """
    page_mm = page.layout.page_mm
    px_per_mm = float(local_scale(view.to_px, _places(page_mm)).max())
    if max(page_mm) * px_per_mm > _MAX_PRINT_PX:
        said = f"a print of {max(page_mm) * px_per_mm:.0f} px would be needed for what lies nearest"
        raise UserError(f"{said}; lower the recipe's dpi, or lean its camera less")
    if isinstance(printer, float):
        return Print(draw_bare(page, px_per_mm, printer), px_per_mm, ())
    return printer.press(page, px_per_mm, stage("print"))


def _aged(printed: Print, page: Page, view: View, steps: list[tuple[str, Step]], stage: Stream) -> Print:
    """The print with what is written on it or washed out of it, under every tint, cover and crease of its paper."""
    image = printed.image
    for name, step in steps:
        if isinstance(step, Imprint):
            image = step.mark(image, printed.px_per_mm, stage(name))
    shape = tuple(max(2, round(side * TINT_PER_MM)) for side in page.layout.page_mm[::-1])
    tints = [step.tint((shape[0], shape[1]), stage(name)) for name, step in steps if isinstance(step, Tinting)]
    image = apply_tint(image, np.prod(tints, axis=0)) if tints else image
    lay_covers(image, view.covers, printed.px_per_mm)
    crack(image, view.creases, printed.px_per_mm, stage("sheet.creases"))
    return replace(printed, image=image)


def _pictured(printed: Print, page: Page, view: View, background: float) -> Picture:
    """The print before a plain desk, sampled once."""
    grey = (255.0 * background,) * 3
    paper_px = printed.image.shape[1], printed.image.shape[0]
    field = view.to_px
    if not isinstance(field, Field):
        field = as_field(field.inverse(field_nodes(view.size)), view.size)
    if field is view.to_px or far_away(field, printed.px_per_mm, paper_px):
        return sample_paper(printed.image, printed.px_per_mm, field, view.size, grey)
    on_print, places = raster_map(printed.px_per_mm), _places(page.layout.page_mm)
    same = printed.image.shape[1::-1] == view.size
    if same and np.allclose(view.to_px.forward(places), on_print.forward(places), atol=1e-9):
        return printed.image
    return sample_image(printed.image, compose([invert(view.to_px), on_print]), view.size, grey)


def _places(page_mm: tuple[float, float]) -> Points:
    return np.concatenate([outline(page_mm), [np.array(page_mm) / 2.0]])


def _bare_mm(px_per_mm: float) -> float:
    """The whole number of pixels nearest to `BARE_MM`, at least 2: only of such a line is the centroid its centre.

    The coverages of the pixels across a line 1.57 px wide have their centroid up to 0.07 px beside its centre,
    however exactly it is drawn.
    """
    return max(2, round(BARE_MM * px_per_mm)) / px_per_mm


def _hidden(view: View, places_mm: Points, places_px: Points) -> NDArray[np.bool_]:
    """Which places of the paper lie under something, or are gone."""
    return np.asarray(hidden_by(view.covers, places_mm) | hidden_under(view.things, places_px))


def _traces(
    page: Page, view: View, places: Points, hidden: NDArray[np.bool_], width_mm: float | None
) -> tuple[Trace, ...]:
    traces = []
    cuts = np.cumsum([len(strip.xy_mm) for strip in page.strips])[:-1]
    for strip, xy_px, hidden_here in zip(page.strips, np.split(places, cuts), np.split(hidden, cuts), strict=True):
        visible = inside(xy_px, view.size) & ~hidden_here
        known = {
            field.name: getattr(strip, field.name) for field in fields(Strip) if field.name not in ("xy_mm", "width_mm")
        }
        width = strip.width_mm if width_mm is None else width_mm
        traces.append(Trace(xy_px=xy_px, visible=visible, width_mm=width, **known))
    return tuple(traces)

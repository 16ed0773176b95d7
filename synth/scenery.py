"""Scenery: the sheet among what lies around it, under it and over it, in the light of the scene."""

from __future__ import annotations

import numpy as np

from synth.degrade.blend import tinted
from synth.degrade.desk import Desk, draw_desk, lay_on_desk, shade_lid
from synth.degrade.laying import cast_shade, shadow_shift
from synth.degrade.screen import Panel
from synth.degrade.step import Picture
from synth.degrade.thing import filled, lay_thing
from synth.geometry import Points, local_scale, outline
from synth.view import View

_SHADOW = 0.5  # fraction of light lost under the rim of the sheet


def set_scene(image: Picture, view: View, kind: Desk, grey: float, rng: np.random.Generator) -> Picture:
    """The picture of the sheet alone, in full light, with everything else in it.

    Args:
        image: The sheet before a plain desk.
        view: How it is seen, and what else is.
        kind: What the desk is made of.
        grey: Its brightness, in [0, 1].
        rng: Draws the desk.
    """
    if view.panel is not None:
        image = _on_screen(image, view, view.panel, draw_desk(kind, grey, view.size, rng))
    else:
        image = _on_desk(image, view, kind, grey, rng)
    if view.light is not None:
        image = view.light.fall_on(image)
    for thing in view.things:
        if not thing.under:
            lay_thing(image, thing, view.lamps)
    return image


def _on_desk(image: Picture, view: View, kind: Desk, grey: float, rng: np.random.Generator) -> Picture:
    """The desk and what lies on it around the sheet and in its holes; a bare plain desk is there already."""
    holes = [view.to_px.forward(cover.outline_mm) for cover in view.covers if cover.colour is None]
    below = [thing for thing in view.things if thing.under]
    if kind == "plain" and not holes and not below:
        return image
    desk = draw_desk(kind, grey, view.size, rng)
    for thing in below:
        lay_thing(desk, thing)
    edge = view.to_px.forward(outline(view.setting.page_mm, 64))
    if kind == "lid":
        desk = shade_lid(desk, edge, rng)
    elif kind != "plain" or below:
        desk = _shaded(desk, view, edge)
    return lay_on_desk(image, desk, edge, holes)


def _on_screen(image: Picture, view: View, panel: Panel, desk: Picture) -> Picture:
    """The screen that shows the page, in its frame before the desk."""
    shown = panel.show(image, view.setting.page_mm, view.to_px)
    if panel.bezel_mm is None:
        return shown
    return lay_on_desk(shown, panel.frame(desk, view.to_px), view.to_px.forward(panel.edge_mm))


def _shaded(desk: Picture, view: View, edge: Points) -> Picture:
    """The shadow of the sheet on what it lies on: the higher its rim, the wider and softer."""
    setting = view.setting
    scale = float(local_scale(setting.plane, np.array([setting.page_mm]) / 2.0)[0])
    away = shadow_shift(setting, setting.plane, view.lift_mm)
    sheet = filled(edge, (0, 0, *view.size))
    shade = cast_shade(sheet, away, 0.8 * view.lift_mm * scale, _SHADOW)
    return tinted(desk, shade)

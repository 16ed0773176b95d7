"""Scenery: the sheet among what lies around it, under it and over it, in the light of the scene."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.degrade.blend import laid_over, lay_on_desk, tinted
from synth.degrade.printers.screen import Panel
from synth.degrade.scene.desk import Desk, draw_desk, shade_lid
from synth.degrade.scene.laying import cast_shade, shadow_shift
from synth.degrade.scene.thing import Plane, Thing, Window, clip_window, filled, fixed_point, lay_thing
from synth.degrade.step import Photometric, Picture
from synth.field import spread_in
from synth.geometry import Points, local_scale, outline
from synth.view import Step, Stream, View

_SHADOW = 0.5  # fraction of light lost under the rim of the sheet
_LEAST_GLARE = 0.004  # that is seen, white being 1
_METERED, _MOST_GAIN = 240.0, 3.0  # what a camera makes of what is bright, of 255; and by how much at most
_METER_PX = 16  # between the pixels that its meter sees
_WHITE = 250  # of 255 in all channels: blown out


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


def expose(image: Picture, view: View, steps: Sequence[tuple[str, Step]], stream: Stream) -> Picture:
    """The picture after every photometric step in order; glare comes after the last one that sets the exposure.

    What that one is set to is an error about what a camera's meter says.
    """
    photometric = [(stage, step) for stage, step in steps if isinstance(step, Photometric)]
    exposed = max((k + 1 for k, (_, step) in enumerate(photometric) if step.exposes), default=0)
    metered = any(step.meters for _, step in photometric)
    for k, (stage, step) in enumerate(photometric):
        if metered and k + 1 == exposed:
            image = _metered(image)
        if k == exposed:
            _add_glare(image, view)
        image = step.expose(image, stream(stage))
    if exposed == len(photometric):
        _add_glare(image, view)
    return image


def _metered(image: Picture) -> Picture:
    """The picture as bright as a camera makes what lies before it, paper and all, without washing it out."""
    bright = float(np.percentile(image[::_METER_PX, ::_METER_PX].max(axis=2), 90.0))
    gain = min(_METERED / max(bright, 1.0), _MOST_GAIN)
    return np.asarray(cv2.convertScaleAbs(image, alpha=gain), dtype=np.uint8)


def _add_glare(image: Picture, view: View) -> None:
    """Add what the sheet mirrors, in place: not on things over it, nor where the desk is seen."""
    if view.glare is None:
        return
    bright = np.argwhere(view.glare.nodes.max(axis=2) > _LEAST_GLARE)
    if not len(bright):
        return
    stride = view.glare.stride_px
    low, high = (bright.min(axis=0)[::-1] - 2) * stride, (bright.max(axis=0)[::-1] + 1) * stride
    window = clip_window(np.array([low, high], dtype=np.float64), view.size, 0.0)
    if window is None:
        return
    added = spread_in(np.minimum(255.0 * view.glare.nodes, 255.0).astype(np.uint8), window, stride)
    mirror = filled(view.to_px.forward(outline(view.setting.page_mm, 64)), window)
    for cover in view.covers:
        if cover.colour is None:
            hole = fixed_point(view.to_px.forward(cover.outline_mm) - window[:2])
            cv2.fillPoly(mirror, [hole], 0.0, cv2.LINE_AA, 4)
    for thing in view.things:
        if not thing.under:
            _hide(mirror, window, thing)
    part = image[window[1] : window[3], window[0] : window[2]]
    part[:] = cv2.add(part, tinted(added, mirror))


def _hide(mirror: Plane, window: Window, thing: Thing) -> None:
    """Take what a thing covers out of a window, in place."""
    h, w = thing.cover.shape
    left, top = max(window[0], thing.left), max(window[1], thing.top)
    right, bottom = min(window[2], thing.left + w), min(window[3], thing.top + h)
    if left < right and top < bottom:
        part = mirror[top - window[1] : bottom - window[1], left - window[0] : right - window[0]]
        part[:] = cv2.subtract(
            part, thing.cover[top - thing.top : bottom - thing.top, left - thing.left : right - thing.left]
        )


def blown_out(image: Picture, view: View, points_px: Points) -> NDArray[np.bool_]:
    """Which points (n, 2) of the finished picture glare has washed out: they and their neighbours are white."""
    white = np.zeros(len(points_px), dtype=np.bool_)
    if view.glare is None:
        return white
    x, y = (np.round(points_px[:, axis]).astype(np.intp) for axis in (0, 1))
    w, h = view.size
    near = np.flatnonzero((x >= 0) & (x < w) & (y >= 0) & (y < h))
    stride = view.glare.stride_px
    near = near[view.glare.nodes[y[near] // stride + 1, x[near] // stride + 1].max(axis=1) > _LEAST_GLARE]
    darkest = np.full(len(near), 255, dtype=np.uint8)
    for dx, dy in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)):
        seen = image[np.clip(y[near] + dy, 0, h - 1), np.clip(x[near] + dx, 0, w - 1)]
        darkest = np.minimum(darkest, seen.min(axis=1))
    white[near] = darkest >= _WHITE
    return white


def _on_desk(image: Picture, view: View, kind: Desk, grey: float, rng: np.random.Generator) -> Picture:
    """The desk and what lies on it around the sheet and in its holes; a bare plain desk is there already."""
    holes = [view.to_px.forward(cover.outline_mm) for cover in view.covers if cover.colour is None]
    below = [thing for thing in view.things if thing.under]
    if kind == "plain" and not holes and not below:
        return image
    edge = view.to_px.forward(outline(view.setting.page_mm, 64))
    if kind == "lid":
        return lay_on_desk(image, shade_lid(draw_desk(kind, grey, view.size, rng), edge, rng, holes), edge, holes)
    windows = ((0, 0, *view.size),) if holes else view.setting.beside
    desk = draw_desk(kind, grey, view.size, rng, windows)
    for thing in below:
        lay_thing(desk, thing)
    for left, top, right, bottom in windows:
        part = desk[top:bottom, left:right]
        shade, cover = _sheet_over(view, edge, holes, (left, top, right, bottom))
        part[:] = tinted(part, shade) if kind != "plain" or below else part
        image[top:bottom, left:right] = laid_over(part, image[top:bottom, left:right], cover)
    return image


def _on_screen(image: Picture, view: View, panel: Panel, desk: Picture) -> Picture:
    """The screen that shows the page, in its frame before the desk."""
    shown = panel.show(image, view.setting.page_mm, view.to_px)
    if panel.bezel_mm is None:
        return shown
    return lay_on_desk(shown, panel.frame(desk, view.to_px), view.to_px.forward(panel.edge_mm))


def _sheet_over(view: View, edge: Points, holes: Sequence[Points], window: Window) -> tuple[Plane, Plane]:
    """Light that the sheet leaves around it, the higher its rim, the softer; and what it covers. Holes cast nothing."""
    setting = view.setting
    scale = float(local_scale(setting.plane, np.array([setting.page_mm]) / 2.0)[0])
    away, sigma = shadow_shift(setting, setting.plane, view.lift_mm), 0.8 * view.lift_mm * scale
    reach = int(3.0 * sigma + np.abs(away).max()) + 1
    left, top, right, bottom = window
    wide = filled(edge, (left - reach, top - reach, right + reach, bottom + reach))
    for hole in holes:
        cv2.fillPoly(wide, [fixed_point(hole - (left - reach, top - reach))], 0.0, cv2.LINE_AA, 4)
    inner = (slice(reach, reach + bottom - top), slice(reach, reach + right - left))
    shade = cast_shade(wide, away, sigma, _SHADOW)
    return np.ascontiguousarray(shade[inner]), np.ascontiguousarray(wide[inner])

"""What a screen shows around a page: the window of a viewer and the bar of the desktop, in the screen's pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from synth.assets import shipped
from synth.degrade.step import Picture
from synth.ranges import pick

Colour = tuple[int, int, int]

_FONTS = ("roboto-400", "arimo-400")
_APPS = ("Document viewer", "Pictures", "ECG viewer", "Chart review", "Browser", "Records")
_STEMS = ("ecg", "scan", "record", "EKG", "page", "resting", "12-lead", "export")
_PAGES = ("1 / 1", "1 / 2", "1 of 1", "1 of 2", "Page 1", "3 of 7")
_ZOOMS = ("100%", "125%", "83%", "67%", "150%", "Fit", "Fit width")
_LETTERS = "ABCDEFGHKLMNPQRSTVWX"
_MENU = "File     Edit     View     Tools     Window     Help"
#: Bars, text on them, what lies behind the page, what marks buttons.
_THEMES: tuple[tuple[Colour, Colour, Colour, Colour], ...] = (
    ((243, 243, 243), (40, 40, 40), (230, 230, 230), (110, 110, 110)),
    ((250, 250, 250), (60, 60, 60), (82, 86, 89), (120, 120, 120)),
    ((50, 54, 57), (235, 235, 235), (82, 86, 89), (190, 190, 190)),
    ((32, 32, 32), (220, 220, 220), (24, 24, 24), (150, 150, 150)),
    ((222, 226, 232), (20, 20, 30), (128, 128, 128), (70, 90, 130)),
    ((255, 255, 255), (50, 50, 50), (255, 255, 255), (140, 140, 140)),
)
_ACCENTS: tuple[Colour, ...] = ((0, 103, 192), (196, 43, 28), (16, 124, 16), (240, 160, 30), (120, 80, 180))


@dataclass(frozen=True)
class Room:
    """Pixels between the page and each edge of the screen.

    Attributes:
        left: To the left of the page; and so on.
        top: Title, menu and tools of the window, and a gap.
        right: Ends with a scroll bar.
        bottom: A gap and the desktop's bar.
        bars: Heights of title, menu, tools and of the desktop's bar; 0 where there is none.
    """

    left: int
    top: int
    right: int
    bottom: int
    bars: tuple[int, int, int, int]


def draw_room(rng: np.random.Generator) -> Room:
    """What lies around the page on one screen."""
    title, tools = int(rng.integers(24, 37)), int(rng.integers(30, 52))
    menu = 22 if rng.uniform() < 0.4 else 0
    bar = int(rng.integers(38, 52)) if rng.uniform() < 0.75 else 0
    side = int(rng.integers(110, 240)) if rng.uniform() < 0.35 else 0
    gaps = rng.integers(4, 60, 4)
    return Room(
        left=side + int(gaps[0]),
        top=title + menu + tools + int(gaps[1]) // 3,
        right=int(gaps[2]) + 14,
        bottom=int(gaps[3]) // 2 + bar,
        bars=(title, menu, tools, bar),
    )


def draw_window(page_px: tuple[int, int], room: Room, rng: np.random.Generator) -> Picture:
    """The whole screen with white paper where the page comes, (H, W, 3).

    Args:
        page_px: (width, height) of the page on the screen.
        room: What is around it.
        rng: Draws theme, names and buttons.
    """
    bars, text, behind, marks = pick(_THEMES, rng)
    w, h = room.left + page_px[0] + room.right, room.top + page_px[1] + room.bottom
    title, menu, tools, bar = room.bars
    screen = Image.new("RGB", (w, h), behind)
    pen = ImageDraw.Draw(screen)
    font = pick(_FONTS, rng)
    shade = tuple(max(0, value - 45) for value in behind)
    page = (room.left, room.top, room.left + page_px[0], room.top + page_px[1])
    pen.rectangle((page[0] - 2, page[1] - 1, page[2] + 2, page[3] + 3), fill=shade)
    pen.rectangle((page[0], page[1], page[2] - 1, page[3] - 1), fill="white")
    pen.rectangle((0, 0, w, title + menu + tools - 1), fill=bars)
    pen.line((0, title + menu + tools, w, title + menu + tools), fill=shade)
    name = f"{pick(_STEMS, rng)}_{rng.integers(10, 99999)}.{pick(('pdf', 'png', 'tif', 'xml'), rng)}"
    pen.text((12 if rng.uniform() < 0.6 else w // 2 - 90, title // 2), f"{name} - {pick(_APPS, rng)}", text,
             _font(font, 13), "lm")  # fmt: skip
    _buttons(pen, w, title, marks, rng)
    if menu:
        pen.text((12, title + menu // 2), _MENU, text, _font(font, 13), "lm")
    _tools(pen, (0, title + menu, w, title + menu + tools), (text, marks), _font(font, 13), rng)
    _beside(pen, (0, title + menu + tools, w, h - bar), room, (bars, marks), rng)
    if bar:
        _desktop(pen, (0, h - bar, w, h), _font(font, 12), rng)
    return np.asarray(screen, dtype=np.uint8)


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(shipped(f"data/fonts/{name}.ttf")), size)


def _buttons(pen: ImageDraw.ImageDraw, width: int, height: int, marks: Colour, rng: np.random.Generator) -> None:
    """Minimise, maximise, close: strokes at the right, or three discs at the left."""
    y = height // 2
    if rng.uniform() < 0.3:
        for x, colour in zip((14, 34, 54), ((237, 106, 94), (245, 191, 79), (98, 197, 84)), strict=True):
            pen.ellipse((width - x - 6, y - 6, width - x + 6, y + 6), fill=colour)
        return
    x = width - 112
    pen.line((x - 5, y, x + 5, y), fill=marks)
    pen.rectangle((x + 41, y - 5, x + 51, y + 5), outline=marks)
    pen.line((x + 87, y - 5, x + 97, y + 5), fill=marks)
    pen.line((x + 87, y + 5, x + 97, y - 5), fill=marks)


def _tools(
    pen: ImageDraw.ImageDraw,
    box: tuple[int, int, int, int],
    colours: tuple[Colour, Colour],
    font: ImageFont.FreeTypeFont,
    rng: np.random.Generator,
) -> None:
    """Three groups of marks, no two alike, and between them what page and zoom are shown."""
    left, top, right, bottom = box
    y, x = (top + bottom) // 2, left + 18
    words = [pick(said, rng) for said in (_PAGES, _ZOOMS)]
    said = [*(words if rng.uniform() < 0.6 else words[::-1]), ""]
    for group, word in zip(np.split(rng.permutation(8), np.sort(rng.integers(1, 8, 2))), said, strict=True):
        for kind in group:
            if x < right - 30:
                _mark(pen, (x, y), int(kind), colours[1])
            x += int(rng.integers(26, 32))
        if word and x + font.getlength(word) < right - 30:
            pen.text((x, y), word, colours[0], font, "lm")
            x += round(font.getlength(word)) + 24
        x += int(rng.integers(10, 160))


def _mark(pen: ImageDraw.ImageDraw, at: tuple[int, int], kind: int, colour: Colour) -> None:
    """One of eight marks: a frame, lenses with + and -, lines, arrows back and on, a disk, a bell."""
    x, y = at
    if kind == 0:
        pen.rounded_rectangle((x - 7, y - 7, x + 7, y + 7), 3, outline=colour)
    elif kind < 3:
        pen.ellipse((x - 7, y - 7, x + 5, y + 5), outline=colour)
        pen.line((x + 4, y + 4, x + 8, y + 8), fill=colour, width=2)
        pen.line((x - 4, y - 1, x + 2, y - 1), fill=colour)
        if kind == 1:
            pen.line((x - 1, y - 4, x - 1, y + 2), fill=colour)
    elif kind == 3:
        for k in (-4, 0, 4):
            pen.line((x - 7, y + k, x + 7, y + k), fill=colour)
    elif kind < 6:
        way = 1 if kind == 4 else -1
        pen.line((x + 4 * way, y - 6, x - 3 * way, y, x + 4 * way, y + 6), fill=colour, width=2)
    elif kind == 6:
        pen.rectangle((x - 7, y - 7, x + 7, y + 7), outline=colour)
        pen.rectangle((x - 4, y, x + 4, y + 7), fill=colour)
    else:
        pen.polygon((x - 6, y + 4, x, y - 7, x + 6, y + 4), outline=colour)
        pen.ellipse((x - 2, y + 5, x + 2, y + 8), fill=colour)


def _beside(
    pen: ImageDraw.ImageDraw,
    box: tuple[int, int, int, int],
    room: Room,
    colours: tuple[Colour, Colour],
    rng: np.random.Generator,
) -> None:
    """A column of small pages at the left, where there is room, and a scroll bar at the right."""
    left, top, right, bottom = box
    wide = room.left - 60
    if wide > 60:
        pen.rectangle((left, top, wide + 20, bottom), fill=colours[0])
        for k in range(int(rng.integers(1, 4))):
            y, high = top + 16 + k * (wide * 3 // 4 + 26), wide * 3 // 4
            if y + high < bottom:
                pen.rectangle((14, y, wide, y + high), fill=(250, 245, 245), outline=colours[1])
    pen.rectangle((right - 13, top, right, bottom), fill=colours[0])
    length = max(12, int((bottom - top) * rng.uniform(0.3, 0.95)))
    pen.rounded_rectangle((right - 10, top + 4, right - 4, top + length), 3, fill=colours[1])


def _desktop(
    pen: ImageDraw.ImageDraw, box: tuple[int, int, int, int], font: ImageFont.FreeTypeFont, rng: np.random.Generator
) -> None:
    """The desktop's bar: a few programs, each with a letter, and the time."""
    left, top, right, bottom = box
    dark = rng.uniform() < 0.6
    pen.rectangle(box, fill=(28, 32, 40) if dark else (236, 240, 245))
    y, x = (top + bottom) // 2, left + int(rng.choice([14, (right - left) // 3]))
    for _ in range(int(rng.integers(4, 11))):
        pen.rounded_rectangle((x, y - 11, x + 22, y + 11), 4, fill=pick(_ACCENTS, rng))
        pen.text((x + 11, y), pick(_LETTERS, rng), (255, 255, 255), font, "mm")
        x += 40
    ink = (230, 230, 230) if dark else (40, 40, 40)
    clock = f"{rng.integers(0, 24):02d}:{rng.integers(0, 60):02d}"
    pen.text((right - 14, y - 8), clock, ink, font, "rm")
    day = f"{rng.integers(1, 29):02d}.{rng.integers(1, 13):02d}.{rng.integers(2009, 2026)}"
    pen.text((right - 14, y + 8), day, ink, font, "rm")

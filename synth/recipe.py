"""Recipe: one kind of picture as typed data, loaded strictly from TOML."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from synth.assets import shipped
from synth.catalogue import CATALOGUE, COMPETITION, find_layout
from synth.cure import cure
from synth.degrade.capture.codec import Codec, Png
from synth.degrade.capture.steps import CaptureStep
from synth.degrade.covers.steps import AnyCover
from synth.degrade.paper.steps import AnyPaperStep
from synth.degrade.printers.printer import AnyPrinter, Ideal
from synth.degrade.scene.desk import Desk
from synth.degrade.scene.steps import SceneStep
from synth.degrade.sheet.steps import AnySheetStep
from synth.errors import UserError
from synth.layout import Layout
from synth.ranges import Range, check_range, scaled
from synth.recorder import Recorder
from synth.settings import Settings
from synth.style import Style

_NAME = re.compile(r"[A-Za-z0-9+_-]+")
_MAX_BYTES = 1_000_000

T = TypeVar("T")


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that decides what a page looks like, but for the record, the seed and the index.

    Attributes:
        name: Letters, digits, `+`, `_`, `-`.
        about: One line for people.
        layouts: Names of the catalogue's layouts, `all` for every one; each page draws one.
        layout: A layout of one's own instead.
        settings: How often pages are printed at other settings than their format's own.
        recorder: What happens to the signal before it is printed.
        dpi: Pixels per inch of paper, at the page's centre, in the finished picture; in [50, 1200].
        frame: Margin around the page in the picture, in widths of the page; negative cuts the page.
        crop: What is cut off each side of the picture, drawn anew for each, in widths or heights of the page; in
            [0, 0.4].
        desks: What lies around the page; each page draws one.
        desk: Grey of a plain desk, or brightness of another, in [0, 1].
        style: What varies in print.
        printers: What prints; each page draws one.
        paper: Steps that tint the paper and the print on it.
        covers: What covers paper or is cut out of it.
        sheet: Steps that bend the sheet; they add up.
        scene: Steps on the scene, in order.
        capture: Steps of the capture, in order.
        codec: How the picture is stored.
    """

    name: str
    about: str = ""
    layouts: tuple[str, ...] = (COMPETITION.name,)
    layout: Layout | None = None
    settings: Settings = Settings()
    recorder: Recorder = Recorder()
    dpi: Range = (200.0, 200.0)
    frame: Range = (0.0, 0.0)
    crop: Range = (0.0, 0.0)
    desks: tuple[Desk, ...] = ("plain",)
    desk: Range = (0.0, 0.0)
    style: Style = Style()
    printers: tuple[AnyPrinter, ...] = (Ideal(),)
    paper: tuple[AnyPaperStep, ...] = ()
    covers: tuple[AnyCover, ...] = ()
    sheet: tuple[AnySheetStep, ...] = ()
    scene: tuple[SceneStep, ...] = ()
    capture: tuple[CaptureStep, ...] = ()
    codec: Codec = Png()

    def __post_init__(self) -> None:
        """Refuse what no page can be made of."""
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"name {self.name!r} may hold only letters, digits, '+', '_' and '-'")
        unknown = [name for name in self.layouts if name not in CATALOGUE and name != "all"]
        if unknown or not self.layouts:
            raise ValueError(f"layouts must name some of {', '.join(CATALOGUE)}, or all; got {unknown or 'none'}")
        if not self.desks:
            raise ValueError("desks must name plain, wood, cloth, metal, laminate or lid; got none")
        if not self.printers:
            raise ValueError("printers must name at least one; leave it away for an ideal one")
        check_range("dpi", self.dpi, 50.0, 1200.0)
        check_range("frame", self.frame, -0.2, 1.0)
        check_range("crop", self.crop, 0.0, 0.4)
        check_range("desk", self.desk, 0.0, 1.0)

    @property
    def layout_names(self) -> tuple[str, ...]:
        """The catalogue's layouts that pages draw from."""
        return tuple(CATALOGUE) if "all" in self.layouts else self.layouts


def load_recipe(name_or_path: str) -> Recipe:
    """A shipped recipe by name, or any recipe by the path of its TOML file.

    Raises:
        UserError: One line: file, fault, place, cure.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        names = shipped_recipes()
        if name_or_path not in names:
            raise UserError(
                f"recipe {name_or_path!r} does not ship; there are {', '.join(names)}, or name a .toml file"
            )
        path = names[name_or_path]
    return decode_toml(path, Recipe)


def shipped_recipes() -> dict[str, Path]:
    """Name -> file of every recipe that ships."""
    return {path.stem: path for path in sorted(shipped("recipes").glob("*.toml"))}


def with_layout(recipe: Recipe, layout: str) -> Recipe:
    """The recipe drawing one layout only: one of the catalogue, by name, or any by the path of its TOML file.

    Raises:
        UserError: If the catalogue lacks it, or the file is none.
    """
    if layout.endswith(".toml"):
        return msgspec.structs.replace(recipe, layout=load_layout(layout))
    return msgspec.structs.replace(recipe, layouts=(load_layout(layout).name,), layout=None)


def load_layout(name_or_path: str) -> Layout:
    """A layout of the catalogue by name, or any by the path of its TOML file.

    Raises:
        UserError: If the catalogue lacks it, or the file is none.
    """
    if name_or_path.endswith(".toml"):
        return decode_toml(Path(name_or_path), Layout, "layouts")
    return find_layout(name_or_path)


def with_severity(recipe: Recipe, severity: float) -> Recipe:
    """The recipe made milder or worse: every range of its steps scaled by one number.

    Args:
        recipe: What it is at 0.5.
        severity: In [0, 1]. At 1 every range lies twice as far from where its step does nothing, as far as it may go;
            at 0 nothing happens to the page: an ideal printer, no step, a PNG of the page alone.

    Raises:
        UserError: If it is not in [0, 1].
    """
    if not 0.0 <= severity <= 1.0:
        raise UserError(f"severity {severity:g} is not in [0, 1]; 0.5 is the recipe itself, 0 the clean page")
    if severity == 0.0:
        clean = {
            "settings": Settings(),
            "recorder": Recorder(),
            "printers": (Ideal(),),
            "codec": Png(),
            "frame": (0.0, 0.0),
            "crop": (0.0, 0.0),
        }
        return msgspec.structs.replace(recipe, **clean, paper=(), covers=(), sheet=(), scene=(), capture=())
    factor = 2.0 * severity
    sections = ("printers", "paper", "covers", "sheet", "scene", "capture")
    changed = {name: tuple(scaled(step, factor) for step in getattr(recipe, name)) for name in sections}
    codec = recipe.codec if isinstance(recipe.codec, Png) else scaled(recipe.codec, factor)
    changed |= {name: scaled(getattr(recipe, name), factor) for name in ("settings", "recorder")}
    return msgspec.structs.replace(recipe, codec=codec, **changed)


def decode_toml(path: Path, kind: type[T], listed_by: str = "recipes") -> T:
    """Decode a TOML file strictly: unknown keys and values of a wrong type or range are refused.

    Args:
        path: The file.
        kind: What it holds.
        listed_by: Command that lists those that ship.

    Raises:
        UserError: One line: file, fault, place, cure.
    """
    raw = _read_toml(path, listed_by)
    if unbounded := next(_not_finite(raw, "$"), ""):
        raise UserError(f"{path}: Expected a finite number - at `{unbounded}`")
    try:
        return msgspec.convert(raw, type=kind)
    except msgspec.ValidationError as error:
        raise UserError(f"{path}: {error}{cure(str(error), kind, raw)}") from error


def _read_toml(path: Path, listed_by: str) -> object:
    """What a TOML file holds, unchecked; UserError where that is nothing."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UserError(f"{path}: larger than {_MAX_BYTES} bytes; that is no recipe or layout")
        return msgspec.toml.decode(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; `ecgpaper {listed_by}` lists those that ship") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is no UTF-8 text ({error.reason}, byte {error.start}); name a .toml file") from error
    except msgspec.DecodeError as error:
        raise UserError(f"{path}: {error}") from error
    except RecursionError as error:
        raise UserError(f"{path}: values within values without end; that is no recipe or layout") from error


def _not_finite(raw: object, place: str) -> Iterator[str]:
    """Where a file holds inf or nan."""
    if isinstance(raw, dict):
        for name, value in raw.items():
            yield from _not_finite(value, f"{place}.{name}")
    elif isinstance(raw, list):
        for index, value in enumerate(raw):
            yield from _not_finite(value, f"{place}[{index}]")
    elif isinstance(raw, float) and not math.isfinite(raw):
        yield place

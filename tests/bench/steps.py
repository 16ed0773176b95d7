"""What each step of a recipe costs: the methods that do its work are timed while pages are made."""

from __future__ import annotations

import functools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from inspect import isfunction
from typing import Any

import numpy as np

from synth.generate import generate
from synth.recipe import Recipe
from synth.record import EcgRecord

_METHODS = (
    "press", "mark", "tint", "cover", "shape", "shine", "place", "pose", "refract", "reflect", "expose", "encode",
)  # fmt: skip
_STAGES = {
    "synth.generate": (
        "lay_out", "look", "apply_tint", "lay_covers", "crack", "_pictured", "set_scene", "_traces", "make_marks",
    ),
    "synth.view": ("bend", "see", "shaded", "multiplied"),
}  # fmt: skip
_LIMIT_MS = 40.0

Spent = defaultdict[str, float]


def print_steps(recipe: Recipe, records: list[EcgRecord], pages: int) -> None:
    """CPU ms of every step and stage of a recipe, the dearest first, as a table.

    A step that a page happened not to draw counts with what it then costs. `look` holds the bending, the posing and
    the placing of things; `set_scene` the desk, the light and laying things on.
    """
    rows: dict[str, list[float]] = defaultdict(list)
    generate(recipe, records[0], seed=0, index=0)
    for index in range(1, pages + 1):
        spent: Spent = defaultdict(float)
        with _timed(recipe, spent):
            generate(recipe, records[index % len(records)], seed=0, index=index)
        for name, seconds in spent.items():
            rows[name].append(1000.0 * seconds)
    print(f"\n| step or stage of `{recipe.name}`, CPU ms | median | p90 | over {_LIMIT_MS:.0f} ms |\n|---|---|---|---|")
    table = {name: (float(np.median(ms)), float(np.percentile(ms, 90.0))) for name, ms in rows.items()}
    for name, (median, p90) in sorted(table.items(), key=lambda row: -row[1][0]):
        print(f"| {name} | {median:.1f} | {p90:.1f} | {'yes' if median > _LIMIT_MS else ''} |")


@contextmanager
def _timed(recipe: Recipe, spent: Spent) -> Iterator[None]:
    """Add up what is spent in the steps of a recipe and in the stages between."""
    changed: list[tuple[Any, str, Any]] = []
    sections = (recipe.printers, recipe.paper, recipe.covers, recipe.sheet, recipe.scene, recipe.capture)
    for kind in {type(step) for section in sections for step in section} | {type(recipe.codec)}:
        for method in _METHODS:
            owner = next((base for base in kind.__mro__ if isfunction(vars(base).get(method))), None)
            if owner is not None and not any((owner, method) == known[:2] for known in changed):
                label = f"{kind.__module__.rsplit('.', 1)[-1]}.{kind.__name__}"
                changed.append((owner, method, vars(owner)[method]))
                setattr(owner, method, _clocked(vars(owner)[method], label, spent))
    for module_name, names in _STAGES.items():
        module = import_module(module_name)
        for name in names:
            changed.append((module, name, vars(module)[name]))
            setattr(module, name, _clocked(vars(module)[name], f"stage {name.strip('_')}", spent))
    try:
        yield
    finally:
        for owner, name, old in changed:
            setattr(owner, name, old)


def _clocked(work: Callable[..., Any], label: str, spent: Spent) -> Callable[..., Any]:
    @functools.wraps(work)
    def clocked(*args: Any, **named: Any) -> Any:
        start = time.process_time()
        try:
            return work(*args, **named)
        finally:
            spent[label] += time.process_time() - start

    return clocked

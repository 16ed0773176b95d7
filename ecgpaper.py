"""The command `ecgpaper`: what a user may ask for. The work is done in synth, infer and train.

The only file that imports all three, and inside its functions: `--help` answers at once. Results go to stdout;
progress, notes and faults to stderr. A fault that the user can mend is one line, and the exit code 2.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from synth.recipe import Recipe

_CTRL_C = 130  # the exit code that typer makes of a KeyboardInterrupt

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help: its examples can be copied
    pretty_exceptions_enable=False,
)


def _example(*lines: str) -> str:
    return "\b\nExample:\n" + "\n".join(f"  ecgpaper {line}" for line in lines)


def _option(text: str, metavar: str | None = None, **more: Any) -> Any:
    return typer.Option(help=text, metavar=metavar, **more)


Out = Annotated[Path, _option("Folder of the results.", "DIR", show_default=False)]
Records = Annotated[str, _option("Folder of WFDB records, or `heart`: the embedded heart.", "DIR|heart")]
LayoutName = Annotated[str | None, _option("This layout only, see `ecgpaper layouts`.", "NAME")]
Seed = Annotated[int, _option("Another seed, other pages.", "N", min=0)]
Workers = Annotated[int | None, _option("Processes at work.", "N", min=1, show_default="one per core")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback(epilog=_example("demo", "synth --count 10 --out pages", "infer scan.png --out read"))
def _ecgpaper() -> None:
    """Printed ECGs from signals, and the signals back from pictures of them."""


@app.command("synth", epilog=_example("synth --records ptbxl --recipe mild --count 400 --out pages"))
def _synth(
    out: Out,
    recipe: Annotated[str, _option("Name, see `ecgpaper recipes`, or .toml file.", "NAME|FILE")] = "mild",
    records: Records = "heart",
    layout: LayoutName = None,
    count: Annotated[int, _option("Number of pages.", "N", min=1)] = 10,
    seed: Seed = 0,
    workers: Workers = None,
    bare: Annotated[bool, typer.Option("--bare", help="The traces alone, to check labels on.")] = False,
) -> None:
    """Make pictures of printed ECGs, with exact labels.

    Records are used in sorted order, then again from the first with other draws. Stopped, the same
    command goes on.
    """
    from synth.corpus import Corpus
    from synth.report import make_and_report

    corpus = Corpus(_recipe(recipe, layout), _records(records), seed, out, bare)
    _exit_if(make_and_report(corpus, count, workers or _cores()).failed)


@app.command("preview", epilog=_example("preview mild", "preview my.toml --out my.png", "preview --layouts"))
def _preview(
    recipe: Annotated[str | None, typer.Argument(metavar="[NAME|FILE]", show_default=False)] = None,
    layouts: Annotated[bool, typer.Option("--layouts", help="A clean page of every layout.")] = False,
    out: Annotated[Path | None, _option("The sheet.", "FILE.png", show_default="preview-NAME.png")] = None,
    records: Records = "heart",
    layout: LayoutName = None,
    count: Annotated[int, _option("Number of pages.", "N", min=1, max=100)] = 6,
    seed: Seed = 0,
) -> None:
    """Show a few pages of a recipe, or every layout, on one picture."""
    from synth.layout import CATALOGUE
    from synth.preview import contact_sheet, preview_pages, write_sheet
    from synth.progress import track

    if bool(recipe) == layouts:
        raise typer.BadParameter("give either a recipe (see `ecgpaper recipes`) or --layouts")
    kinds = [(_recipe(recipe, layout), count)] if recipe else [(_recipe("clean", name), 1) for name in CATALOGUE]
    out = out or Path(f"preview-{kinds[0][0].name if recipe else 'layouts'}.png")
    paths = _records(records)
    tiles = chain.from_iterable(preview_pages(kind, paths, seed=seed, count=n) for kind, n in kinds)
    write_sheet(contact_sheet(list(track(tiles, "pages", sum(n for _, n in kinds)))), out)
    print(out)


@app.command("train", epilog=_example("train default --records ptbxl --out runs/default"))
def _train(
    config: Annotated[str, typer.Argument(metavar="NAME|FILE", show_default=False, help="Training recipe.")],
    out: Out,
    records: Records = "heart",
    workers: Annotated[int, _option("Processes that make pages beside the training.", "N", min=0)] = 1,
    steps: Annotated[int | None, _option("Instead of the recipe's.", "N", min=1, show_default=False)] = None,
) -> None:
    """Train a reader on pages made on the fly. Stopped, the same command goes on from the last checkpoint.

    Shipped training recipes: default (of the weights that ship), demo (a minute or two).
    """
    from train.report import train_and_report

    train_and_report(config, steps, list(_records(records)), out, workers)


@app.command("infer", epilog=_example("infer scan.png photos/ --out read --csv --overlay"))
def _infer(
    pictures: Annotated[list[Path], typer.Argument(metavar="PICTURE...", help="Pictures, or folders of them.")],
    out: Out,
    fs: Annotated[float, _option("Sampling rate of the records.", "HZ", min=25, max=10_000)] = 500.0,
    weights: Annotated[Path | None, _option("Of `ecgpaper train`.", "FILE", show_default="those that ship")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write CSVs, too.")] = False,
    overlay: Annotated[bool, typer.Option("--overlay", help="Draw what was found over the pictures.")] = False,
) -> None:
    """Read pictures of ECGs: DIR/STEM.hea and .dat, 12 leads of 10 s in mV, NaN where a lead is not printed.

    Columns are taken as printed one after the other; the .json beside each record says what was assumed.
    """
    from infer.batch import Wish, read_and_report

    _exit_if(read_and_report(pictures, Wish(out, fs, csv, overlay), weights))

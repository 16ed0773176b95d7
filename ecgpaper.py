"""The command `ecgpaper`: what a user may ask for. The work is done in synth, infer and train.

The only file that imports all three, and inside its functions: `--help` answers at once. Results go to stdout;
progress, notes and faults to stderr. A fault that the user can mend is one line, and the exit code 2.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synth.recipe import Recipe

_FAULT = 2  # exit code of everything that the user can mend
_CTRL_C = 130  # what typer makes of a KeyboardInterrupt

app = typer.Typer(
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
LayoutName = Annotated[str | None, _option("This layout only: see `ecgpaper layouts`, or a .toml file.", "NAME|FILE")]
Severity = Annotated[
    float, _option("Milder or worse: 0 takes every step away, 0.5 is the recipe itself.", "S", min=0.0, max=1.0)
]
Seed = Annotated[int, _option("Another seed, other pages.", "N", min=0)]
Workers = Annotated[int | None, _option("Processes at work.", "N", min=1, show_default="one per core")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback(
    invoke_without_command=True,
    epilog=_example("demo", "synth --count 10 --out pages", "infer scan.png --out read --overlay"),
)
def _ecgpaper(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Printed ECGs from signals, and the signals back from pictures of them."""
    if version:
        from importlib.metadata import version as version_of

        print(f"ecgpaper {version_of('ecgpaper')}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


@app.command("synth", epilog=_example("synth --records ptbxl --recipe mild --count 400 --out pages"))
def _synth(
    out: Out,
    recipe: Annotated[str, _option("Name, see `ecgpaper recipes`, or .toml file.", "NAME|FILE")] = "mild",
    records: Records = "heart",
    layout: LayoutName = None,
    severity: Severity = 0.5,
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

    corpus = Corpus(_recipe(recipe, layout, severity), _records(records, out), seed, out, bare)
    _exit_if(make_and_report(corpus, count, workers or _cores()).failed)


@app.command("preview", epilog=_example("preview mild", "preview my.toml --beside photos", "preview --layouts"))
def _preview(
    recipe: Annotated[str | None, typer.Argument(metavar="RECIPE", help="Name or .toml file.")] = None,
    layouts: Annotated[bool, typer.Option("--layouts", help="A clean page of every layout.")] = False,
    grid: Annotated[bool, typer.Option("--grid", help="Each step alone, at low, middle and high strength.")] = False,
    beside: Annotated[
        Path | None, _option("Real pictures, one beside each page: a file, or a folder of them.", "PATH")
    ] = None,
    out: Annotated[Path | None, _option("The sheet.", "FILE.png", show_default="preview-NAME.png")] = None,
    records: Records = "heart",
    layout: LayoutName = None,
    severity: Severity = 0.5,
    count: Annotated[int, _option("Number of pages.", "N", min=1, max=100)] = 6,
    seed: Seed = 0,
) -> None:
    """Show a few pages of a recipe, or every layout, on one picture.

    With --grid or --layouts, --severity and --count have no effect.
    """
    from synth import preview
    from synth.errors import UserError
    from synth.progress import track

    if (recipe is None) != layouts or (layouts and grid):
        raise UserError("preview takes a recipe (see `ecgpaper recipes`), with --grid or without, or --layouts")
    if layouts and layout is not None:
        raise UserError("--layouts shows every layout; leave --layout away, or name a recipe")
    if beside is not None and (layouts or grid):
        raise UserError("--beside is for the pages of a recipe; leave --grid and --layouts away")
    paths, columns = _records(records), 2
    if recipe is None:
        name, total, tiles = "layouts", preview.count_layouts(), preview.layout_pages(paths, seed=seed)
    elif grid:
        chosen, columns = _recipe(recipe, layout), 3
        name, total = f"{chosen.name}-grid", preview.count_grid(chosen)
        tiles = preview.grid_pages(chosen, paths, seed=seed)
    else:
        chosen = _recipe(recipe, layout, severity)
        name, total, tiles = chosen.name, count, preview.preview_pages(chosen, paths, seed=seed, count=count)
    if beside is not None:
        from infer.batch import pictures_in
        from infer.picture import read_picture

        real = [(picture.name, preview.shrink(read_picture(picture))) for picture in pictures_in(beside)[:count]]
        total, tiles = 2 * count, preview.beside(tiles, real)
    out = out or Path(f"preview-{name}.png")
    preview.check_sheet(out)
    preview.write_sheet(preview.contact_sheet(list(track(tiles, "pages", total)), columns), out)
    print(out)


@app.command("convert", epilog=_example("convert pages --to coco --out pages-coco"))
def _convert(
    pages: Annotated[Path, typer.Argument(metavar="PAGES", help="Folder of `ecgpaper synth`.", show_default=False)],
    to: Annotated[str, _option("coco, yolo, nnunet or kit.", "FORMAT", show_default=False)],
    out: Out,
) -> None:
    """Write pages with their labels as other readers want them.

    coco: masks, boxes, polygons, keypoints. yolo: boxes. nnunet: label maps. kit: the JSON of ECG-Image-Kit.
    """
    from synth.export import find_format
    from synth.export.convert import convert

    count = convert(pages, find_format(to), out)
    print(f"{count} {'page' if count == 1 else 'pages'} as {to}: {out}")


@app.command("train", epilog=_example("train default --records ptbxl --out runs/default"))
def _train(
    config: Annotated[str, typer.Argument(metavar="CONFIG", help="Training recipe: name or .toml file.")],
    out: Out,
    records: Records = "heart",
    workers: Annotated[int, _option("Processes that make pages beside the training, for each GPU.", "N", min=0)] = 1,
    steps: Annotated[int | None, _option("Instead of the recipe's.", "N", min=1, max=10**9, show_default=False)] = None,
    init: Annotated[Path | None, _option("Weights to start from.", "FILE", show_default="random")] = None,
) -> None:
    """Train a reader on pages made on the fly.

    Or on those of a corpus that the training recipe names. Training recipes that ship: default (both networks, from
    nothing), strips (the strips' network alone, from --init: how the weights that ship were last trained), demo (a
    minute or two). Stopped, the same command goes on from the last checkpoint. DIR holds the weights, the log as JSON
    lines and for TensorBoard, its curve as a picture, and sample readings. Two GPUs, a page of each step for each:
    torchrun --nproc_per_node 2 -m ecgpaper train ...
    """
    from train.report import find_config, train_and_report, with_steps

    chosen = with_steps(find_config(config), steps)
    train_and_report(chosen, list(_records(records)), out, workers, init)


@app.command("infer", epilog=_example("infer scan.png photos/ --out read --csv --overlay"))
def _infer(
    pictures: Annotated[list[Path], typer.Argument(metavar="PICTURE", help="Pictures, or folders of them.")],
    out: Out,
    fs: Annotated[float, _option("Sampling rate of the records.", "HZ", min=25, max=10_000)] = 500.0,
    weights: Annotated[
        Path | None, _option("Of `ecgpaper train` or `export`.", "FILE", show_default="those that ship")
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write CSVs, too.")] = False,
    overlay: Annotated[bool, typer.Option("--overlay", help="Draw what was found over the pictures.")] = False,
    layout: Annotated[
        str | None, _option("Of the pages: see `ecgpaper layouts`, or a .toml file.", "NAME|FILE", show_default="found")
    ] = None,
    speed: Annotated[float | None, _option("Paper speed of the pages.", "MM/S", show_default="found")] = None,
    gain: Annotated[float | None, _option("Of the limb leads.", "MM/MV", show_default="found")] = None,
    workers: Workers = None,
) -> None:
    """Read pictures of ECGs: one WFDB record each.

    DIR/STEM.hea and .dat hold 12 leads in mV over the seconds that the page shows, NaN where a lead is not printed.
    Layout, speed and gain are found unless they are given. DIR/STEM.json says what was found, how surely, what was
    assumed, and what to beware of. A page of no layout in the catalogue is read strip by strip. Of a file of several
    pages the first is read.
    """
    from infer.batch import Wish, read_and_report
    from infer.known import Known

    _exit_if(
        read_and_report(pictures, Wish(out, fs, csv, overlay, Known(layout, speed, gain)), weights, workers or _cores())
    )


@app.command("export", epilog=_example("export --out reader.onnx", "infer scan.png --weights reader.onnx --out read"))
def _export(
    out: Annotated[Path, _option("The file to write.", "FILE.onnx", show_default=False)],
    weights: Annotated[Path | None, _option("Of `ecgpaper train`.", "FILE", show_default="those that ship")] = None,
) -> None:
    """Write weights as ONNX.

    ONNX Runtime reads pages with it, without torch. One file holds both networks, and what made them.
    """
    from infer.networks.export import export_and_report

    export_and_report(weights, out)


@app.command("score", epilog=_example("score pages read", "score pages read --json > score.json"))
def _score(
    truth_dir: Annotated[Path, typer.Argument(metavar="TRUTH_DIR", help="Folder of true records.", show_default=False)],
    found_dir: Annotated[Path, typer.Argument(metavar="FOUND_DIR", help="Folder of readings.", show_default=False)],
    as_json: AsJson = False,
    challenge2024: Annotated[
        bool, typer.Option("--challenge2024", help="Add the 2024 Challenge's SNR (slow).")
    ] = False,
) -> None:
    """Score readings against the truth, in dB.

    Records are paired by name. Samples where the truth is NaN are not scored; a record below 3 dB, or without
    a reading, has failed and counts as ratio 0.
    """
    from rich.console import Console

    from infer.report import print_score
    from infer.score import score_folders
    from synth.progress import track

    def watched(names: Sequence[str]) -> Iterator[str]:
        return track(names, "records", len(names))

    score = score_folders(truth_dir, found_dir, challenge2024=challenge2024, track=watched)
    if as_json:
        print(json.dumps(score.to_dict()))
    else:
        print_score(score, Console())


@app.command("submit", epilog=_example("submit read --test test.csv --out submission.csv"))
def _submit(
    found_dir: Annotated[Path, typer.Argument(metavar="FOUND_DIR", help="Folder of readings.", show_default=False)],
    test: Annotated[Path, _option("The competition's test.csv.", "FILE", show_default=False)],
    out: Annotated[Path, _option("The CSV to write.", "FILE", show_default=False)],
    fill: Annotated[bool, typer.Option("--fill", help="Fill rows without a value, and count them.")] = False,
) -> None:
    """Write readings as the competition's CSV.

    Every row that test.csv asks for is written, or no file.
    """
    from infer.submit import write_submission

    filled = write_submission(found_dir, test, out, fill=fill)
    print(f"{out}: every row written" + (f", {filled} of them filled" if filled else ""))


@app.command("layouts", epilog=_example("layouts", "layouts --json"))
def _layouts(as_json: AsJson = False) -> None:
    """List the printed formats."""
    from msgspec import to_builtins

    from synth.catalogue import CATALOGUE

    _print_list([to_builtins(layout) for layout in CATALOGUE.values()], as_json)


@app.command("recipes", epilog=_example("recipes", "recipes --json"))
def _recipes(as_json: AsJson = False) -> None:
    """List the recipes that ship.

    To make your own, copy the file of one and change it.
    """
    from synth.recipe import load_recipe, shipped_recipes

    loaded = [(load_recipe(name), path) for name, path in shipped_recipes().items()]
    _print_list([{"name": r.name, "about": r.about, "layouts": r.layouts, "file": str(p)} for r, p in loaded], as_json)


@app.command("demo", epilog=_example("demo", "demo --records ptbxl --out demo-ptbxl", "demo --quick"))
def _demo(
    out: Annotated[Path, _option("Folder of everything it makes.", "DIR")] = Path("demo"),
    records: Records = "heart",
    workers: Workers = None,
    quick: Annotated[bool, typer.Option("--quick", help="A few pages, no accuracy: does it run?")] = False,
) -> None:
    """Make pages, train, read, score: the whole road.

    A few minutes on two cores. The training run is a short one; the weights that ship are scored, too.
    """
    from train.demo import run_demo

    run_demo(out, _records(records), workers or _cores(), quick)


def main() -> None:
    """Run the command. What the user can mend ends in one line on stderr and the exit code 2."""
    _prepare()
    try:
        code = app(standalone_mode=False) or 0
        if sys.stdout is not None:  # a user may have closed it
            sys.stdout.flush()
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except KeyboardInterrupt:
        code = _CTRL_C
    except typer.TyperException as error:
        command = context.command_path if (context := getattr(error, "ctx", None)) else "ecgpaper"
        code = _complain(f"{error.format_message().rstrip('.')} (see `{command} --help`)")
    except Exception as error:
        from synth.errors import fault_of

        code = _complain(fault_of(error))
    if code == _CTRL_C:
        code = _complain("interrupted; the same command starts again")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C adds nothing
    sys.exit(code)


def _prepare() -> None:
    # torch's threads then sleep while they wait: spinning makes it 3 times slower where cores are shared
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # any file's name can be printed
    for name in ("SIGTERM", "SIGHUP"):  # to end like Ctrl-C, workers and half-written files included
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def _complain(fault: str) -> int:
    print("ecgpaper: " + " ".join(fault.split()), file=sys.stderr)
    return _FAULT


def _exit_if(failed: int) -> None:
    if failed:
        raise typer.Exit(_FAULT)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _records(records: str, out: Path | None = None) -> tuple[Path, ...]:
    """WFDB headers of a folder, but for those in `out`; none stands for the embedded heart."""
    from synth.record import find_records

    return () if records == "heart" else tuple(find_records(Path(records), out))


def _recipe(recipe: str, layout: str | None, severity: float = 0.5) -> Recipe:
    from synth.recipe import load_recipe, with_layout, with_severity

    loaded = with_severity(load_recipe(recipe), severity)
    return loaded if layout is None else with_layout(loaded, layout)


def _print_list(items: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print(json.dumps(items, indent=1))
        return
    width = max(len(item["name"]) for item in items)
    for item in items:
        print("  ".join([f"{item['name']:{width}}", item["about"], *([item["file"]] if "file" in item else [])]))


if __name__ == "__main__":
    main()

"""Promises of the exporters: what other readers find is what the samples say."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from synth.degrade.capture.codec import decode_picture
from synth.errors import UserError
from synth.export import FORMATS, find_format
from synth.export.coco import run_lengths, write_coco
from synth.export.convert import CLASSES, convert
from synth.export.kit import write_kit
from synth.export.nnunet import write_nnunet
from synth.export.yolo import write_yolo
from synth.generate import generate
from synth.heart import heart_record
from synth.labels import inside
from synth.recipe import Recipe, load_recipe
from synth.record import LEADS
from synth.sample import Sample
from synth.store import read_sample, write_sample

_CLEAN = Recipe(name="small", dpi=(90.0, 90.0))
_MILD = msgspec.structs.replace(load_recipe("mild"), dpi=(100.0, 100.0))


def _page(recipe: Recipe, layout: str, index: int = 0, *, bare: bool = False) -> Sample:
    recipe = msgspec.structs.replace(recipe, layouts=(layout,))
    return generate(recipe, heart_record(index, 5), seed=5, index=index, bare=bare)


def _left_part(sample: Sample) -> Sample:
    """The page on a narrower picture: three fifths of it."""
    image = sample.image[:, : sample.image.shape[1] * 3 // 5].copy()
    size = (image.shape[1], image.shape[0])
    traces = tuple(replace(trace, visible=inside(trace.xy_px, size)) for trace in sample.traces)
    return replace(sample, size_px=size, pixels=image, traces=traces, stored=b"", suffix=".png")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    write_sample(_page(_CLEAN, "3x4+II"), folder, "a_plain")
    write_sample(_page(_CLEAN, "cabrera-6x2", 1), folder, "b_cabrera")
    write_sample(_page(_MILD, "3x4+II", 2), folder, "c_mild")
    write_sample(_left_part(_page(_MILD, "12x1", 3)), folder, "d_cut")
    (folder / "corpus.json").write_text("{}")
    return folder


@pytest.fixture(scope="module")
def pages(corpus: Path) -> dict[str, Sample]:
    return {path.stem: read_sample(path) for path in sorted(corpus.glob("*.npz"))}


@pytest.fixture(scope="module")
def made(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The corpus in every format."""
    root = tmp_path_factory.mktemp("made")
    for name, write in FORMATS.items():
        assert convert(corpus, write, root / name) == 4
    return {name: root / name for name in FORMATS}


@pytest.fixture(scope="module")
def coco(made: dict[str, Path]) -> Any:
    return pytest.importorskip("pycocotools.coco").COCO(str(made["coco"] / "annotations.json"))


def _coco_pages(coco: Any, pages: dict[str, Sample]) -> Iterator[tuple[Sample, list[dict[str, Any]]]]:
    for image in coco.dataset["images"]:
        sample = pages[Path(image["file_name"]).stem]
        assert (image["width"], image["height"]) == sample.size_px
        yield sample, coco.loadAnns(coco.getAnnIds(imgIds=[image["id"]]))


def _in_picture(sample: Sample) -> list[NDArray[np.bool_]]:
    masks = [sample.mask(trace) >= 0.5 for trace in sample.traces]
    return [mask for mask in masks if mask.any()]


@pytest.mark.parametrize("name", ["coco", "yolo"])
def test_pictures_are_copied_not_encoded_again(name: str, corpus: Path, made: dict[str, Path]) -> None:
    pictures = sorted(made[name].joinpath("images").iterdir())
    assert [path.name for path in pictures] == ["a_plain.png", "b_cabrera.png", "c_mild.jpg", "d_cut.png"]
    for path in pictures:
        assert path.read_bytes() == (corpus / path.name).read_bytes()


def test_pictures_of_the_other_formats_are_png_of_the_same_pixels(
    pages: dict[str, Sample], made: dict[str, Path]
) -> None:
    for stem, sample in pages.items():
        for path in (made["kit"] / f"{stem}.png", *made["nnunet"].glob(f"*/imagesTr/{stem}_0000.png")):
            np.testing.assert_array_equal(decode_picture(path.read_bytes()), sample.image)


def test_the_same_corpus_gives_the_same_files_again(corpus: Path, made: dict[str, Path], tmp_path: Path) -> None:
    for name, folder in made.items():
        convert(corpus, find_format(name), tmp_path / name)
        files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        assert files == sorted(path.relative_to(tmp_path / name) for path in tmp_path.glob(f"{name}/**/*.*"))
        for file in files:
            assert (folder / file).read_bytes() == (tmp_path / name / file).read_bytes(), file


@pytest.mark.parametrize("mask", [[[0, 0], [0, 0]], [[1, 0], [0, 1]], [[1, 1], [1, 1]], [[0, 1, 1], [1, 0, 0]]])
def test_run_lengths_lead_back_to_the_mask(mask: list[list[int]]) -> None:
    wanted = np.array(mask, dtype=bool)
    lengths = run_lengths(wanted)
    flat = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
    np.testing.assert_array_equal(flat.reshape(wanted.shape, order="F"), wanted)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools 2.0.11 with numpy 2.4
def test_coco_masks_are_those_of_the_traces_whole_where_leads_overlap(coco: Any, pages: dict[str, Sample]) -> None:
    for sample, found in _coco_pages(coco, pages):
        traces = [one for one in found if "inverted" in one]
        wanted = _in_picture(sample)
        assert len(traces) == len(wanted)
        for one, mask in zip(traces, wanted, strict=True):
            np.testing.assert_array_equal(coco.annToMask(one), mask)
            x, y, w, h = one["bbox"]
            assert one["area"] == mask.sum() == mask[int(y) : int(y + h), int(x) : int(x + w)].sum()
        assert {coco.cats[one["category_id"]]["name"] for one in traces} <= set(LEADS)


def test_coco_keypoints_are_the_ends_of_the_traces_counted_in_pixels(coco: Any, pages: dict[str, Sample]) -> None:
    hidden = 0
    for sample, found in _coco_pages(coco, pages):
        traces = [trace for trace in sample.traces if (sample.mask(trace) >= 0.5).any()]
        for one, trace in zip([one for one in found if "inverted" in one], traces, strict=True):
            points = np.reshape(one["keypoints"], (2, 3))
            np.testing.assert_allclose(points[:, :2], trace.xy_px[[0, -1]], atol=1e-3)
            assert points[:, 2].tolist() == [2 if seen else 1 for seen in trace.visible[[0, -1]]]
            hidden += int((points[:, 2] == 1).sum())
    assert hidden > 0


def test_coco_marks_cover_their_quads_and_say_what_they_say(coco: Any, pages: dict[str, Sample]) -> None:
    for sample, found in _coco_pages(coco, pages):
        marks = [one for one in found if "text" in one]
        shown = [mark for mark in sample.marks if mark.kind != "lead"]
        if sample is not pages["d_cut"]:
            assert [one["text"] for one in marks] == [mark.string for mark in shown]
            for one, mark in zip(marks, shown, strict=True):
                edges = np.array(mark.quad_px) + 0.5
                area = 0.5 * abs(sum(a[0] * b[1] - a[1] * b[0] for a, b in pairwise([*edges, edges[0]])))
                assert one["area"] == pytest.approx(area, rel=0.01, abs=0.01)
                np.testing.assert_allclose(one["bbox"][:2], edges.min(axis=0), atol=2e-3)
        for one in marks:
            x, y, w, h = one["bbox"]
            assert min(x, y) >= 0.0
            assert x + w <= sample.size_px[0]
            assert y + h <= sample.size_px[1]


def test_the_cut_page_has_fewer_traces_and_marks(coco: Any, pages: dict[str, Sample]) -> None:
    (count,) = (len(found) for sample, found in _coco_pages(coco, pages) if sample is pages["d_cut"])
    assert 0 < count < len(pages["d_cut"].marks)


@pytest.mark.parametrize("kind", ["bbox", "segm", "keypoints"])
def test_coco_truth_scored_against_itself_is_perfect(kind: str, coco: Any) -> None:
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    known = ("image_id", "category_id", "keypoints") if kind == "keypoints" else ("image_id", "category_id", "bbox")
    ids = [category["id"] for category in coco.dataset["categories"] if kind != "keypoints" or "keypoints" in category]
    found = []
    for one in coco.loadAnns(coco.getAnnIds(catIds=ids)):
        result = {name: one[name] for name in known} | {"score": 1.0}
        if kind == "segm":
            del result["bbox"]
            result["segmentation"] = coco.annToRLE(one)
        found.append(result)
    judge = evaluation.COCOeval(coco, coco.loadRes(found), kind)
    judge.params.catIds = ids
    if kind == "keypoints":
        judge.params.kpt_oks_sigmas = np.array([0.05, 0.05])
    judge.evaluate()
    judge.accumulate()
    judge.summarize()
    assert judge.stats[0] == 1.0


def test_the_lattice_leads_from_paper_to_picture(pages: dict[str, Sample], made: dict[str, Path]) -> None:
    lattices = json.loads((made["coco"] / "lattice.json").read_bytes())
    assert set(lattices) == {f"{stem}{sample.suffix}" for stem, sample in pages.items()}
    for stem, sample in pages.items():
        lattice = lattices[f"{stem}{sample.suffix}"]
        px, mm = (np.array(lattice[name]).reshape(-1, 2) for name in ("nodes_px", "nodes_mm"))
        np.testing.assert_allclose(sample.map.forward(mm) + 0.5, px, atol=0.01)
        assert np.ravel(lattice["visible"]).any()


def test_yolo_boxes_hold_the_visible_points_of_the_traces(pages: dict[str, Sample], made: dict[str, Path]) -> None:
    for stem, sample in pages.items():
        rows = [line.split() for line in (made["yolo"] / "labels" / f"{stem}.txt").read_text().splitlines()]
        boxes = [(int(row[0]), np.array(row[1:], dtype=float)) for row in rows]
        for number, box in boxes:
            assert 0 <= number < len(CLASSES)
            low, high = box[:2] - box[2:] / 2.0, box[:2] + box[2:] / 2.0
            assert min(low) >= -1e-6
            assert max(high) <= 1.0 + 1e-6
        for trace in sample.traces:
            shares = (trace.xy_px[trace.visible] + 0.5) / sample.size_px
            mine = [box for number, box in boxes if number == LEADS.index(trace.lead)]
            held = [(np.abs(shares - box[:2]) <= box[2:] / 2.0 + 1e-6).all() for box in mine]
            assert any(held) or not len(shares)


def test_yolo_boxes_are_as_far_from_a_trace_at_one_side_as_at_the_other(
    pages: dict[str, Sample], made: dict[str, Path]
) -> None:
    sample = pages["a_plain"]
    lines = (made["yolo"] / "labels" / "a_plain.txt").read_text().splitlines()
    for line, trace in zip(lines[: len(sample.traces)], sample.traces, strict=True):
        box = np.array(line.split()[1:], dtype=float) * np.tile(sample.size_px, 2)
        edges = trace.xy_px + 0.5
        np.testing.assert_allclose(box[:2], (edges.min(axis=0) + edges.max(axis=0)) / 2.0, atol=0.01)


def test_yolo_names_every_class(made: dict[str, Path]) -> None:
    lines = (made["yolo"] / "data.yaml").read_text().splitlines()
    assert lines[:3] == ["train: images", "val: images", "names:"]
    assert lines[3:] == [f"  {k}: {name}" for k, name in enumerate(CLASSES)]


def test_nnunet_labels_are_the_lead_that_covers_most(pages: dict[str, Sample], made: dict[str, Path]) -> None:
    root = made["nnunet"] / "Dataset100_ecgpaper"
    shared = 0
    for stem, sample in pages.items():
        labels = cv2.imread(str(root / "labelsTr" / f"{stem}.png"), cv2.IMREAD_UNCHANGED)
        blank = np.zeros(sample.image.shape[:2], dtype=np.float32)
        masks = np.stack([sample.masks.get(lead, blank) for lead in LEADS])
        latest = len(LEADS) - masks[::-1].argmax(axis=0)  # of equals the later
        assert labels.dtype == np.uint8
        np.testing.assert_array_equal(labels, np.where(masks.max(axis=0) >= 0.5, latest, 0))
        shared += int((sample.overlap > 1).sum())
    assert shared > 0


def test_nnunet_says_what_its_folder_holds(made: dict[str, Path]) -> None:
    root = made["nnunet"] / "Dataset100_ecgpaper"
    about = json.loads((root / "dataset.json").read_bytes())
    assert about["channel_names"] == {"0": "R", "1": "G", "2": "B"}
    assert about["labels"] == {"background": 0} | {lead: k for k, lead in enumerate(LEADS, 1)}
    assert about["file_ending"] == ".png"
    cases = {path.stem for path in (root / "labelsTr").iterdir()}
    assert {path.stem.removesuffix("_0000") for path in (root / "imagesTr").iterdir()} == cases
    assert about["numTraining"] == len(cases)


@pytest.mark.parametrize(("recipe", "layout"), [(_CLEAN, "3x4+II"), (_CLEAN, "cabrera-6x2"), (_MILD, "6x2+1R")])
def test_kit_pixels_lie_on_the_ink_of_a_bare_page(recipe: Recipe, layout: str, tmp_path: Path) -> None:
    sample = _page(recipe, layout, bare=True)
    write_kit([("bare", sample)], tmp_path)
    leads = json.loads((tmp_path / "bare.json").read_bytes())["leads"]
    places = np.array([place for lead in leads for place in lead["plotted_pixels"]])
    ink = 1.0 - sample.image[..., 0] / 255.0
    rows, columns = places.astype(int).T  # as its readers do
    assert (ink[rows, columns] > 0.2).mean() > 0.99
    at = {shift: map_coordinates(ink, places.T - 0.5 + [[shift], [0.0]], order=1).mean() for shift in (-0.5, 0.0, 0.5)}
    assert at[0.0] > max(at[-0.5], at[0.5]) + 0.02


def test_kit_describes_every_strip_as_the_kit_does(pages: dict[str, Sample], made: dict[str, Path]) -> None:
    for stem, sample in pages.items():
        about = json.loads((made["kit"] / f"{stem}.json").read_bytes())
        assert (about["width"], about["height"]) == sample.size_px
        assert about["x_grid"] == pytest.approx(5.0 * sample.px_per_mm, rel=0.05)
        assert about["y_grid"] == pytest.approx(5.0 * sample.px_per_mm, rel=0.05)
        assert about["sampling_frequency"] == sample.fs_hz
        assert (about["rotate"], about["crop"], about["pad_inches"]) == (0, 0, 0)
        assert [lead["lead_name"] for lead in about["leads"]] == [trace.lead for trace in sample.traces]
        for lead, trace in zip(about["leads"], sample.traces, strict=True):
            assert lead["end_sample"] - lead["start_sample"] >= len(trace.t_s)
            assert len(lead["plotted_pixels"]) == inside(trace.xy_px, sample.size_px).sum()
            assert lead["inverted"] == trace.inverted
            box = np.array([lead["lead_bounding_box"][str(k)] for k in range(4)])
            assert (trace.xy_px[:, ::-1] + 0.5 >= box.min(axis=0) - 1.0).all()
            assert (trace.xy_px[:, ::-1] + 0.5 <= box.max(axis=0) + 1.0).all()
            name = np.array([lead["text_bounding_box"][str(k)] for k in range(4)])
            assert np.hypot(*(name.mean(axis=0) - trace.xy_px[0, ::-1])) < 40.0 * sample.px_per_mm


def test_kit_knows_the_rhythm_strip_and_the_columns(made: dict[str, Path]) -> None:
    found = {path.stem: json.loads(path.read_bytes()) for path in made["kit"].glob("*.json")}
    assert {stem: one["full_mode_lead"] for stem, one in found.items()} == {
        "a_plain": "II", "b_cabrera": "None", "c_mild": "II", "d_cut": "None"
    }  # fmt: skip
    assert {stem: one["number_of_columns_in_image"] for stem, one in found.items()} == {
        "a_plain": 4, "b_cabrera": 2, "c_mild": 4, "d_cut": 1
    }  # fmt: skip
    assert [lead["lead_name"] for lead in found["b_cabrera"]["leads"] if lead["inverted"]] == ["aVR"]


@pytest.mark.parametrize("write", [write_coco, write_kit, write_nnunet, write_yolo])
def test_no_half_written_file_is_left(write: Any, pages: dict[str, Sample], tmp_path: Path) -> None:
    write(pages.items(), tmp_path)
    assert not [path for path in tmp_path.rglob(".*")]


def test_a_broken_sample_is_named(corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    for path in corpus.glob("a_plain.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "a_plain.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match="a_plain: not a whole sample"):
        convert(folder, write_coco, tmp_path / "out")


def test_a_folder_of_samples_is_never_written_into(corpus: Path) -> None:
    before = {path.name: path.read_bytes() for path in corpus.iterdir()}
    with pytest.raises(UserError, match="choose another --out"):
        convert(corpus, write_kit, corpus)
    assert {path.name: path.read_bytes() for path in corpus.iterdir()} == before


def test_a_folder_without_samples_and_an_unknown_format_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no sample in it"):
        convert(tmp_path, write_coco, tmp_path / "out")
    with pytest.raises(UserError, match="coco, yolo, nnunet, kit"):
        find_format("voc")


def test_a_folder_that_holds_another_conversion_is_refused_and_the_same_one_goes_on(
    corpus: Path, tmp_path: Path
) -> None:
    other = tmp_path / "pages"
    shutil.copytree(corpus, other)
    (other / "corpus.json").write_text('{"seed": 5}')
    out = tmp_path / "out"
    convert(corpus, write_yolo, out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    for folder, write in ((other, write_yolo), (corpus, write_kit)):
        with pytest.raises(UserError, match="holds something else already; choose another --out"):
            convert(folder, write, out)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert convert(corpus, write_yolo, out) == 4


def test_a_full_disk_is_said_in_one_line(corpus: Path, tmp_path: Path) -> None:
    def write_full(pages: Any, out: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(UserError, match=r"out: cannot be written \(No space left on device\); choose another --out"):
        convert(corpus, write_full, tmp_path / "out")

"""Promises of `generate`: a pure function whose stages leave each other's randomness alone."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from synth.catalogue import COMPETITION
from synth.corpus import Corpus, make_corpus
from synth.degrade.capture.camera import Perspective, Tilt, Turn
from synth.degrade.capture.codec import Jpeg, Png
from synth.degrade.capture.sensor import Blur, Noise, Tone
from synth.degrade.scene.shade import Light
from synth.errors import UserError
from synth.generate import generate, stream, versions
from synth.heart import heart_record
from synth.recipe import Recipe, load_recipe, with_layout
from synth.record import EcgRecord
from synth.sample import Sample
from synth.store import read_sample, write_sample
from synth.style import Style

#: A small picture with something of everything.
BUSY = Recipe(
    name="busy",
    dpi=(50.0, 60.0),
    frame=(0.0, 0.05),
    desk=(0.1, 0.5),
    style=Style(trace_mm=(0.3, 0.6), grid_colours=("red", "blue"), paper=(0.9, 1.0)),
    scene=(Light(),),
    capture=(Tilt(), Perspective(), Blur(), Tone(), Noise()),
    codec=Jpeg(),
)
SEED = 3


def _make(recipe: Recipe = BUSY, *, seed: int = SEED, index: int = 0, bare: bool = False) -> Sample:
    return generate(recipe, heart_record(0, 1), seed=seed, index=index, bare=bare)


def _with(recipe: Recipe = BUSY, **changes: object) -> Recipe:
    return msgspec.structs.replace(recipe, **changes)


def _same_labels(one: Sample, other: Sample) -> bool:
    pairs = zip(one.traces, other.traces, strict=True)
    return all(np.array_equal(a.xy_px, b.xy_px) and a.width_mm == b.width_mm for a, b in pairs)


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("0*")}


def test_the_same_seed_gives_the_same_bytes_whatever_the_worker_count_and_the_order(tmp_path: Path) -> None:
    for workers in (1, 2):
        out = tmp_path / f"workers{workers}"
        made = list(make_corpus(Corpus(recipe=BUSY, records=(), seed=SEED, out=out), 4, workers))
        assert [one.failed for one in made] == [False] * 4
    for index in (3, 2, 1, 0):
        sample = generate(BUSY, heart_record(index, SEED), seed=SEED, index=index)
        write_sample(sample, tmp_path, f"{index:06d}_heart")
    assert len(_digests(tmp_path)) == 4 * 5
    assert _digests(tmp_path) == _digests(tmp_path / "workers1") == _digests(tmp_path / "workers2")


_ELSEWHERE = """
import hashlib, sys
from pathlib import Path
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import load_recipe
sample = generate(load_recipe("mild"), heart_record(2, 1), seed=5, index=9)
print(hashlib.sha256(sample.encoded).hexdigest(), hashlib.sha256(sample.traces[3].xy_px.tobytes()).hexdigest())
"""


def test_another_process_makes_the_same_sample(tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", _ELSEWHERE], cwd=tmp_path, capture_output=True, text=True, check=True)
    here = generate(load_recipe("mild"), heart_record(2, 1), seed=5, index=9)
    label = here.traces[3].xy_px.tobytes()
    assert run.stdout.split() == [hashlib.sha256(data).hexdigest() for data in (here.encoded, label)]


def test_making_a_sample_leaves_the_record_as_it_was() -> None:
    record = heart_record(0, 1)
    generate(BUSY, record, seed=SEED, index=0)
    np.testing.assert_array_equal(record.mv, heart_record(0, 1).mv)


def test_another_index_or_seed_gives_another_picture_of_the_same_signal() -> None:
    first = _make()
    for other in (_make(index=1), _make(seed=SEED + 1)):
        assert other.encoded != first.encoded
        assert not np.allclose(other.map.forward(np.zeros((1, 2))), first.map.forward(np.zeros((1, 2))))
        np.testing.assert_array_equal(other.as_printed().mv, first.as_printed().mv)


def test_every_stage_of_every_sample_has_a_stream_of_its_own() -> None:
    keys = [(seed, index, stage) for seed in (0, 1) for index in (0, 1, 2) for stage in ("style", "text", "desk")]
    assert len({stream(*key).integers(2**62) for key in keys}) == len(keys)
    assert stream(4, 5, "style").integers(2**62) == stream(4, 5, "style").integers(2**62)


_DARK = Light(loss=(0.5, 0.9))
INSERTED = {
    "a second light": _with(scene=(*BUSY.scene, _DARK)),
    "no light": _with(scene=()),
    "no noise": _with(capture=BUSY.capture[:-1]),
    "noise first": _with(capture=(Noise(sigma=(0.1, 0.1)), *BUSY.capture)),
    "another codec": _with(codec=Png()),
    "another desk": _with(desk=(0.9, 1.0)),
}


@pytest.mark.parametrize("what", INSERTED)
def test_inserting_or_removing_a_step_leaves_the_labels_of_the_others_alone(what: str) -> None:
    was, now = _make(), _make(INSERTED[what])
    assert now.encoded != was.encoded
    assert now.image.shape == was.image.shape
    assert _same_labels(now, was)
    assert now.grid_origin_mm == was.grid_origin_mm


#: Steps that draw numbers and change no pixel of an 8 bit picture.
IDLE = (Blur(sigma=(0.0, 0.0)), Noise(sigma=(0.0, 0.0)))


@pytest.mark.parametrize("place", range(len(BUSY.capture) + 1))
def test_inserting_an_idle_step_anywhere_leaves_every_pixel_alone(place: int) -> None:
    steps = tuple(step for step in BUSY.capture if type(step) not in {type(idle) for idle in IDLE})
    place = min(place, len(steps))
    for idle in IDLE:
        inserted = _with(capture=(*steps[:place], idle, *steps[place:]))
        np.testing.assert_array_equal(_make(inserted).image, _make(_with(capture=steps)).image)


def test_removing_a_warp_leaves_the_draws_of_the_others_alone() -> None:
    both, tilt = _make(), _make(_with(capture=(Tilt(), Blur(), Tone(), Noise())))
    size = COMPETITION.page_mm
    warp = Tilt().warp(size, stream(SEED, 0, "capture.tilt.0"))
    moved = warp.forward(np.array([[0.0, 0.0], [100.0, 0.0]]))
    turned = np.diff(tilt.map.forward(np.array([[0.0, 0.0], [100.0, 0.0]])), axis=0)[0]
    expected = np.diff(moved, axis=0)[0]
    assert np.arctan2(*turned) == pytest.approx(np.arctan2(*expected))
    assert [trace.width_mm for trace in tilt.traces] == [trace.width_mm for trace in both.traces]


@pytest.mark.parametrize("recipe", ["clean", "mild", "varied"])
def test_a_bare_page_shares_the_geometry_of_the_full_page(recipe: str) -> None:
    full, bare = (_make(load_recipe(recipe), bare=bare) for bare in (False, True))
    assert bare.image.shape == full.image.shape
    assert bare.suffix == ".png"
    width_px = bare.traces[0].width_mm * bare.px_per_mm
    assert {trace.width_mm for trace in bare.traces} == {bare.traces[0].width_mm}
    assert width_px == pytest.approx(round(width_px))  # only then is the centroid of its coverage its centre
    for one, other in zip(bare.traces, full.traces, strict=True):
        for name in ("t_s", "mv", "xy_px", "visible"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert (bare.image == bare.image[..., :1]).all()
    assert np.median(bare.image) == 255
    assert bare.image.min() < 10


@pytest.mark.parametrize("codec", [Png(), Jpeg(quality=(40, 60))])
def test_the_picture_is_what_its_file_decodes_to(codec: Png | Jpeg, tmp_path: Path) -> None:
    sample = _make(_with(codec=codec))
    write_sample(sample, tmp_path, "a")
    file = tmp_path / f"a{codec.suffix}"
    assert file.read_bytes() == sample.encoded
    np.testing.assert_array_equal(cv2.imread(str(file), cv2.IMREAD_COLOR_RGB), sample.image)
    np.testing.assert_array_equal(read_sample(file).image, sample.image)
    assert sample.image.dtype == np.uint8


def test_the_clean_page_of_the_competition_is_2200_by_1700_pixels_and_undistorted() -> None:
    sample = _make(load_recipe("clean"))
    assert sample.image.shape == (1700, 2200, 3)
    assert (sample.layout, sample.page_mm) == ("3x4+II", (279.4, 215.9))
    at = np.array([[0.0, 0.0], [100.0, 50.0]])
    np.testing.assert_allclose(sample.map.forward(at), at * 200.0 / 25.4 - 0.5, atol=1e-9)
    assert len(sample.traces) == 13


def test_what_decides_pixels_is_named_with_its_version() -> None:
    sample = _make()
    assert sample.versions == versions()
    assert {"ecgpaper", "numpy", "opencv-python-headless", "matplotlib", "pillow", "python"} <= set(sample.versions)


def test_a_picture_too_large_to_make_is_refused_in_one_line() -> None:
    with pytest.raises(UserError, match=r"busy: .* would be \d+ x \d+ px; lower"):
        _make(_with(dpi=(1200.0, 1200.0), frame=(1.0, 1.0)))


@pytest.mark.parametrize(
    ("leads", "samples", "why"),
    [
        (("I", "V1"), 5000, "it has I, V1 alone; choose another layout"),
        (("II",), 1, "no lead has a valid sample in the 10"),
    ],
)
def test_a_record_that_has_nothing_of_what_a_layout_shows_is_refused_in_one_line(
    leads: tuple[str, ...], samples: int, why: str
) -> None:
    kept = EcgRecord("odd", 500.0, leads, np.zeros((len(leads), samples)))
    with pytest.raises(UserError, match=f"odd: has nothing to print as strip-1x1: {why}"):
        generate(with_layout(load_recipe("clean"), "strip-1x1"), kept, seed=0, index=0)


def test_a_print_too_large_to_make_is_refused_in_one_line() -> None:
    near = (Perspective(angle_deg=(60.0, 60.0), distance=(0.8, 0.8)),)
    with pytest.raises(UserError, match=r"a print of \d+ px would be needed .*; lower the recipe's dpi"):
        _make(_with(dpi=(900.0, 900.0), capture=near))


def test_a_frame_that_leaves_nothing_of_the_page_is_refused_in_one_line() -> None:
    with pytest.raises(UserError, match="busy: nothing is left of strip-1x1 in its frame; raise `frame`"):
        _make(with_layout(_with(frame=(-0.1, -0.1), capture=()), "strip-1x1"))


def test_what_is_cropped_is_a_share_of_the_picture_however_the_page_is_turned() -> None:
    sizes = [
        _make(with_layout(_with(frame=(0.0, 0.0), crop=(0.2, 0.2), capture=(Turn((k,)),)), "strip-1x1")).size_px
        for k in (0, 1)
    ]
    assert sizes[0] == pytest.approx(sizes[1][::-1], abs=12)  # each is drawn at another dpi

"""Promises of recipes: what ships makes pages; what is wrong is named with file, place and cure."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import msgspec
import numpy as np
import pytest

from synth.catalogue import CATALOGUE, COMPETITION, find_layout
from synth.colours import GRID_COLOURS
from synth.degrade.capture.steps import CaptureStep
from synth.degrade.covers.steps import AnyCover
from synth.degrade.paper.back import ShowThrough
from synth.degrade.paper.steps import AnyPaperStep
from synth.degrade.paper.wet import Soak
from synth.degrade.scene.steps import SceneStep
from synth.degrade.sheet.steps import AnySheetStep
from synth.degrade.step import Geometric
from synth.errors import UserError
from synth.fonts import FONTS
from synth.generate import generate
from synth.heart import heart_record
from synth.layout import Layout
from synth.recipe import Recipe, load_recipe, shipped_recipes, with_layout, with_severity
from synth.style import Style

SHIPPED = sorted(shipped_recipes())


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_recipe_loads_by_the_name_of_its_file_and_makes_a_page(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.about
    assert load_recipe(str(shipped_recipes()[name])) == recipe
    small = msgspec.structs.replace(recipe, dpi=(60.0, 60.0))
    sample = generate(small, heart_record(0, 1), seed=1, index=0)
    assert len(sample.traces) == 13
    assert sample.image.std() > 5


def test_clean_is_among_the_shipped_recipes() -> None:
    assert "clean" in SHIPPED


UNIONS = {
    "paper": AnyPaperStep,
    "covers": AnyCover,
    "sheet": AnySheetStep,
    "scene": SceneStep,
    "capture": CaptureStep,
}


@pytest.mark.parametrize("section", UNIONS)
def test_the_recipe_everything_names_every_step_of_every_section_but_those_of_other_libraries(section: str) -> None:
    known = {kind for kind in get_args(UNIONS[section]) if kind.__module__ != "synth.degrade.capture.plugin"}
    assert {type(step) for step in getattr(load_recipe("everything"), section)} == known


@pytest.mark.parametrize("name", SHIPPED)
def test_a_recipe_survives_the_json_beside_a_sample(name: str) -> None:
    recipe = load_recipe(name)
    assert msgspec.json.decode(msgspec.json.encode(recipe), type=Recipe) == recipe


@pytest.mark.parametrize("font", FONTS)
def test_every_font_can_be_printed(font: str) -> None:
    pages = [
        generate(Recipe(name="f", dpi=(60.0, 60.0), style=Style(fonts=fonts)), heart_record(0, 1), seed=1, index=0)
        for fonts in ((font,), (FONTS[-1] if font != FONTS[-1] else FONTS[0],))
    ]
    assert not np.array_equal(pages[0].image, pages[1].image)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_layout_is_drawn_on_paper_of_its_size(name: str) -> None:
    layout = find_layout(name)
    assert layout.name == name
    assert layout.about
    recipe = with_layout(load_recipe("clean"), name)
    sample = generate(recipe, heart_record(0, 1), seed=1, index=0)
    assert sample.layout == name
    assert sample.image.shape[1::-1] == tuple(round(mm * 200.0 / 25.4) for mm in layout.page_mm)


OWN = """
[layout]
name = "own"
rows = [["I", "II"], ["III", "aVR"]]
rhythm = ["V1"]
t0_mm = 15
zero_mm = [60, 120, 180]
"""


def _load(tmp_path: Path, text: str) -> Recipe:
    path = tmp_path / "bad.toml"
    path.write_text('name = "own"\n' + text)
    return load_recipe(str(path))


def test_a_layout_of_ones_own_is_drawn(tmp_path: Path) -> None:
    sample = generate(_load(tmp_path, "dpi = [60, 60]\n" + OWN), heart_record(0, 1), seed=1, index=0)
    assert sample.layout == "own"
    assert [trace.lead for trace in sample.traces] == ["I", "II", "III", "aVR", "V1"]
    assert sample.duration_s == 5.0


TYPOS = {
    "field": ('layuots = ["3x4+II"]', ["`layuots`", "did you mean 'layouts'?"]),
    "table": ('[[scenes]]\nkind = "light"', ["`scenes`", "did you mean 'scene'?"]),
    "field of a step": ('[[capture]]\nkind = "tilt"\nangel_deg = [0, 1]', ["$.capture[0]", "'angle_deg'?"]),
    "kind of scene step": ('[[scene]]\nkind = "lihgt"', ["'lihgt'", "$.scene[0].kind", "did you mean 'light'?"]),
    "kind of capture step": ('[[capture]]\nkind = "nosie"', ["$.capture[0].kind", "did you mean 'noise'?"]),
    "surface": ('[[scene]]\nkind = "cast"\nby = ["phon"]', ["$.scene[0].by", "did you mean 'phone'?"]),
    "codec": ('[codec]\nkind = "jpg"', ["'jpg'", "$.codec.kind", "did you mean 'jpeg'?"]),
    "value of another type": ('dpi = "high"', ["Expected `array`, got `str`", "$.dpi"]),
    "length": ("dpi = [200]", ["length 2, got 1", "$.dpi"]),
    "order": ("dpi = [300, 100]", ["dpi must be [low, high] within [50, 1200]", "[300.0, 100.0]"]),
    "not a number": ("dpi = [nan, 100]", ["Expected a finite number", "$.dpi[0]"]),
    "not a number, in a layout": (OWN.replace("t0_mm = 15", "t0_mm = nan"), ["finite number", "$.layout.t0_mm"]),
    "field of another step": ('[[capture]]\nkind = "tilt"\nsigma = [0, 1]', ["`sigma`", "one of angle_deg, chance"]),
    "field of another section": ("t0_mm = 15", ["`t0_mm`", "did you mean 'layout.t0_mm'?"]),
    "table of a layout": (OWN + '\n[[fields]]\ntext = "a"', ["`fields`", "did you mean 'layout.fields'?"]),
    "plugin's field": (
        '[[capture]]\nkind = "imgaug"\ntransform = "Blur"',
        ["`transform`", "one of arguments, augmenter"],
    ),
    "a table for a list": ("[dpi]\nlow = 200", ["$.dpi", "write a list, as [low, high]"]),
    "one table for many": ('[capture]\nkind = "tilt"', ["$.capture", "write [[capture]]"]),
    "out of range": ('[[capture]]\nkind = "tilt"\nangle_deg = [0, 90]', ["within [0, 45]", "90", "$.capture[0]"]),
    "probability": ("[style]\npulse = 1.5", ["pulse", "[0, 1]", "1.5", "$.style"]),
    "layout": ('layouts = ["3x4+ii"]', ["'3x4+ii'", COMPETITION.name]),
    "no layout": ("layouts = []", ["layouts must name some of", COMPETITION.name]),
    "font": ('[style]\nfonts = ["arial-400"]', ["'arial-400'", "arimo-400", "$.style"]),
    "colour": ('[style]\ngrid_colours = ["pinkish"]', ["'pinkish'", *GRID_COLOURS, "$.style"]),
    "syntax": ("layouts = [", ["bad.toml"]),
    "kind of another section": (
        '[[paper]]\nkind = "blur"',
        ["'blur'", "$.paper[0].kind", "paper takes yellowing, stain"],
    ),
    "no kind": ("[[scene]]\nchance = 1.0", ["$.scene[0]", "scene takes light, lamps"]),
    "no list": ("dpi = 200", ["$.dpi", "write a list, as [low, high]"]),
    "place of a word": (OWN + "\n[layout.lead_name]\noffset_mm = [nan, 0.0]", ["offset_mm"]),
    "place of the grid": (OWN + "\n[layout.grid]\nshift_mm = [inf, 0.0]", ["shift_mm"]),
}


def _line(tmp_path: Path, text: str) -> str:
    with pytest.raises(UserError) as caught:
        _load(tmp_path, text)
    said = str(caught.value)
    assert said.startswith(f"{tmp_path / 'bad.toml'}: ")
    assert "\n" not in said
    return said


def test_a_file_that_is_no_text_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "odd.toml"
    path.write_bytes(b'name = "odd"\nabout = "\xff"')
    with pytest.raises(
        UserError, match=r"odd.toml: is no UTF-8 text \(invalid start byte, byte 22\); name a .toml file"
    ):
        load_recipe(str(path))


def test_a_mark_of_byte_order_before_a_recipe_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "marked.toml"
    path.write_bytes(b'\xef\xbb\xbfname = "marked"')
    assert load_recipe(str(path)).name == "marked"


@pytest.mark.parametrize("what", TYPOS)
def test_a_typo_is_named_with_file_place_and_cure(what: str, tmp_path: Path) -> None:
    text, words = TYPOS[what]
    said = _line(tmp_path, text)
    for word in words:
        assert word in said


CONTRADICTIONS = {
    "uneven rows": (('["III", "aVR"]', '["III"]'), "equally many leads, got 2, 1; put full-width leads in `rhythm`"),
    "off the paper to the right": (("t0_mm = 15", "t0_mm = 180"), "off the 279.4 mm wide paper; change t0_mm"),
    "off the paper to the left": (("t0_mm = 15", "t0_mm = -1"), "off the 279.4 mm wide paper; change t0_mm"),
    "off the paper below": (("180]", "280]"), "leaves the 215.9 mm high paper"),
    "a row without its zero line": ((", 180]", "]"), "zero_mm needs 3 values"),
    "unknown lead": (('"III"', '"AVR"'), "unknown lead 'AVR'; leads are I, II, III, aVR"),
    "no speed": (("t0_mm = 15", "t0_mm = 15\nspeed_mm_s = 0"), "$.layout.speed_mm_s"),
    "no paper": (("t0_mm = 15", "t0_mm = 15\npage_mm = [nan, 200]"), "$.layout.page_mm[0]"),
    "name": (('"own"', '"../own"'), "$.layout.name"),
}


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_a_layout_that_contradicts_itself_is_refused_with_the_cure(what: str, tmp_path: Path) -> None:
    (old, new), word = CONTRADICTIONS[what]
    assert old in OWN
    said = _line(tmp_path, OWN.replace(old, new, 1))
    assert word in said
    assert "$.layout" in said


def test_a_layout_without_traces_is_refused() -> None:
    with pytest.raises(ValueError, match="name leads in `rows` or `rhythm`"):
        Layout(name="none", rows=(), t0_mm=10.0, zero_mm=())
    with pytest.raises(ValueError, match="a row without leads"):
        Layout(name="none", rows=((),), rhythm=("II",), t0_mm=10.0, zero_mm=(50.0, 100.0))


def test_a_recipe_or_layout_that_is_none_is_refused_with_those_that_are(tmp_path: Path) -> None:
    for name in ("nope", "../clean", "train/default"):
        with pytest.raises(UserError, match=", ".join(SHIPPED)):
            load_recipe(name)
    with pytest.raises(UserError, match="there are: 3x4"):
        with_layout(load_recipe("clean"), "nope")
    with pytest.raises(UserError, match="no such file"):
        load_recipe(str(tmp_path / "none.toml"))
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(UserError, match="cannot be read"):
        load_recipe(str(tmp_path / "folder.toml"))


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", bytes(2_000_000), bytes(range(256)), b"about = " + b"[" * 3000])
def test_a_file_that_is_no_toml_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(data)
    with pytest.raises(UserError) as caught:
        load_recipe(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", SHIPPED)
def test_half_severity_is_the_recipe_itself_and_none_a_clean_page(name: str) -> None:
    recipe = msgspec.structs.replace(load_recipe(name), dpi=(60.0, 60.0))
    assert with_severity(recipe, 0.5) == recipe
    calm = generate(with_severity(recipe, 0.0), heart_record(1, 1), seed=1, index=0)
    undisturbed = Recipe(name="u", layouts=recipe.layouts, style=recipe.style, dpi=recipe.dpi)
    np.testing.assert_array_equal(calm.image, generate(undisturbed, heart_record(1, 1), seed=1, index=0).image)
    generate(with_severity(recipe, 1.0), heart_record(1, 1), seed=1, index=0)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SHIPPED if name not in ("0001", "clean", "printed", "everything")])
def test_a_worse_severity_leaves_less_of_the_clean_page(name: str) -> None:
    recipe = msgspec.structs.replace(load_recipe(name), dpi=(80.0, 80.0))
    steps = [step for step in recipe.capture if not isinstance(step, Geometric)]
    still = msgspec.structs.replace(recipe, capture=tuple(steps), sheet=(), frame=(0.0, 0.0), crop=(0.0, 0.0))
    lost = []
    for severity in (0.0, 0.2, 0.5, 1.0):
        pages = [generate(with_severity(still, severity), heart_record(1, 1), seed=k, index=0).image for k in range(4)]
        clean = [generate(with_severity(still, 0.0), heart_record(1, 1), seed=k, index=0).image for k in range(4)]
        lost.append(np.mean([np.abs(a.astype(int) - b).mean() for a, b in zip(pages, clean, strict=True)]))
    assert lost[0] == 0.0
    assert lost == sorted(lost)


@pytest.mark.parametrize("severity", [-0.1, 1.1, float("nan")])
def test_a_severity_beyond_its_range_is_refused(severity: float) -> None:
    with pytest.raises(UserError, match=r"not in \[0, 1\]"):
        with_severity(load_recipe("mild"), severity)


@pytest.mark.parametrize("name", SHIPPED)
def test_noise_of_a_sensor_comes_after_the_exposure_that_it_follows(name: str) -> None:
    kinds = [type(step).__struct_config__.tag for step in load_recipe(name).capture]
    if "noise" in kinds and "tone" in kinds:
        assert kinds.index("tone") < kinds.index("noise")


@pytest.mark.parametrize("name", SHIPPED)
def test_water_runs_before_the_back_shines_through_and_paper_has_one_back(name: str) -> None:
    steps = load_recipe(name).paper
    backs = [k for k, step in enumerate(steps) if isinstance(step, ShowThrough)]
    for k, step in enumerate(steps):
        assert not (backs and isinstance(step, Soak)) or (k < min(backs) and step.through == (0.0, 0.0))

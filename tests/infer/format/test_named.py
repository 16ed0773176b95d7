"""Where no grid is seen, the names of the leads say where the page lies."""

import numpy as np
import pytest

from infer.format.layouts import name_places
from infer.format.named import maps_by_names, turned_level
from infer.networks.backend import PageSeen
from infer.networks.view import cell_centres
from synth.catalogue import CATALOGUE
from synth.degrade.capture.camera import Tilt
from synth.geometry import Map, compose, raster_map
from tests.infer.format.test_find import SURE, sure

SIZE = (2200, 1700)
CELLS = (216, 280)


def view_of(layout: str, to_px: Map) -> PageSeen:
    """Names and zero lines where the layout has them, and nothing else."""
    mm = to_px.inverse(cell_centres(SIZE, (4 * CELLS[1], 4 * CELLS[0]))).reshape(*CELLS, 2)
    name = np.zeros(CELLS, int)
    for lead, place in name_places(CATALOGUE[layout]):
        name[(np.abs(mm - place) < (2.5, 1.5)).all(axis=-1)] = 1 + lead
    zero = (np.abs(mm[..., 1, None] - CATALOGUE[layout].zero_mm) < 1.0).any(axis=-1)
    zero &= (mm[..., 0] > CATALOGUE[layout].t0_mm) & (mm[..., 0] < CATALOGUE[layout].right_mm)
    flat = np.zeros((4, *CELLS), "f4")
    rows = np.stack([flat[0], SURE * (2.0 * zero - 1.0), flat[0]]).astype("f4")
    paper = np.full(CELLS, SURE, "f4")
    nothing = np.zeros(CELLS, int)
    return PageSeen(flat, paper, flat, sure(name, 13), rows, sure(nothing, 5), flat[:3], sure(nothing, 8))


@pytest.mark.parametrize("layout", ["3x4+II", "eli-3x4+1R", "6x2", "4x3+1R"])
@pytest.mark.parametrize("turn", [0.0, 7.0])
def test_a_page_without_a_grid_is_found_by_its_names_to_a_millimetre(layout: str, turn: float) -> None:
    page = CATALOGUE[layout].page_mm
    to_px = compose([Tilt((turn, turn)).warp(page, np.random.default_rng(1)), raster_map(7.0)])
    found, *_ = maps_by_names(view_of(layout, to_px), SIZE, list(CATALOGUE.values()))
    places = np.array([place for _, place in name_places(CATALOGUE[layout])])
    error = found.to_px.inverse(to_px.forward(places)) - places
    assert np.abs(error - np.median(error, axis=0)).max() < 1.0


@pytest.mark.parametrize("layout", ["fukuda-12x1", "schiller-12x1"])
def test_a_page_whose_names_stand_in_one_column_has_its_own_scale_alike_in_both_directions(layout: str) -> None:
    to_px = raster_map(7.0)
    found, *_ = maps_by_names(view_of(layout, to_px), SIZE, list(CATALOGUE.values()))
    across = np.array([[20.0, 60.0], [220.0, 60.0], [20.0, 190.0]])
    mm = found.to_px.inverse(to_px.forward(across))
    assert np.allclose(mm - mm[0], across - across[0], atol=2.0)


@pytest.mark.parametrize("layout", ["fukuda-12x1", "3x4+II"])
def test_names_that_may_be_either_of_two_leads_still_say_where_the_page_lies(layout: str) -> None:
    to_px = raster_map(7.0)
    sure_names = view_of(layout, to_px)
    name = sure_names.name.copy()
    name[1:] = np.maximum(name[1:], np.roll(name[1:], 1, axis=0))  # V1 or V2, V2 or V3 ...
    found, *_ = maps_by_names(sure_names._replace(name=name), SIZE, list(CATALOGUE.values()))
    places = np.array([place for _, place in name_places(CATALOGUE[layout])])
    assert np.allclose(found.to_px.inverse(to_px.forward(places)), places, atol=1.0)


def test_five_names_are_too_few() -> None:
    seen = view_of("strip-3x1", raster_map(7.0))
    assert not maps_by_names(seen, SIZE, [CATALOGUE["strip-3x1"]])


def test_names_that_are_all_taken_for_the_same_lead_make_no_map_that_folds_the_page() -> None:
    seen = view_of("fukuda-12x1", raster_map(7.0))
    name = seen.name.copy()
    name[2], name[3:] = name[1:].max(axis=0), name[0].min()
    for found in maps_by_names(seen._replace(name=name), SIZE, list(CATALOGUE.values())):
        assert 3.0 < found.px_per_mm < 15.0


def test_names_in_one_column_have_a_map_for_every_scale_that_they_fit() -> None:
    seen = view_of("fukuda-12x1", raster_map(7.0))
    blank = seen._replace(rows=-np.abs(seen.rows))  # rows say nothing
    scales = np.array([page.px_per_mm for page in maps_by_names(blank, SIZE, list(CATALOGUE.values()))])
    assert len(scales) > 1
    assert np.abs(scales - 7.0).min() < 0.1
    assert np.abs(np.diff(np.sort(np.log(scales)))).min() > 0.05


def test_a_map_turned_level_lies_as_what_rose_in_it_says() -> None:
    """Rows that rise by 5 mm per m in a map of names, which is too large, lie level by the map that it is turned to."""
    found, *_ = maps_by_names(view_of("6x2", raster_map(7.0)), SIZE, list(CATALOGUE.values()))
    level = turned_level(found, 0.005, 0.01)
    row = np.array([[40.0, 100.0], [240.0, 100.0]])
    rising = found.to_px.inverse(level.to_px.forward(row))
    assert np.allclose(rising[1] - rising[0], (202.0, -202.0 * 0.005), atol=5e-3)
    cells = cell_centres(SIZE, (4 * CELLS[1], 4 * CELLS[0])).reshape(*CELLS, 2)
    assert np.allclose(level.to_px.forward(level.mm[50, ::40]), cells[50, ::40], atol=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_names_anywhere_make_no_page_larger_than_paper_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    name = np.zeros(CELLS, int)
    for lead in (*range(12), *rng.integers(0, 12, 6)):
        row, column = (int(rng.integers(4, side - 4)) for side in CELLS)
        name[row : row + 3, column : column + 4] = 1 + lead
    seen = view_of("3x4+II", raster_map(7.0))._replace(name=sure(name, 13))
    for page in maps_by_names(seen, SIZE, list(CATALOGUE.values())):
        assert np.ptp(page.mm[page.on], axis=0).max() < 2000.0

"""Peaks of a profile."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import find_peaks as by_scipy

from synth.peaks import find_peaks


@given(seed=st.integers(0, 10**6), height=st.floats(0.0, 0.9), distance=st.integers(1, 30))
def test_a_peak_is_the_highest_of_its_surroundings_and_one_to_scipy_too(
    seed: int, height: float, distance: int
) -> None:
    profile = np.random.default_rng(seed).uniform(0.0, 1.0, 200)
    found = find_peaks(profile, height, distance)
    assert set(found) <= set(by_scipy(profile, height=height, distance=distance)[0])
    for at in found:
        assert profile[at] == profile[max(0, at - distance + 1) : at + distance].max()


def test_where_nothing_rises_there_is_no_peak() -> None:
    assert not len(find_peaks(np.zeros(0), 0.0, 3))
    assert not len(find_peaks(np.ones(20), 0.0, 3))
    assert not len(find_peaks(np.arange(20.0), 0.0, 3))

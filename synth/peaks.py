"""Peaks of a profile. As `scipy.signal.find_peaks`, whose import costs a reader of one page half a second."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d


def find_peaks(profile: NDArray[Any], height: float, distance: int) -> NDArray[np.intp]:
    """Indices of samples that are higher than the one before and that none nearer than `distance` exceeds.

    Args:
        profile: (n,). Its first and last sample are no peaks.
        height: The least of a peak.
        distance: In samples, at least 1.
    """
    highest = maximum_filter1d(profile, max(3, 2 * distance - 1), mode="nearest") if len(profile) else profile
    rising = np.diff(profile, prepend=profile[:1]) > 0.0
    peak = (profile == highest) & rising & (profile >= height)
    peak[-1:] = False
    return np.flatnonzero(peak)

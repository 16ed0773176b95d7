"""Territories: the rectangle of paper around each printed lead, which `PageNet` tells cell by cell."""

from __future__ import annotations

from collections.abc import Sequence

#: How far a lead's territory reaches above and below its zero line where no other row is nearer, mm.
REACH_MM = 15.0


def row_bands(zero_mm: Sequence[float]) -> list[tuple[float, float]]:
    """(top, bottom) of the band of each row, mm: halfway to its neighbours, no farther than `REACH_MM`.

    Args:
        zero_mm: y of the zero lines, in any order; equal ones share a band.
    """
    places = sorted(set(zero_mm))
    bands = []
    for zero in zero_mm:
        k = places.index(zero)
        above = (zero - places[k - 1]) / 2.0 if k else REACH_MM
        below = (places[k + 1] - zero) / 2.0 if k + 1 < len(places) else REACH_MM
        least = min(above, below, REACH_MM)
        bands.append((zero - (min(above, REACH_MM) if k else least), zero + (below if k + 1 < len(places) else least)))
    return [
        (max(top, zero - REACH_MM), min(bottom, zero + REACH_MM))
        for (top, bottom), zero in zip(bands, zero_mm, strict=True)
    ]

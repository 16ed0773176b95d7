"""A reading on disk: WFDB record, what was found as JSON, and if asked for a CSV and an overlay picture."""

from __future__ import annotations

import csv as csv_module
import io
import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from infer.digitize import Reading
from synth.record import EcgRecord, write_record, write_whole

#: In the header of every record that was read from a picture.
MADE = "read by ecgpaper"

_COLOURS = ((230, 25, 75), (0, 110, 255), (200, 0, 200), (0, 150, 60))


def write_reading(reading: Reading, image: NDArray[np.uint8], out: Path, *, csv: bool, overlay: bool) -> None:
    """Write `<name>.hea`, `.dat` and `.json` into `out`; `.csv` and `.overlay.png` if asked for.

    Args:
        reading: What was read.
        image: The picture it was read from, (H, W, 3) RGB.
        out: Folder, made if missing.
        csv: Also write time and leads as CSV (s, mV; empty where not printed).
        overlay: Also write the found traces drawn over the picture.
    """
    name = reading.record.name
    write_record(reading.record, out, comments=(MADE,))
    if csv:
        write_whole(out / f"{name}.csv", _csv(reading.record))
    if overlay:
        done, data = cv2.imencode(".png", draw_overlay(reading, image))
        if done:
            write_whole(out / f"{name}.overlay.png", data.tobytes())
    write_whole(out / f"{name}.json", (json.dumps(reading.about, indent=1) + "\n").encode())


def _csv(record: EcgRecord) -> bytes:
    buffer = io.StringIO()
    writer = csv_module.writer(buffer, lineterminator="\n")
    writer.writerow(["t_s", *record.leads])
    for k, values in enumerate(record.mv.T):
        writer.writerow([f"{k / record.fs_hz:.6g}", *("" if np.isnan(v) else f"{v:.4f}" for v in values)])
    return buffer.getvalue().encode()


def draw_overlay(reading: Reading, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture (H, W, 3) RGB, paled, in BGR, with the traces over it."""
    canvas = cv2.addWeighted(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), 0.6, np.full_like(image, 255), 0.4, 0.0)
    for k, points in enumerate(reading.strips_px):
        for run in _runs(points):
            fixed = np.round(run * 16.0).astype(np.int32)  # 4 fractional bits
            cv2.polylines(canvas, [fixed], False, _COLOURS[k % len(_COLOURS)][::-1], 1, cv2.LINE_AA, 4)
    return np.asarray(canvas, dtype=np.uint8)


def _runs(points: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    known = np.isfinite(points[:, 0])
    starts = np.flatnonzero(np.diff(known.astype(np.int8))) + 1
    return [run for run in np.split(points, starts) if len(run) > 1 and np.isfinite(run[0, 0])]

"""ECG-Image-Kit: the JSON that the most used generator writes beside its pictures (`--store_config 2 --bbox`).

`<stem>.png` and `<stem>.json`, with the keys that its readers ask for and the meaning that they have there:

- Places are `[y, x]` and count pixel edges, y down (its own labels are exact so: int() of one is its pixel).
- `plotted_pixels` is the centre of the ink at each sample, but for those outside the picture: readers use them as
  indices. `start_sample` and `end_sample` (not included) count from the beginning of the record.
- Boxes are corners "0" .. "3" from the top left clockwise, whole pixels; they turn with the page.
- `x_grid` and `y_grid` are the pixels of 5 mm at the centre of the page, whatever the paper speed.
- `full_mode_lead` is the first rhythm strip's lead, "None" where there is none. `rotate` and `crop` are 0: places
  are those of the finished picture, there is nothing to undo.

`inverted` is not of the kit: this trace is drawn upside down (-aVR), which the kit never does. What a sample does
not know (colours of the grid, handwriting, creases) is not written.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from synth.catalogue import find_layout
from synth.export.convert import EDGE_PX, Pages, as_png
from synth.labels import Mark
from synth.record import write_whole
from synth.sample import Sample, Trace


def write_kit(pages: Pages, out: Path) -> None:
    """Write pages as ECG-Image-Kit does."""
    for stem, sample in pages:
        write_whole(out / f"{stem}.png", as_png(sample))
        write_whole(out / f"{stem}.json", msgspec.json.encode(_describe(sample)))


def _describe(sample: Sample) -> dict[str, object]:
    width, height = sample.size_px
    x_grid, y_grid = _grid_px(sample)
    rhythm = [trace.lead for trace in sample.traces if trace.rhythm]
    layout = sample.recipe.layout or find_layout(sample.layout)
    kinds = {mark.kind for mark in sample.marks}
    return {
        "sampling_frequency": sample.fs_hz,
        "width": width,
        "height": height,
        "leads": _leads(sample),
        "x_grid": x_grid,
        "y_grid": y_grid,
        "resolution": round(sample.px_per_mm * 25.4),
        "pad_inches": 0,
        "dc_pulse": "pulse" in kinds,
        "bw": bool((sample.image == sample.image[..., :1]).all()),
        "printed_text": "header" in kinds,
        "number_of_columns_in_image": layout.column_count or 1,
        "full_mode_lead": rhythm[0] if rhythm else "None",
        "rotate": 0,
        "crop": 0,
    }


def _grid_px(sample: Sample) -> tuple[float, float]:
    pitch = sample.grid_pitch_mm[1]
    centre = np.array(sample.page_mm) / 2.0
    at, right, below = sample.map.forward(centre + np.array([(0.0, 0.0), (pitch, 0.0), (0.0, pitch)]))
    return round(float(np.hypot(*(right - at))), 3), round(float(np.hypot(*(below - at))), 3)


def _leads(sample: Sample) -> list[dict[str, object]]:
    boxes = [mark for mark in sample.marks if mark.kind == "lead"]  # one per trace, in their order
    names = _names(sample)
    leads = []
    for k, (trace, box) in enumerate(zip(sample.traces, boxes, strict=True)):
        lead: dict[str, object] = {"lead_name": trace.lead}
        if k in names:
            lead["text_bounding_box"] = _corners(names[k])
        first, last = (round(float(t_s) * sample.fs_hz) for t_s in trace.t_s[[0, -1]])
        places = np.round(trace.xy_px + EDGE_PX, 2)
        shown = ((places >= 0.0) & (places < sample.size_px)).all(axis=1)
        lead |= {
            "lead_bounding_box": _corners(box),
            "start_sample": first,
            "end_sample": last + 1,
            "plotted_pixels": places[shown, ::-1].tolist(),
            "inverted": trace.inverted,
        }
        leads.append(lead)
    return leads


def _names(sample: Sample) -> dict[int, Mark]:
    """The printed name of each trace, by the trace's index: a name is that of the nearest trace of its lead."""
    names = {}
    for mark in sample.marks:
        owners = [k for k, trace in enumerate(sample.traces) if trace.lead == mark.lead]
        if mark.kind == "lead_name" and owners:
            far = [_distance(sample.traces[k], mark) for k in owners]
            names[owners[int(np.argmin(far))]] = mark
    return names


def _distance(trace: Trace, mark: Mark) -> float:
    return float(np.hypot(*(trace.xy_px[0] - np.mean(mark.quad_px, axis=0))))


def _corners(mark: Mark) -> dict[str, list[int]]:
    return {str(k): [round(y + EDGE_PX), round(x + EDGE_PX)] for k, (x, y) in enumerate(mark.quad_px)}

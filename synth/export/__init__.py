"""Corpora in the formats that other readers train on: one module per format, all fed by `convert`.

A format is a function of named samples and a folder. Add it to `FORMATS` and the command offers it.
"""

from __future__ import annotations

from synth.errors import UserError
from synth.export.coco import write_coco
from synth.export.convert import Write
from synth.export.kit import write_kit
from synth.export.nnunet import write_nnunet
from synth.export.yolo import write_yolo

#: Every format a corpus can be converted to.
FORMATS: dict[str, Write] = {"coco": write_coco, "yolo": write_yolo, "nnunet": write_nnunet, "kit": write_kit}


def find_format(name: str) -> Write:
    """The format of that name.

    Raises:
        UserError: If there is none.
    """
    if name not in FORMATS:
        raise UserError(f"format {name!r} is not known; --to takes one of: {', '.join(FORMATS)}")
    return FORMATS[name]

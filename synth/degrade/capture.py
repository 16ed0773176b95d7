"""The capture: pose of the camera or scanner, its lens, its sensor, and steps of other libraries."""

from synth.degrade.camera import Lens, Perspective, Tilt, Turn
from synth.degrade.plugin import Albumentations
from synth.degrade.sensor import Bilevel, Blur, Motion, Noise, Sharpen, Tone

#: Every capture step a recipe may name; what moves points is taken before what exposes.
CaptureStep = Albumentations | Tilt | Perspective | Turn | Lens | Blur | Motion | Tone | Noise | Sharpen | Bilevel

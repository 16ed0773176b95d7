"""The capture: pose of the camera or scanner, its lens, its sensor, and steps of other libraries."""

from synth.degrade.camera import Lens, Perspective, RollingShutter, Tilt, Turn
from synth.degrade.phone import Curve, Demosaic, Heic
from synth.degrade.plugin import Albumentations
from synth.degrade.scanner import Bilevel
from synth.degrade.sensor import Blur, Motion, Noise, Sharpen, Tone

_Posed = Tilt | Perspective | Turn | Lens | RollingShutter
_Sensed = Blur | Motion | Tone | Noise | Sharpen
_Phoned = Demosaic | Curve | Heic
_Scanned = Bilevel

#: Every capture step a recipe may name; what moves points is taken before what exposes.
CaptureStep = Albumentations | _Posed | _Sensed | _Phoned | _Scanned

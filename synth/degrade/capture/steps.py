"""The capture: the pose of camera or scanner, its lens and sensor, copiers and screens, steps of other libraries."""

from synth.degrade.capture.camera import Lens, Perspective, RollingShutter, Tilt, Turn
from synth.degrade.capture.copier import Fax, Photocopy
from synth.degrade.capture.glass import Backlight, Reflection
from synth.degrade.capture.phone import Curve, Demosaic, Heic
from synth.degrade.capture.plugin import Albumentations, Imgaug
from synth.degrade.capture.scanner import Bilevel, Dust, Lift, Lines
from synth.degrade.capture.sensor import Blur, Motion, Noise, Sharpen, Tone

_Posed = Tilt | Perspective | Turn | Lens | RollingShutter
_Sensed = Blur | Motion | Tone | Noise | Sharpen
_Phoned = Demosaic | Curve | Heic
_Scanned = Dust | Lines | Lift | Bilevel
_Copied = Photocopy | Fax
_Mirrored = Backlight | Reflection

#: Every capture step a recipe may name; what moves points is taken before what exposes.
CaptureStep = Albumentations | Imgaug | _Posed | _Sensed | _Phoned | _Scanned | _Copied | _Mirrored

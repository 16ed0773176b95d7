"""The scene: what falls on the page before it is pictured."""

from __future__ import annotations

from synth.degrade.scene.clips import Clips
from synth.degrade.scene.fingers import Fingers
from synth.degrade.scene.glare import Glare
from synth.degrade.scene.lamps import Cast, Lamps
from synth.degrade.scene.pages import Pages
from synth.degrade.scene.shade import Light, Shadow

#: Every scene step a recipe may name.
SceneStep = Light | Lamps | Shadow | Cast | Pages | Clips | Fingers | Glare

"""What a phone makes of its sensor's picture: colours from a mosaic, a tone curve, a compressed file."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.degrade.step import Photometric, Picture
from synth.ranges import Range, Within, draw, pick

_BASE = 16  # pixels of the picture per pixel of what counts as its large tones
_MARGIN = 2  # pixels along the border that OpenCV cannot demosaic well
_BAND_ROWS, _REACH_ROWS = 96, 16  # of bands that are coded one by one, and how far their blurs reach beyond them
_METHODS = {"bilinear": cv2.COLOR_BayerRGGB2RGB, "edges": cv2.COLOR_BayerRGGB2RGB_EA}


class Demosaic(Photometric, frozen=True, tag="demosaic"):
    """One colour per photosite (Bayer 1976), two guessed: fine lines get fringes, fine patterns moire in colours.

    Who has such a sensor meters the light.

    Attributes:
        share: How much of it is left in the picture, 1 for a picture in the sensor's own pixels, less for one that was
            made smaller; in [0, 1].
        by: How the missing colours are found: as means of their neighbours, or along edges.
    """

    meters: ClassVar[bool] = True

    share: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.3, 1.0)
    by: tuple[Literal["bilinear", "edges"], ...] = ("bilinear", "edges")

    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Keep red, two greens and blue of every block of 2 by 2 pixels, and guess the rest."""
        share, by = draw(self.share, rng), pick(self.by, rng)
        mosaic = np.ascontiguousarray(image[..., 1])
        mosaic[::2, ::2] = image[::2, ::2, 0]
        mosaic[1::2, 1::2] = image[1::2, 1::2, 2]
        guessed = cv2.cvtColor(mosaic, _METHODS[by])
        inner = (slice(_MARGIN, -_MARGIN),) * 2
        image[inner] = cv2.addWeighted(image[inner], 1.0 - share, guessed[inner], share, 0.0)
        return image


class Curve(Photometric, frozen=True, tag="curve"):
    """A phone's tone curve: an S that makes ink blacker and paper whiter, and shadows lifted apart from their detail.

    Attributes:
        contrast: Strength of the S, in [0, 1]; at 1 the slope in the middle is 1.5.
        lift: How much of the darkness of large dark parts is taken away, in [0, 1].
        local: How much stronger detail gets, as a share, in [0, 1].
    """

    contrast: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.1, 0.6)
    lift: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.0, 0.3)
    local: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.0, 0.25)

    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Split large tones from detail, lift the one and strengthen the other; then bend."""
        contrast, lift, local = draw(self.contrast, rng), draw(self.lift, rng), draw(self.local, rng)
        h, w = image.shape[:2]
        tone = np.linspace(0.0, 1.0, 256)
        if lift > 0.0 or local > 0.0:
            small = max(2, w // _BASE), max(2, h // _BASE)
            whole = image[: max(2, h // _BASE * _BASE), : max(2, w // _BASE * _BASE)]  # whole blocks: ten times as fast
            base = cv2.GaussianBlur(cv2.resize(whole, small, interpolation=cv2.INTER_AREA), (0, 0), 2.0)
            # image * (1 + local) + lifted - 128, where lifted - 128 = lift * tone * (1 - tone)^2 - local * base
            lifted = 128.0 + 255.0 * (1.5 * lift * tone * (1.0 - tone) ** 2 - local * (tone - 0.5))
            base = cv2.LUT(base, np.clip(np.round(lifted), 0.0, 255.0).astype(np.uint8))
            base = cv2.resize(base, (w, h), interpolation=cv2.INTER_LINEAR)
            image = np.asarray(cv2.addWeighted(image, 1.0 + local, base, 1.0, -128.0 - 127.5 * local), dtype=np.uint8)
        bent = tone + contrast * (tone * tone * (3.0 - 2.0 * tone) - tone)
        return np.asarray(cv2.LUT(image, np.round(255.0 * bent).astype(np.uint8)), dtype=np.uint8)


class Heic(Photometric, frozen=True, tag="heic"):
    """What HEIC leaves of a photo of paper: weak texture is gone, edges stay, colours are coarse.

    The codec itself takes ten times as long. This keeps its look: detail weaker than a quantiser's step is dropped,
    stronger detail is kept whole, and colours are stored in half the pixels or fewer.

    Attributes:
        step: Step of the quantiser, white being 1, in [0, 0.1].
        colour_px: Pixels per stored colour, in [1, 8].
    """

    step: Annotated[Range, Within(0.0, 0.1, calm=0.0)] = (0.005, 0.03)
    colour_px: Annotated[Range, Within(1.0, 8.0, calm=1.0)] = (2.0, 4.0)

    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Core the detail of luma and blur colours, in bands that stay in the processor's cache."""
        step, coarse = 255.0 * draw(self.step, rng), draw(self.colour_px, rng)
        detail = np.arange(256.0) - 128.0
        kept = np.round(128.0 + detail * (1.0 - np.exp(-((detail / max(step, 1e-3)) ** 2)))).astype(np.uint8)
        coded = np.empty_like(image)
        for top in range(0, len(image), _BAND_ROWS):
            above = max(0, top - _REACH_ROWS)
            band = _coded(image[above : top + _BAND_ROWS + _REACH_ROWS], kept, coarse)
            coded[top : top + _BAND_ROWS] = band[top - above : top - above + _BAND_ROWS]
        return coded


def _coded(band: Picture, kept: NDArray[np.uint8], coarse: float) -> Picture:
    """A band of the picture with what `kept` leaves of the detail of luma, and with colours of `coarse` px."""
    h, w = band.shape[:2]
    luma, *colours = cv2.split(cv2.cvtColor(band, cv2.COLOR_RGB2YCrCb))
    soft = cv2.GaussianBlur(luma, (0, 0), 1.4)
    cored = cv2.LUT(cv2.addWeighted(luma, 1.0, soft, -1.0, 128.0), kept)
    luma = cv2.addWeighted(soft, 1.0, cored, 1.0, -128.0)
    if coarse > 1.0:
        small, even = (max(1, w // 2), max(1, h // 2)), (slice(max(1, h // 2 * 2)), slice(max(1, w // 2 * 2)))
        halves = [cv2.resize(plane[even], small, interpolation=cv2.INTER_AREA) for plane in colours]
        halves = [cv2.GaussianBlur(plane, (0, 0), 0.2 * coarse) for plane in halves]
        colours = [cv2.resize(plane, (w, h), interpolation=cv2.INTER_LINEAR) for plane in halves]
    return np.asarray(cv2.cvtColor(cv2.merge([luma, *colours]), cv2.COLOR_YCrCb2RGB), dtype=np.uint8)

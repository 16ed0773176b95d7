"""Upright: which way is up in a picture, by trying the turns that may be right and looking for names of leads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from infer.networks.backend import Backend, PageSeen
from infer.networks.logits import log_softmax, sigmoid
from infer.networks.view import small_picture

_MAYBE = 4.1  # a turn whose mean log probability is this much below the best one's may still be right
_VOTE = 0.25  # what that counts beside names and rows


def look_upright(backend: Backend, image: NDArray[np.uint8]) -> tuple[PageSeen, int]:
    """What is seen of the upright picture, and by how many quarters clockwise it was turned.

    A page that lies on its side is known by its shape; one that stands on its head by the names that cannot be read.
    """
    small = small_picture(image)
    seen = backend.see_page(small)
    paper = sigmoid(seen.paper)
    votes = (log_softmax(seen.turn) * paper).sum(axis=(1, 2)) / max(float(paper.sum()), 1e-6)
    turns = np.flatnonzero(votes > votes.max() - _MAYBE)
    views = {
        turn: seen if turn == 0 else backend.see_page(small_picture(np.ascontiguousarray(np.rot90(image, turn))))
        for turn in turns.tolist()
    }
    best = max(views, key=lambda turn: legible(views[turn]) + _VOTE * float(votes[turn]))
    return views[best], best


def legible(seen: PageSeen) -> float:
    """How much of the page looks like names of leads, and like rows of traces: log of their cells, of both alike.

    Pages that lie as they should reach 13 to 15, others 4 to 8.
    """
    paper = sigmoid(seen.paper)
    name = 1.0 - np.exp(log_softmax(seen.name)[0])
    return float(np.log((paper * name).sum() + 1.0) + np.log((paper * sigmoid(seen.rows[1])).sum() + 1.0))

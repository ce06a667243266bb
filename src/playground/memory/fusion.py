"""Reciprocal rank fusion: several ranked lists become one, without comparing their scores."""

from __future__ import annotations

from collections.abc import Sequence

RANK_CONSTANT = 60
"""How little the first places count more than the next; 60 is the value of the original paper."""


def fuse(rankings: Sequence[Sequence[str]]) -> list[tuple[str, float]]:
    """Fuses ranked lists of ids, best first.

    Args:
        rankings: lists of ids, each best first; an id counts once in a list, at its best place.

    Returns:
        Every id with its score, highest first; equal scores keep the order of first appearance.
    """
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, identifier in enumerate(dict.fromkeys(ranking), start=1):
            scores[identifier] = scores.get(identifier, 0.0) + 1.0 / (RANK_CONSTANT + rank)
    return sorted(scores.items(), key=lambda item: -item[1])

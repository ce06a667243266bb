"""Splits by repository, so that nothing that was trained on is asked about afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from playground.domain.lexing import language_of, tokens_of

SPLITS = ("train", "validation", "test")
_SHARES = (80, 90, 100)
TOKENS_MIN = 30
"""Names and signs from which code that differs in names alone is a copy and no coincidence."""


def pieces_of(code: str, *, path: str) -> frozenset[str]:
    """Returns digests that copies of a piece of code have in common.

    One is of the text but for white space. Long code has another one of what its tokens do,
    whatever its names, texts, numbers, comments and layout are; of short code much would be alike
    by chance.
    """
    pieces = {_digest(code.split())}
    places: dict[str, str] = {}
    said = [
        places.setdefault(token.form, f"${len(places)}") if token.kind == "name" else token.form
        for token in tokens_of(code, language=language_of(path))
        if token.kind in {"name", "op"}
    ]
    if len(said) >= TOKENS_MIN:
        pieces.add(_digest(said))
    return frozenset(pieces)


def _digest(words: Iterable[str]) -> str:
    return hashlib.sha256(" ".join(words).encode("utf-8", "replace")).hexdigest()


def splits_of(repositories: Mapping[str, frozenset[str]]) -> dict[str, str]:
    """Returns the split of each repository.

    Repositories that share a piece of code are copies of one another as far as a model goes, so
    they are put into the same split. Which one depends on the names alone, not on how much there
    is, so that a repository stays where it was as long as no copy of another joins it.

    Args:
        repositories: for each name what its code consists of, as `pieces_of` says it.
    """
    parents = {name: name for name in repositories}

    def leader(name: str) -> str:
        while parents[name] != name:
            parents[name] = parents[parents[name]]
            name = parents[name]
        return name

    owners: dict[str, str] = {}
    for name in sorted(repositories):
        for piece in sorted(repositories[name]):
            first, second = sorted((leader(owners.setdefault(piece, name)), leader(name)))
            parents[second] = first
    return {name: _split(leader(name)) for name in sorted(repositories)}


def _split(name: str) -> str:
    place = int.from_bytes(hashlib.sha256(name.casefold().encode()).digest()[:4], "big") % 100
    return next(split for split, end in zip(SPLITS, _SHARES, strict=True) if place < end)

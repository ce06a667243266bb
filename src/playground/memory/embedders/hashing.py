"""Words hashed into a vector: no files and no training, so it finds shared words, not meaning."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence

_WORD = re.compile(r"[^\W_]+")


class HashingEmbedder:
    """Feature hashing: every word adds or subtracts one at a place that its digest names."""

    def __init__(self, *, dimensions: int = 256) -> None:
        self._dimensions = dimensions

    @property
    def id(self) -> str:
        """Name, version and length."""
        return f"hashing-1-{self._dimensions}"

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._dimensions

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Returns a unit vector for each text; a text without words gives the first axis."""
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> list[float]:
        sums = [0.0] * self._dimensions
        for word in _WORD.findall(text.lower()):
            digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()
            place = int.from_bytes(digest[:7], "big") % self._dimensions
            sums[place] += 1.0 if digest[7] % 2 else -1.0
        length = math.sqrt(sum(value * value for value in sums))
        if length == 0.0:
            return [1.0] + [0.0] * (self._dimensions - 1)
        return [value / length for value in sums]


def create() -> HashingEmbedder:
    """Returns the embedder."""
    return HashingEmbedder()

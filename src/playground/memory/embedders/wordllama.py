"""WordLlama's static word vectors, read straight from the installed package's own files.

The package's loader is not used: it looks for its tokenizer in a cache and then asks a hub for it,
and importing it reconfigures logging. Reading the two files that lie in the wheel needs neither a
network nor a cache, and their digests are checked, so that a vector always means the same.
"""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from playground.domain.errors import Unavailable

PACKAGE = "wordllama"
WEIGHTS = "weights/l2_supercat_256.safetensors"
WEIGHTS_SHA256 = "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5"
TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
TOKENIZER_SHA256 = "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68"
VOCABULARY = 32_000
DIMENSIONS = 256
TEXT_CHARS_MAX = 8_000
_BYTES_PER_NUMBER = 2


class WordLlamaEmbedder:
    """Mean of the text's token vectors, scaled to length one.

    Only the first 8,000 characters of a text count. Safe to use from several threads.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Prepares the embedder; files are read at the first `embed`.

        Args:
            folder: where `weights/` and `tokenizers/` lie; the installed package by default.
        """
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: tuple[Tokenizer, NDArray[np.float16]] | None = None

    @property
    def id(self) -> str:
        """Name of the model and the beginning of its digest."""
        return f"wordllama-l2_supercat_{DIMENSIONS}-{WEIGHTS_SHA256[:12]}"

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return DIMENSIONS

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Returns a unit vector for each text; a text without tokens gives the first axis.

        Raises:
            Unavailable: the model's files are missing or not the expected ones.
        """
        if not texts:
            return []
        tokenizer, weights = self._load()
        tokens = [_tokens(tokenizer, text) for text in texts]
        # Widening a half-precision number costs more than all else, and words come again.
        used, places = np.unique(np.concatenate(tokens).astype(np.intp), return_inverse=True)
        wide = weights[used].astype(np.float32)
        ends = np.cumsum([len(one) for one in tokens])[:-1]
        return [_pooled(part, weights=wide) for part in np.split(places, ends)]

    def _load(self) -> tuple[Tokenizer, NDArray[np.float16]]:
        with self._lock:
            if self._loaded is None:
                folder = self._folder or _package_folder()
                weights = _verified(folder / WEIGHTS, sha256=WEIGHTS_SHA256)
                text = _verified(folder / TOKENIZER, sha256=TOKENIZER_SHA256)
                self._loaded = (Tokenizer.from_str(text.decode("utf-8")), _matrix(weights))
            return self._loaded


def create() -> WordLlamaEmbedder:
    """Returns the embedder."""
    return WordLlamaEmbedder()


def _package_folder() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable(
            "The embedding model is missing because the package wordllama is not installed; "
            "install Playground again from its lock file."
        )
    return Path(spec.submodule_search_locations[0])


def _verified(path: Path, *, sha256: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unavailable(
            f"The embedding model's file {path} cannot be read ({error.strerror or error}); "
            "install Playground again from its lock file."
        ) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Unavailable(
            f"The embedding model's file {path} is not the expected one; "
            "install Playground again from its lock file."
        )
    return content


def _matrix(content: bytes) -> NDArray[np.float16]:
    # The file's digest is pinned, so its layout is known: a header, then one half-precision
    # matrix up to the end.
    size = VOCABULARY * DIMENSIONS * _BYTES_PER_NUMBER
    flat = np.frombuffer(content, dtype=np.float16, offset=len(content) - size)
    return flat.reshape(VOCABULARY, DIMENSIONS)


def _tokens(tokenizer: Tokenizer, text: str) -> list[int]:
    clean = text[:TEXT_CHARS_MAX].encode("utf-8", "replace").decode("utf-8")
    return tokenizer.encode(clean, add_special_tokens=False).ids


def _pooled(tokens: NDArray[np.intp], *, weights: NDArray[np.float32]) -> list[float]:
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    if len(tokens):
        vector = weights[tokens].mean(axis=0)
    length = float(np.linalg.norm(vector))
    if length == 0.0:
        vector = np.zeros(DIMENSIONS, dtype=np.float32)
        vector[0] = 1.0
        length = 1.0
    return (vector / length).tolist()

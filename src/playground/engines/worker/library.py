"""The one place that knows the library's own names; they move between its releases.

The library has no types, so what is used of it is written down here as protocols.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from typing import Protocol, cast

from playground.engines.worker.wire import Tuning, WorkerSettings
from playground.plugins import load

_VERBOSITY_ERRORS = 1


class _Model(Protocol):
    path: str


class _Threads(Protocol):
    n_threads: int


class _Ngram(Protocol):
    size_n: int
    size_m: int


class _Speculative(Protocol):
    types: list[object]
    ngram_simple: _Ngram


class _Parameters(Protocol):
    model: _Model
    cpuparams: _Threads
    cpuparams_batch: _Threads
    speculative: _Speculative
    hostnames: list[str]
    port: int
    api_keys: list[str]
    n_parallel: int
    n_ctx: int
    n_batch: int
    n_ubatch: int
    chat_template: str
    use_jinja: bool
    cache_prompt: bool
    cache_ram_mib: int
    slot_save_path: str
    kv_unified: bool
    flash_attn_type: object
    fit_params: bool
    ui: bool
    verbosity: int
    warmup: bool


class _SpeculativeTypes(Protocol):
    COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE: object


class _FlashAttention(Protocol):
    LLAMA_FLASH_ATTN_TYPE_DISABLED: object
    LLAMA_FLASH_ATTN_TYPE_ENABLED: object


class _Library(Protocol):
    common_speculative_type: _SpeculativeTypes
    llama_flash_attn_type: _FlashAttention
    CommonParams: Callable[[], _Parameters]
    Server: Callable[[_Parameters], object]


def version() -> str:
    """Returns the library's version, which carries llama.cpp's build number."""
    return importlib.metadata.version("xllamacpp")


def serve(settings: WorkerSettings) -> object:
    """Loads the model and listens; the server lives as long as the returned object.

    Raises:
        Unavailable: the library or one that it needs is missing.
        RuntimeError: the model could not be loaded.
    """
    library = cast("_Library", load("xllamacpp", name="xllamacpp"))
    return library.Server(_parameters(library, settings))


def _parameters(library: _Library, settings: WorkerSettings) -> _Parameters:
    parameters = library.CommonParams()
    parameters.model.path = settings.model
    parameters.hostnames = [settings.socket]
    parameters.port = 0
    parameters.api_keys = [settings.api_key]
    parameters.n_parallel = settings.slots
    parameters.n_ctx = settings.slots * settings.context_tokens
    parameters.kv_unified = False
    parameters.cpuparams.n_threads = settings.threads
    parameters.cpuparams_batch.n_threads = settings.threads
    _tune(parameters, library=library, tuning=settings.tuning)
    parameters.chat_template, parameters.use_jinja = "chatml", False
    parameters.cache_prompt = True
    parameters.cache_ram_mib = 0  # which slot holds what is our own bookkeeping
    parameters.slot_save_path = f"{settings.folder}/"
    parameters.fit_params = False
    parameters.ui = False
    parameters.verbosity = _VERBOSITY_ERRORS
    parameters.warmup = True
    return parameters


def _tune(parameters: _Parameters, *, library: _Library, tuning: Tuning) -> None:
    parameters.n_batch = parameters.n_ubatch = tuning.batch_tokens
    if tuning.match_tokens:
        simple = library.common_speculative_type.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE
        parameters.speculative.types = [simple]
        parameters.speculative.ngram_simple.size_n = tuning.match_tokens
        parameters.speculative.ngram_simple.size_m = tuning.guess_tokens
    attention = library.llama_flash_attn_type
    parameters.flash_attn_type = (
        attention.LLAMA_FLASH_ATTN_TYPE_ENABLED
        if tuning.flash_attention
        else attention.LLAMA_FLASH_ATTN_TYPE_DISABLED
    )

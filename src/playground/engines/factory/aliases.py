"""Names that stand for a model which fits the machine.

There is no model of the name `deepseek_coder_v3`; what is meant depends on what can run it. The
choice is a pure function of the engine's kind, its address and the hardware, so the same machine
always gets the same model, and every result reports the model that was chosen.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from playground.domain.errors import BadConfiguration
from playground.engines.factory.hardware import Hardware

DEEPSEEK_CODER = "deepseek_coder_v3"
ALIASES = frozenset({DEEPSEEK_CODER})

_EMBEDDED = "llama_cpp"
_GB = 1_000_000_000
_LARGE_EMBEDDED_BYTES = 3 * _GB
"""The 1.5B model with its cache takes 1.7 GB; below this the rest of the machine would swap."""

_LITE_BYTES = 20 * _GB
"""DeepSeek-Coder-V2-Lite has 16 billion weights: 32 GB in bf16, 16 GB in 8 bits."""
_LITE_BF16_BYTES = 40 * _GB

_NODE_GPUS = 4
_NODE_BYTES = 500 * _GB
"""DeepSeek-V4-Flash-0731 is served on 4 H200 or 4 B200."""

SMALL = "qwen2.5-coder-0.5b"
LARGE = "qwen2.5-coder-1.5b"
LITE = "deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct"
NODE = "deepseek-ai/DeepSeek-V4-Flash-0731"
HOSTED = "deepseek-v4-flash"
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What an alias stands for here, and why, as half a sentence."""

    model: str
    because: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where an engine runs.

    Attributes:
        name: its configured name.
        kind: the adapter's module name.
        base_url: where it is asked, "" for this machine or the hosted service of its kind.
    """

    name: str
    kind: str
    base_url: str = ""

    @property
    def is_here(self) -> bool:
        """Whether the engine runs on this machine."""
        host = urlsplit(self.base_url).hostname or ""
        if not host or host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False


def resolve(alias: str, *, place: Place, hardware: Hardware) -> Resolved:
    """Returns the model that an alias stands for.

    Raises:
        BadConfiguration: nothing that it may stand for fits this machine.
    """
    if place.kind == _EMBEDDED:
        return _embedded(hardware)
    host = urlsplit(place.base_url).hostname or ""
    if host == "deepseek.com" or host.endswith(".deepseek.com"):
        return Resolved(HOSTED, f"{host} is DeepSeek's own service")
    if not place.is_here:
        return Resolved(AUTO, f"{host} serves it, and chooses by its own hardware")
    return _on_gpus(alias, place=place, hardware=hardware)


def _embedded(hardware: Hardware) -> Resolved:
    """Chooses among the models that are embedded."""
    if 0 < hardware.memory_bytes < _LARGE_EMBEDDED_BYTES:
        return Resolved(SMALL, f"{_gb(hardware.memory_bytes)} of memory are too few for {LARGE}")
    return Resolved(LARGE, "it is the built-in engine's model")


def _on_gpus(alias: str, *, place: Place, hardware: Hardware) -> Resolved:
    count, memory = len(hardware.gpus), hardware.gpu_bytes
    cards = ", ".join(dict.fromkeys(gpu.name for gpu in hardware.gpus)) or "none"
    if count >= _NODE_GPUS and memory >= _NODE_BYTES:
        return Resolved(NODE, f"{count} cards with {_gb(memory)} ({cards})")
    if memory >= _LITE_BF16_BYTES:
        return Resolved(LITE, f"{_gb(memory)} on {cards}")
    if memory >= _LITE_BYTES:
        return Resolved(LITE, f"{_gb(memory)} on {cards}, served in 8 bits")
    raise BadConfiguration(
        f"model.engines.{place.name}.model",
        value=alias,
        origin="the configuration",
        reason=f"no model that it stands for fits the graphics cards here ({cards}); name the "
        "model that your server has, or use kind: llama_cpp.",
    )


def _gb(amount: int) -> str:
    return f"{amount / _GB:.0f} GB"

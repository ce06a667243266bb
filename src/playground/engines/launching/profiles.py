"""Which flags a model needs on a card: pure functions from facts to arguments.

SGLang chooses most kernels itself, by the card's generation and the model's architecture. So a
flag is given only where it chooses something else than the wish, and every choice says why. The
rules are those of SGLang 0.5.23 (`arg_groups` of its sources). They were never run on a card
here: what is tested is that SGLang's own parser takes the flags and that the rules hold.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from playground.domain.errors import BadInput

Kernels = Literal["auto", "tensorrt"]
Speculation = Literal["auto", "none", "ngram", "eagle"]

HOPPER, BLACKWELL, BLACKWELL_RTX = 9, 10, 12
"""Major numbers of compute capabilities: H100 and H200; B200, GB200 and B300; RTX 50 and PRO."""

_V2, _V3, _V32 = "DeepseekV2ForCausalLM", "DeepseekV3ForCausalLM", "DeepseekV32ForCausalLM"
_V4 = "DeepseekV4ForCausalLM"
_LATENT = frozenset({_V2, _V3})
_EXPERTS_AUTO = frozenset(
    {
        *(_V3, _V32, _V4, "Qwen3MoeForCausalLM", "Qwen3NextForCausalLM"),
        *("Glm4MoeForCausalLM", "Llama4ForConditionalGeneration"),
    }
)
_EXPERT_FORMATS = frozenset(
    {"", "fp8", "mxfp8", "modelopt_fp4", "modelopt_fp8", "modelopt_mixed", "compressed-tensors"}
)
_EXPERT_COUNTS = ("n_routed_experts", "num_experts", "num_local_experts")

_KNOWN = {
    "deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct": (_V2, ""),
    "deepseek-ai/DeepSeek-Coder-V2-Instruct": (_V2, ""),
    "deepseek-ai/DeepSeek-V3-0324": (_V3, "fp8"),
    "deepseek-ai/DeepSeek-V3.1": (_V3, "fp8"),
    "deepseek-ai/DeepSeek-V3.1-Terminus": (_V3, "fp8"),
    "deepseek-ai/DeepSeek-V3.2": (_V32, "fp8"),
    "deepseek-ai/DeepSeek-V4-Flash": (_V4, "fp8"),
    "deepseek-ai/DeepSeek-V4-Flash-0731": (_V4, "fp8"),
}


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What decides a model's kernels.

    Attributes:
        architecture: the first of its `architectures`, "" when unknown.
        quantization: its `quant_method`, "" for none.
        experts: whether it has experts.
    """

    architecture: str = ""
    quantization: str = ""
    experts: bool = False


@dataclass(frozen=True, slots=True)
class Cards:
    """The graphics cards that a server may use, all of one kind.

    Attributes:
        capability: compute capability, such as (9, 0).
        count: how many.
    """

    capability: tuple[int, int]
    count: int = 1

    @property
    def named(self) -> str:
        """The capability as NVIDIA writes it."""
        return f"{self.capability[0]}.{self.capability[1]}"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for.

    Attributes:
        kernels: "tensorrt" for TensorRT-LLM's wherever the card has them.
        speculation: "auto" for a model's own draft heads.
    """

    kernels: Kernels = "auto"
    speculation: Speculation = "auto"


@dataclass(frozen=True, slots=True)
class Profile:
    """Flags, and a sentence for each choice, also for those that need no flag."""

    flags: tuple[str, ...]
    reasons: tuple[str, ...]


_Choice = tuple[tuple[str, ...], str]


def profile(model: ModelFacts, cards: Cards, *, wish: Wish) -> Profile:
    """Returns how to start a model on these cards.

    Raises:
        BadInput: the cards or the model cannot have what is wished for.
    """
    choices = (
        _parallel(cards),
        _attention(model, cards, wish),
        _experts(model, cards, wish),
        _speculation(model, cards, wish),
        _thoughts(model),
    )
    flags = tuple(word for words, _ in choices for word in words)
    return Profile(flags, tuple(reason for _, reason in choices if reason))


def facts_about(model: str) -> ModelFacts:
    """Returns the facts of a model's folder, or of a hub's model that we know by name.

    An unknown model gives empty facts, which need no flag.
    """
    try:
        config: object = json.loads((Path(model) / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        architecture, quantization = _KNOWN.get(model, ("", ""))
        return ModelFacts(architecture, quantization, experts=bool(architecture))
    return facts_of(cast("dict[str, object]", config)) if isinstance(config, dict) else ModelFacts()


def facts_of(config: Mapping[str, object]) -> ModelFacts:
    """Returns the facts of a model's `config.json`."""
    names = config.get("architectures")
    first: object = cast("list[object]", names)[0] if isinstance(names, list) and names else ""
    told = config.get("quantization_config")
    method = cast("dict[str, object]", told).get("quant_method") if isinstance(told, dict) else ""
    return ModelFacts(
        architecture=first if isinstance(first, str) else "",
        quantization=method if isinstance(method, str) else "",
        experts=any(isinstance(config.get(name), int) for name in _EXPERT_COUNTS),
    )


def _parallel(cards: Cards) -> _Choice:
    if cards.count == 1:
        return (), ""
    return ("--tp", str(cards.count)), f"the model is spread over {cards.count} cards"


def _attention(model: ModelFacts, cards: Cards, wish: Wish) -> _Choice:
    if wish.kernels == "auto":
        return (), f"attention: no flag, SGLang takes {_default_attention(model, cards)} by itself"
    if model.architecture == _V32:
        return (), "attention: no flag, the kernels of sparse attention are detected"
    if model.architecture == _V4:
        return _v4_attention(cards)
    backend = "trtllm_mla" if model.architecture in _LATENT else "trtllm_mha"
    able = _can_latent(cards) if backend == "trtllm_mla" else _can_plain(cards)
    if not able:
        needed = "Blackwell" if backend == "trtllm_mla" else "Hopper or Blackwell"
        raise BadInput(
            f"TensorRT-LLM's {backend} needs a card of {needed}, this one has compute capability "
            f"{cards.named}; set kernels to auto."
        )
    if _default_attention(model, cards) == backend:
        return (), f"attention: no flag, SGLang takes {backend} by itself"
    return ("--attention-backend", backend), f"attention: {backend}, as wished"


def _v4_attention(cards: Cards) -> _Choice:
    if cards.capability not in {(10, 0), (10, 3)}:
        raise BadInput(
            "TensorRT-LLM's attention for DeepSeek V4 needs a B200, GB200 or B300, this card has "
            f"compute capability {cards.named}; set kernels to auto."
        )
    flags = ("--dsv4-attn-backend", "trtllm", "--kv-cache-dtype", "fp8_e4m3")
    return flags, "attention: TensorRT-LLM's for DeepSeek V4, which needs an 8-bit cache"


def _default_attention(model: ModelFacts, cards: Cards) -> str:
    """What SGLang takes without a flag."""
    major = cards.capability[0]
    if model.architecture == _V4:
        return "dsv4"
    if model.architecture == _V32:
        return "dsa"
    if major == HOPPER:
        return "fa3"
    if model.architecture in _LATENT:
        blackwell = "trtllm_mla" if model.architecture == _V3 else "flashinfer"
        return blackwell if major == BLACKWELL else "triton"
    return "trtllm_mha" if major == BLACKWELL else "flashinfer"


def _can_latent(cards: Cards) -> bool:
    return cards.capability[0] in {BLACKWELL, 11, BLACKWELL_RTX}


def _can_plain(cards: Cards) -> bool:
    return cards.capability[0] in {HOPPER, BLACKWELL} or cards.capability == (12, 0)


def _experts(model: ModelFacts, cards: Cards, wish: Wish) -> _Choice:
    if not model.experts or wish.kernels == "auto":
        return (), ""
    if cards.capability[0] != BLACKWELL:
        return (), "experts: no flag, TensorRT-LLM's kernels for them need a B200, GB200 or B300"
    if model.architecture in _EXPERTS_AUTO:
        return (), "experts: no flag, SGLang takes flashinfer_trtllm by itself"
    if model.quantization not in _EXPERT_FORMATS:
        return (), f"experts: no flag, flashinfer_trtllm does not take {model.quantization}"
    return ("--moe-runner-backend", "flashinfer_trtllm"), "experts: flashinfer_trtllm, as wished"


def _speculation(model: ModelFacts, cards: Cards, wish: Wish) -> _Choice:
    wished = wish.speculation
    if wished == "none":
        return (), ""
    if wished == "ngram":
        return _ngram(model, cards, wish)
    if model.architecture in {_V3, _V32} or (wished == "eagle" and model.architecture == _V4):
        return ("--speculative-algorithm", "EAGLE"), "speculation: the model's own draft head"
    if wished == "eagle":
        raise BadInput(
            "This model has no draft head of its own; set speculation to auto or ngram, or name a "
            "draft model with --speculative-algorithm and --speculative-draft-model-path in args."
        )
    return (), ""


def _ngram(model: ModelFacts, cards: Cards, wish: Wish) -> _Choice:
    if model.architecture == _V4:
        raise BadInput("DeepSeek V4 speculates with EAGLE alone; set speculation to eagle.")
    flags = ("--speculative-algorithm", "NGRAM")
    reason = "speculation: from n-grams of the prompt, good for small edits"
    latent = model.architecture in _LATENT | {_V32}
    tensorrt = wish.kernels == "tensorrt" or (latent and cards.capability[0] == BLACKWELL)
    if not tensorrt:
        return flags, reason
    single = ("--speculative-ngram-max-bfs-breadth", "1")
    return (*flags, *single), f"{reason}; one branch, since these kernels take no more"


def _thoughts(model: ModelFacts) -> _Choice:
    if model.architecture != _V4:
        return (), ""
    return ("--reasoning-parser", "deepseek-v4"), "its thoughts are kept apart from its answer"

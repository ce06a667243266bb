"""Models, generations of cards, and every profile that can be made of them."""

from __future__ import annotations

from itertools import product

from playground.domain.errors import BadInput
from playground.engines.launching.profiles import (
    Cards,
    ModelFacts,
    Profile,
    Wish,
    facts_about,
    profile,
)

QWEN = ModelFacts("Qwen2ForCausalLM")
GPT_OSS = ModelFacts("GptOssForCausalLM", "mxfp4", experts=True)
QWEN_MOE = ModelFacts("Qwen3MoeForCausalLM", "fp8", experts=True)
LITE = facts_about("deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct")
V3 = facts_about("deepseek-ai/DeepSeek-V3-0324")
V32 = facts_about("deepseek-ai/DeepSeek-V3.2")
V4 = facts_about("deepseek-ai/DeepSeek-V4-Flash-0731")
MODELS = [QWEN, GPT_OSS, QWEN_MOE, LITE, V3, V32, V4, ModelFacts()]

A100, ADA, H100, B200, B300 = (8, 0), (8, 9), (9, 0), (10, 0), (10, 3)
RTX_50, GB10 = (12, 0), (12, 1)
GENERATIONS = [A100, ADA, H100, B200, B300, RTX_50, GB10]

TENSORRT = Wish(kernels="tensorrt", speculation="none")


def made(
    model: ModelFacts, capability: tuple[int, int], wish: Wish = TENSORRT, count: int = 1
) -> Profile:
    return profile(model, Cards(capability, count), wish=wish)


def every_profile() -> list[Profile]:
    profiles: list[Profile] = []
    for model, capability, count in product(MODELS, GENERATIONS, (1, 8)):
        for wish in (Wish(), TENSORRT, Wish("auto", "ngram"), Wish("auto", "eagle")):
            try:
                profiles.append(made(model, capability, wish, count))
            except BadInput:
                continue
    return profiles

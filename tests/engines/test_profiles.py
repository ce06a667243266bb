from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from engine_harnesses import made_engine
from profile_cases import (
    A100,
    ADA,
    B200,
    B300,
    GB10,
    GENERATIONS,
    GPT_OSS,
    H100,
    LITE,
    MODELS,
    QWEN,
    QWEN_MOE,
    RTX_50,
    TENSORRT,
    V3,
    V4,
    V32,
    every_profile,
    made,
)

from playground.domain.errors import BadInput
from playground.domain.ports import HealthState
from playground.engines.factory.hardware import probed
from playground.engines.launching.flags import refused
from playground.engines.launching.generations import capability_of, cards_of
from playground.engines.launching.profiles import (
    Cards,
    ModelFacts,
    Speculation,
    Wish,
    facts_about,
    facts_of,
)
from playground.engines.weights import ModelStore

MLA = "--attention-backend trtllm_mla"
MHA = "--attention-backend trtllm_mha"
EXPERTS = "--moe-runner-backend flashinfer_trtllm"
THOUGHTS = "--reasoning-parser deepseek-v4"
EAGLE = "--speculative-algorithm EAGLE"
NGRAM = "--speculative-algorithm NGRAM"


def flags(model: ModelFacts, capability: tuple[int, int], wish: Wish = TENSORRT) -> str:
    return " ".join(made(model, capability, wish).flags)


@pytest.mark.parametrize("capability", GENERATIONS)
@pytest.mark.parametrize("model", MODELS)
def test_left_to_itself_sglang_is_given_no_flag_for_kernels(
    model: ModelFacts, capability: tuple[int, int]
) -> None:
    told = made(model, capability, Wish(speculation="none"))
    assert " ".join(told.flags) == (THOUGHTS if model is V4 else "")
    assert any("by itself" in reason for reason in told.reasons)


@pytest.mark.parametrize(
    ("model", "capability", "picks"),
    [
        (QWEN, H100, "fa3"),
        (QWEN, B200, "trtllm_mha"),
        (QWEN, B300, "trtllm_mha"),
        (QWEN, RTX_50, "flashinfer"),
        (QWEN, A100, "flashinfer"),
        (LITE, H100, "fa3"),
        (LITE, B200, "flashinfer"),
        (LITE, ADA, "triton"),
        (V3, H100, "fa3"),
        (V3, B200, "trtllm_mla"),
        (V3, RTX_50, "triton"),
        (V32, H100, "dsa"),
        (V4, B200, "dsv4"),
    ],
)
def test_what_sglang_picks_is_told(
    model: ModelFacts, capability: tuple[int, int], picks: str
) -> None:
    assert f"SGLang takes {picks} by itself" in made(model, capability, Wish()).reasons[0]


@pytest.mark.parametrize(
    ("model", "capability", "expected"),
    [
        (QWEN, H100, MHA),
        (QWEN, B200, ""),
        (QWEN, RTX_50, MHA),
        (GPT_OSS, B200, ""),
        (QWEN_MOE, B200, ""),
        (QWEN_MOE, H100, MHA),
        (LITE, B200, f"{MLA} {EXPERTS}"),
        (LITE, B300, f"{MLA} {EXPERTS}"),
        (LITE, RTX_50, MLA),
        (V3, B200, ""),
        (V3, RTX_50, MLA),
        (V3, GB10, MLA),
        (V32, H100, ""),
        (V4, B200, f"--dsv4-attn-backend trtllm --kv-cache-dtype fp8_e4m3 {THOUGHTS}"),
    ],
)
def test_tensorrt_kernels_are_asked_for_only_where_sglang_would_take_others(
    model: ModelFacts, capability: tuple[int, int], expected: str
) -> None:
    assert flags(model, capability) == expected


@pytest.mark.parametrize(
    ("model", "capability", "words"),
    [
        (QWEN, A100, "trtllm_mha needs a card of Hopper or Blackwell"),
        (QWEN, ADA, "compute capability 8.9"),
        (QWEN, GB10, "trtllm_mha needs"),
        (LITE, H100, "trtllm_mla needs a card of Blackwell"),
        (V3, H100, "trtllm_mla needs a card of Blackwell"),
        (V4, H100, "needs a B200"),
        (V4, RTX_50, "needs a B200"),
    ],
)
def test_kernels_that_a_card_has_not_are_refused_with_what_to_do(
    model: ModelFacts, capability: tuple[int, int], words: str
) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        made(model, capability)
    assert "set kernels to auto" in str(caught.value)


@pytest.mark.parametrize(
    ("model", "capability", "speculation", "expected"),
    [
        (QWEN, H100, "auto", ""),
        (LITE, H100, "auto", ""),
        (V3, H100, "auto", EAGLE),
        (V3, B200, "eagle", EAGLE),
        (V32, H100, "auto", EAGLE),
        (V4, B200, "auto", THOUGHTS),
        (V4, B200, "eagle", f"{EAGLE} {THOUGHTS}"),
        (QWEN, H100, "ngram", NGRAM),
        (QWEN, B200, "ngram", NGRAM),
        (LITE, H100, "ngram", NGRAM),
        (V3, B200, "ngram", f"{NGRAM} --speculative-ngram-max-bfs-breadth 1"),
    ],
)
def test_speculation(
    model: ModelFacts, capability: tuple[int, int], speculation: Speculation, expected: str
) -> None:
    assert flags(model, capability, Wish(speculation=speculation)) == expected


def test_speculation_that_a_model_has_not_is_refused() -> None:
    with pytest.raises(BadInput, match="no draft head of its own"):
        made(QWEN, H100, Wish(speculation="eagle"))
    with pytest.raises(BadInput, match="EAGLE alone"):
        made(V4, B200, Wish(speculation="ngram"))


def test_ngrams_beside_tensorrt_kernels_have_one_branch() -> None:
    both = made(QWEN, H100, Wish("tensorrt", "ngram"))
    assert both.flags[-2:] == ("--speculative-ngram-max-bfs-breadth", "1")


def test_no_profile_runs_foreign_code_or_says_too_little() -> None:
    profiles = every_profile()
    assert len(profiles) > 250
    for told in profiles:
        assert not [flag for flag in told.flags if refused(flag)]
        assert told.reasons
        assert "--quantization" not in told.flags  # what a checkpoint has is in its own settings
    spread = made(V3, B200, Wish(), count=8)
    assert spread.flags[:2] == ("--tp", "8")


def test_the_facts_of_a_model_are_read_from_its_folder(tmp_path: Path) -> None:
    config = {
        "architectures": ["DeepseekV2ForCausalLM"],
        "n_routed_experts": 64,
        "quantization_config": {"quant_method": "fp8"},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert facts_about(str(tmp_path)) == ModelFacts("DeepseekV2ForCausalLM", "fp8", experts=True)
    (tmp_path / "config.json").write_text("[]")
    assert facts_about(str(tmp_path)) == facts_about("nobody/knows") == ModelFacts()
    assert facts_of({"architectures": [], "quantization_config": None}) == ModelFacts()
    assert ModelFacts("DeepseekV3ForCausalLM", "fp8", experts=True) == V3


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        ("NVIDIA H100 80GB HBM3", H100),
        ("NVIDIA H200", H100),
        ("NVIDIA GH200 480GB", H100),
        ("NVIDIA B200", B200),
        ("NVIDIA GB200", B200),
        ("NVIDIA B300 SXM6 AC", B300),
        ("NVIDIA GB10", GB10),
        ("NVIDIA GeForce RTX 5090", RTX_50),
        ("NVIDIA RTX PRO 6000 Blackwell Workstation Edition", RTX_50),
        ("NVIDIA L40S", ADA),
        ("NVIDIA GeForce RTX 4090", ADA),
        ("NVIDIA RTX 6000 Ada Generation", ADA),
        ("NVIDIA A10G", (8, 6)),
        ("NVIDIA A100-SXM4-80GB", A100),
        ("Tesla T4", (7, 5)),
        ("NVIDIA Something 1", None),
    ],
)
def test_a_card_is_known_by_its_name(name: str, capability: tuple[int, int] | None) -> None:
    assert capability_of(name) == capability


def test_cards_are_those_of_the_machine_or_those_that_are_written(tmp_path: Path) -> None:
    for number in range(2):
        folder = tmp_path / "driver" / "nvidia" / "gpus" / f"0000:0{number}:00.0"
        folder.mkdir(parents=True)
        (folder / "information").write_text("Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   31\n")
    names = tuple(gpu.name for gpu in probed(proc=tmp_path).gpus)
    assert names == ("NVIDIA H100 80GB HBM3",) * 2
    assert cards_of(names) == Cards(H100, 2)
    assert cards_of(names, count=1) == Cards(H100, 1)
    assert cards_of(names, written="10.0") == Cards(B200, 2)
    assert cards_of((), written="12.0") == Cards(RTX_50, 1)
    assert cards_of(()) is None
    assert cards_of(("NVIDIA Something 1",)) is None
    with pytest.raises(BadInput, match="2 cards, not 4"):
        cards_of(names, count=4)
    with pytest.raises(BadInput, match="different generations"):
        cards_of(("NVIDIA H100", "NVIDIA A100"))
    with pytest.raises(BadInput, match="no compute capability"):
        cards_of((), written="hopper")


def test_the_command_can_be_seen_before_it_is_started(empty_store: ModelStore) -> None:
    options = {
        "command": (sys.executable, "-m", "sglang.launch_server"),
        "model": "deepseek-ai/DeepSeek-V3-0324",
        "gpu": "10.0",
        "gpus": 8,
    }
    with made_engine("sglang", options, store=empty_store) as engine:
        health = engine.health()
    assert health.state is HealthState.STARTING
    assert "--model-path deepseek-ai/DeepSeek-V3-0324" in health.detail
    assert "--tp 8 --speculative-algorithm EAGLE" in health.detail
    assert "SGLang takes trtllm_mla by itself" in health.detail
    with made_engine(
        "sglang", {**options, "kernels": "tensorrt", "gpu": "9.0"}, store=empty_store
    ) as engine:
        assert "needs a card of Blackwell" in engine.health().detail

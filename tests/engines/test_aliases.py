"""An alias stands for what fits the machine, and the machine is read from files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.domain.errors import BadConfiguration
from playground.engines import ModelFactory
from playground.engines.factory import EngineSettings, Oversight
from playground.engines.factory.aliases import (
    AUTO,
    DEEPSEEK_CODER,
    HOSTED,
    LARGE,
    LITE,
    NODE,
    SMALL,
    Place,
    resolve,
)
from playground.engines.factory.hardware import Gpu, Hardware, gpu_memory_bytes, probed
from playground.engines.weights import ModelStore

GB = 1_000_000_000
HERE = "http://127.0.0.1:30000/v1"


def machine(*cards: str, memory: int = 16 * GB) -> Hardware:
    return Hardware(2, memory, tuple(Gpu(card, gpu_memory_bytes(card)) for card in cards))


@pytest.mark.parametrize(
    ("kind", "base_url", "hardware", "model"),
    [
        ("llama_cpp", "", machine(), LARGE),
        ("llama_cpp", "", machine(memory=2 * GB), SMALL),
        ("llama_cpp", "", machine("NVIDIA H100 80GB HBM3"), LARGE),
        ("sglang", HERE, machine("NVIDIA H100 80GB HBM3"), LITE),
        ("sglang", "", machine("NVIDIA L4"), LITE),
        ("openai_compatible", "http://[::1]:8000/v1", machine("NVIDIA A100-SXM4-40GB"), LITE),
        ("openai_compatible", "http://localhost:8000/v1", machine("NVIDIA GeForce RTX 4090"), LITE),
        ("sglang", HERE, machine(*["NVIDIA H200"] * 4), NODE),
        ("trtllm", HERE, machine(*["NVIDIA B200"] * 8), NODE),
        ("sglang", HERE, machine(*["NVIDIA H100 80GB HBM3"] * 4), LITE),
        ("openai_compatible", "https://api.deepseek.com/v1", machine(), HOSTED),
        ("openai_compatible", "https://api.deepseek.com.evil.example/v1", machine(), AUTO),
        ("sglang", "http://gpu-7.example:30000/v1", machine(), AUTO),
    ],
)
def test_what_the_seeds_name_stands_for(
    kind: str, base_url: str, hardware: Hardware, model: str
) -> None:
    found = resolve(DEEPSEEK_CODER, place=Place("it", kind, base_url), hardware=hardware)
    assert found.model == model
    assert found.because


@pytest.mark.parametrize("cards", [(), ("NVIDIA T4",), ("Unheard Of X1",)])
def test_nothing_smaller_is_put_in_the_place_of_what_does_not_fit(cards: tuple[str, ...]) -> None:
    with pytest.raises(BadConfiguration, match="use kind: llama_cpp") as caught:
        resolve(DEEPSEEK_CODER, place=Place("gpu", "sglang", HERE), hardware=machine(*cards))
    assert caught.value.key == "model.engines.gpu.model"


MACHINES = st.builds(
    Hardware,
    st.integers(1, 64),
    st.integers(0, 512 * GB),
    st.lists(st.builds(Gpu, st.just("X"), st.integers(0, 200 * GB)), max_size=8).map(tuple),
)


@given(MACHINES, st.sampled_from(["llama_cpp", "sglang", "openai_compatible"]))
def test_the_same_machine_always_gets_the_same_model(hardware: Hardware, kind: str) -> None:
    place = Place("it", kind)

    def answer() -> object:
        try:
            return resolve(DEEPSEEK_CODER, place=place, hardware=hardware)
        except BadConfiguration as error:
            return str(error)

    assert answer() == answer()


def test_the_machine_is_read_from_the_kernels_files(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal:        8000000 kB\nMemFree: 1 kB\n")
    for number, name in enumerate(["NVIDIA H200", "NVIDIA GeForce RTX 3090"]):
        folder = tmp_path / "driver" / "nvidia" / "gpus" / f"0000:0{number}:00.0"
        folder.mkdir(parents=True)
        text = f"Model: \t\t {name}\nIRQ:   \t\t 16\nGPU UUID: \t GPU-1\n"
        (folder / "information").write_text(text)
    cgroup = tmp_path / "cgroup"
    cgroup.mkdir()
    found = probed(proc=tmp_path, cgroup=cgroup)
    assert found.memory_bytes == 8_192_000_000
    assert found.gpus == (Gpu("NVIDIA H200", 141 * GB), Gpu("NVIDIA GeForce RTX 3090", 24 * GB))
    assert found.cores >= 1
    (cgroup / "memory.max").write_text("2000000000\n")
    assert probed(proc=tmp_path, cgroup=cgroup).memory_bytes == 2 * GB
    (cgroup / "memory.max").write_text("max\n")
    assert probed(proc=tmp_path, cgroup=cgroup).memory_bytes == 8_192_000_000
    assert probed().memory_bytes > 0


def test_the_factory_resolves_and_reports(tmp_path: Path) -> None:
    settings = {"it": EngineSettings("llama_cpp", {"model": DEEPSEEK_CODER})}
    store = ModelStore(tmp_path, sources=())
    oversight = Oversight(hardware=lambda: machine(memory=GB))
    factory = ModelFactory(settings, default="it", store=store, oversight=oversight)
    assert factory.model() == SMALL
    standing = factory.standing()
    assert (standing.kind, standing.model) == ("llama_cpp", SMALL)
    assert standing.because == f"1 GB of memory are too few for {LARGE}"
    assert SMALL in factory.health().detail
    factory.close()

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from engine_harnesses import counting

from playground.domain.errors import BadConfiguration, BadInput, EngineUnavailable
from playground.domain.ports import Finish, HealthState
from playground.engines import ModelFactory
from playground.engines.factory import EngineSettings
from playground.engines.weights import ModelStore


def factory(tmp_path: Path, **engines: EngineSettings) -> ModelFactory:
    script = tmp_path / "s.yaml"
    script.write_text("- {answer: yes indeed}")
    known = {"demo": EngineSettings("scripted", {"file": str(script)}), **engines}
    return ModelFactory(known, default="demo", store=ModelStore(tmp_path / "m", sources=()))


def test_an_engine_is_made_once_however_many_threads_ask(tmp_path: Path) -> None:
    made = factory(tmp_path)
    with ThreadPoolExecutor(max_workers=8) as pool:
        engines = set(map(id, pool.map(made.get, ["", "demo"] * 8)))
    assert len(engines) == 1
    assert made.names == ("demo",)


def test_nothing_is_read_or_started_before_an_engine_is_used(tmp_path: Path) -> None:
    made = factory(tmp_path, local=EngineSettings("llama_cpp", {}))
    engine = made.get("local")
    health = made.health("local")
    assert health.state is HealthState.DOWN
    assert "playground model pull qwen2.5-coder-1.5b" in health.detail
    assert engine.kind == "llama_cpp"
    made.close()


@pytest.mark.parametrize(
    ("settings", "key", "words"),
    [
        (EngineSettings("magic"), "kind", "choose one of: llama_cpp, openai_compatible, scripted"),
        (EngineSettings("weights"), "kind", "there is no such kind"),
        (EngineSettings("scripted"), "file", "required"),
        (EngineSettings("scripted", {"file": "x", "fil": 1}), "fil", "not permitted"),
        (EngineSettings("llama_cpp", {"slots": 0}), "slots", "greater"),
        (EngineSettings("llama_cpp", {"slots": "4"}), "slots", "integer"),
        (EngineSettings("llama_cpp", {"context_tokens": 512}), "context_tokens", "4096"),
        (EngineSettings("llama_cpp", {"model_path": "x"}), "", "model_path and sha256 together"),
        (EngineSettings("llama_cpp", {"model_path": "x", "sha256": "12"}), "sha256", "pattern"),
    ],
)
def test_wrong_settings_name_the_key(
    tmp_path: Path, settings: EngineSettings, key: str, words: str
) -> None:
    made = factory(tmp_path, it=settings)
    with pytest.raises(BadConfiguration, match=words) as caught:
        made.get("it")
    assert caught.value.key == f"model.engines.it.{key}".rstrip(".")
    assert made.health("it").state is HealthState.DOWN
    assert made.get().generate  # the others are not harmed


def test_an_unknown_model_is_told_when_the_engine_is_made(tmp_path: Path) -> None:
    made = factory(tmp_path, it=EngineSettings("llama_cpp", {"model": "huge"}))
    with pytest.raises(BadInput, match="There is no model 'huge'"):
        made.get("it")


def test_names_that_are_not_configured_are_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="choose one of: demo"):
        factory(tmp_path).get("other")


def test_closing_closes_every_engine_and_may_be_done_twice(tmp_path: Path) -> None:
    made = factory(tmp_path)
    engine = made.get()
    made.close()
    made.close()
    assert engine.health().state is HealthState.DOWN
    with pytest.raises(EngineUnavailable, match="closed"):
        made.get()


def test_closing_takes_seconds_however_many_engines_answer(tmp_path: Path) -> None:
    script = tmp_path / "slow.yaml"
    script.write_text("- {answer: indeed, delay_s: 600}")
    log = tmp_path / "calls.log"
    options = {"file": str(script), "log": str(log)}
    slow = {f"e{n}": EngineSettings("scripted", options) for n in range(3)}
    made = factory(tmp_path, **slow)
    with ThreadPoolExecutor(max_workers=3) as pool:
        asked = [pool.submit(made.get(name).generate, counting(name)) for name in slow]
        while not log.exists() or log.read_text().count("\n") < 3:
            assert not any(future.done() for future in asked)
            time.sleep(0.01)
        started = time.monotonic()
        made.close()
        finishes = [future.result(timeout=60).finish for future in asked]
    assert finishes == [Finish.CANCELLED] * 3
    assert time.monotonic() - started < 60


def test_standings_tell_without_asking_and_ask_for_one_token(tmp_path: Path) -> None:
    made = factory(tmp_path, wrong=EngineSettings("magic"))
    assert made.standing("demo").health is None
    asked = made.standing(ask=True)
    assert (asked.name, asked.kind, asked.model) == ("demo", "scripted", "scripted-s")
    assert asked.health is not None
    assert asked.health.state is HealthState.READY
    assert "there is no such kind" in made.standing("wrong").trouble
    assert made.standing("demo").left == ()

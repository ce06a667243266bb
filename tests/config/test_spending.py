"""Limits, budgets, prices and the cascade, as they are written and as they are refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from playground.config import Config, ConfigManager
from playground.domain.costs import Price
from playground.domain.errors import BadConfiguration
from playground.domain.limits import Limits


def read(folder: Path, text: str) -> Config:
    (folder / "model.yaml").write_text(text)
    return ConfigManager(project=None, environ={}, user_dir=folder).config


def test_nothing_is_limited_by_default_but_calls_a_minute(tmp_path: Path) -> None:
    config = read(tmp_path, "")
    assert config.model.cascade == ()
    assert config.model.asked == ("local",)
    assert not config.model.budgets.bounds
    assert not any(engine.limits.bounds for engine in config.model.engines.values())
    assert all(engine.price is None for engine in config.model.engines.values())


def test_money_is_exact_as_it_is_written(tmp_path: Path) -> None:
    text = (
        "budgets: {money_per_day: '2.10'}\n"
        "engines: {local: {price: {prompt: 0.1, completion: 3}, "
        "limits: {money_per_day: 0.30, requests_per_minute: 4}}}\n"
    )
    model = read(tmp_path, text).model
    engine = model.engines["local"]
    assert engine.limits.bounds == Limits(requests_per_minute=4, money_per_day=Decimal("0.3"))
    assert model.budgets.bounds == Limits(money_per_day=Decimal("2.10"))
    assert engine.price is not None
    tenth, three = Decimal("0.1"), Decimal(3)
    assert engine.price.in_currency("USD") == Price(tenth, three, tenth, "USD")
    assert engine.options == {"model": "qwen2.5-coder-1.5b"}


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("cascade: [small, huge]", "model.cascade", "choose some of: local, openai, small"),
        ("cascade: [small, small]", "model.cascade", "names an engine twice"),
        ("currency: dollars", "model.currency", "not written as such"),
        ("budgets: {money_per_day: 0}", "model.budgets.money_per_day", "more than 0"),
        ("budgets: {money_per_day: true}", "model.budgets.money_per_day", "number"),
        ("budgets: {tokens_per_minute: 1}", "model.budgets.tokens_per_minute", "no such setting"),
        ("engines: {local: {limits: {tokens_per_day: 0}}}", "", "at least 1"),
        ("engines: {local: {limits: {token_per_day: 1}}}", "", "no such setting"),
        ("engines: {local: {limits: {money_per_day: 1}}}", "", "needs a price"),
        ("engines: {local: {price: {prompt: 1}}}", "", "set it"),
        ("engines: {local: {price: {prompt: -1, completion: 1}}}", "", "at least 0"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, text: str, key: str, words: str) -> None:
    with pytest.raises(BadConfiguration, match=words) as caught:
        read(tmp_path, text + "\n")
    assert caught.value.key.startswith(key or "model.engines.local")


def test_the_cascade_is_the_policy_unless_one_engine_is_named(tmp_path: Path) -> None:
    config = read(tmp_path, "cascade: [small, local]\n")
    assert config.model.asked == ("small", "local")
    assert config.policy().engines == ("small", "local")
    assert config.policy(engine="openai").engines == ("openai",)

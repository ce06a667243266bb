"""Credentials: found at their place, never repeated, and as the slow way would find them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from analysis_world import put
from hypothesis import given
from hypothesis import strategies as st

from playground.analyzers import secrets as secrets_analyzer
from playground.analyzers.mirror import Mirrors
from playground.analyzers.profile import AnalyzerContext
from playground.domain.findings import Finding, Severity
from playground.domain.verdicts import Check
from playground.security import secrets
from playground.security.secrets import KINDS, find_secrets

RANDOM = "q7Zt4LmX9vB2nR8sK5wY"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----"
PLANTED = {
    "secret-aws-key": "AKIA" + "IOSFODNN7QXZTRPL",
    "secret-github-token": "ghp_" + "4hT8sKq2LmZ0xV7bNc1RwY6pJ3dFgE5uAiOt",
    "secret-private-key": PEM,
    "secret-url-password": "hunter2" + RANDOM,
    "secret-assigned-secret": RANDOM,
}
TEXT = f"""\
import os
aws = '{PLANTED["secret-aws-key"]}'
def connect():
    token = '{PLANTED["secret-github-token"]}'
    url = 'postgres://ada:{PLANTED["secret-url-password"]}@db/x'
    return url
password = '{RANDOM}'
pem = '''{PEM}'''
safe = os.environ['API_KEY']
password_field = 'correct-horse-battery-staple'
"""


def check(tmp_path: Path, text: str) -> Check:
    root = put(tmp_path / "repo", {"a.py": text})
    mirrors = Mirrors(tmp_path / "scratch")
    with mirrors.hold(root, texts={"a.py": text}, settings={}) as mirror:
        return secrets_analyzer.create(AnalyzerContext(tmp_path)).check(mirror, paths=["a.py"])


def test_each_is_found_and_none_is_repeated(tmp_path: Path) -> None:
    found = check(tmp_path, TEXT).findings
    assert {f.rule for f in found} == set(PLANTED)
    assert [f.span.start_line for f in found] == [2, 4, 5, 7, 8]
    assert [f.symbol for f in found] == ["", "connect", "connect", "", ""]
    said = repr(found)
    for secret in PLANTED.values():
        assert secret not in said
        assert secret[:12] not in said or secret.startswith("-----BEGIN")
    assert "MIIEow" not in said
    guessed = {f.rule: f.severity for f in found}
    assert guessed["secret-aws-key"] is Severity.ERROR
    assert guessed["secret-assigned-secret"] is Severity.WARNING


def test_another_secret_in_the_same_place_has_the_same_name(tmp_path: Path) -> None:
    """So that neither a baseline nor the journal can be used to guess at it."""

    def fingerprint(secret: str) -> str:
        (found,) = check(tmp_path, f"password = '{secret}'\n").findings
        return found.fingerprint

    assert fingerprint(RANDOM) == fingerprint(RANDOM[::-1])


def test_equal_ones_are_told_apart(tmp_path: Path) -> None:
    line = f"password = '{RANDOM}'\n"
    found = check(tmp_path, line + line).findings
    assert [f.ordinal for f in found] == [0, 1]
    assert len({f.fingerprint for f in found}) == 2


def test_every_kind_has_a_card(tmp_path: Path) -> None:
    analyzer = secrets_analyzer.create(AnalyzerContext(tmp_path))
    assert len(analyzer.rules_like("secret")) == len(KINDS)
    for rule in analyzer.rules_like("secret"):
        card = analyzer.explain(rule)
        assert all((card.name, card.summary, card.why, card.example, card.instead))
        assert find_secrets(card.example) == []


INSIDE: dict[str, Any] = dict(vars(secrets))


def slowly_found(text: str) -> list[tuple[str, int, int]]:
    """Every expression searched from every character, as it is defined."""
    found: list[secrets.Secret] = []
    for m in INSIDE["_KEY_FORMATS"].finditer(text):
        kind = INSIDE["_FORMATS"][int((m.lastgroup or "f0")[1:])][0]
        found.append(secrets.Secret(kind, m.start(), m.end(), m.group()))
    for shape in INSIDE["_SHAPES"]:
        for m in shape.pattern.finditer(text):
            value = m["value"]
            random = INSIDE["_looks_random"](value, bits_min=shape.bits_min)
            if len(value) >= shape.length_min and random:
                found.append(secrets.Secret(shape.kind, m.start("value"), m.end("value"), value))
    return [(s.kind, s.start, s.end) for s in INSIDE["_disjoint"](found)]


PIECES = [
    *PLANTED.values(),
    *("password", "API_KEY", "api-key", "token", "Client_Secret", "secret_hash", "passphrase"),
    *(
        "Authorization: Bearer ",
        "bearer ",
        "basic ",
        "postgres://ada:",
        "@db/x",
        "https://",
        "x:y@z",
    ),
    *(
        " = ",
        ": str = ",
        "=>",
        "['",
        "']",
        '"',
        "'",
        "\n",
        " ",
        "\u0130",
        "\u017f",
        "é",
        "a1",
        RANDOM,
        "sk-",
    ),
    *("eyJ" + RANDOM, ".", "-----BEGIN ", "PRIVATE KEY-----", "AKIA", "xoxb-" + RANDOM, "example"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_the_quick_search_finds_what_the_slow_one_finds(text: str) -> None:
    assert [(s.kind, s.start, s.end) for s in find_secrets(text)] == slowly_found(text)


@pytest.mark.parametrize(
    "piece", ["token = ", "sk-", "://a@", "bearer ", "eyJ", "pass" * 10 + "='"]
)
def test_many_beginnings_take_no_long_time(piece: str) -> None:
    assert isinstance(find_secrets(piece * (600_000 // len(piece))), list)


def test_findings_are_frozen_values(tmp_path: Path) -> None:
    assert all(isinstance(f, Finding) for f in check(tmp_path, TEXT).findings)

"""The rules that the worker knows, from lists that are built together with it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files

from pydantic import BaseModel, TypeAdapter


class LintRule(BaseModel):
    """A rule of ESLint or of one of the bundled plugins.

    Attributes:
        name: the full name, such as "@typescript-eslint/no-explicit-any".
        summary: one line.
        url: its documentation.
        problem: whether its findings are likely errors, and not advice.
        recommended: whether its authors recommend it.
    """

    name: str
    summary: str
    url: str
    problem: bool
    recommended: bool


_RULES = TypeAdapter(list[LintRule])
_NAMED = TypeAdapter(dict[str, str])


@cache
def lint_rules() -> Mapping[str, LintRule]:
    """Returns every rule by its name."""
    rules = _RULES.validate_json(_data("rules.json"))
    return {rule.name: rule for rule in rules}


@cache
def compiler_errors() -> Mapping[str, str]:
    """Returns the compiler's messages with gaps such as {0}, by rule such as "TS2345"."""
    return _NAMED.validate_json(_data("errors.json"))


@cache
def version_of(package: str) -> str:
    """Returns a bundled package's version with the first digits of the worker's digest."""
    versions = _NAMED.validate_json(_data("versions.json"))
    return f"{versions[package]}+{sha256(_data('worker.cjs')).hexdigest()[:12]}"


def _data(name: str) -> bytes:
    return (files("playground.analyzers.javascript") / name).read_bytes()

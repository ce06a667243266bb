"""Validation: turns leaves into a `Config`, and what is wrong with them into one sentence."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from playground.config.reading import parse_layer
from playground.config.schema import ENGINE_NAME, Config
from playground.config.settings import (
    SECTIONS,
    KeyPath,
    Layer,
    Leaf,
    bad,
    dotted,
    is_secret,
    merge,
    nested,
)

_ENGINES = ("model", "engines")
_ENGINE_NAME = re.compile(ENGINE_NAME)


@cache
def _packaged() -> Layer:
    layer: Layer = {}
    for section in SECTIONS:
        text = files("playground.config").joinpath(f"{section}.yaml").read_text(encoding="utf-8")
        layer |= parse_layer(text, section=section, origin=f"packaged {section}.yaml")
    return layer


def packaged_layer() -> Layer:
    """Returns the defaults, every setting there is, with their lines in the packaged files."""
    return dict(_packaged())


def validated(layer: Mapping[KeyPath, Leaf]) -> Config:
    """Returns the configuration that the merged leaves describe.

    Raises:
        BadConfiguration: a key is unknown, or a value is of a wrong type or out of range.
    """
    for path, leaf in layer.items():
        check_key(path, leaf=leaf)
    try:
        config = Config.model_validate(nested(layer))
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)[0]
        path, leaf = _place(details, layer)
        raise bad(path, leaf=leaf, reason=_reason(details)) from None
    for key, names in (("engine", (config.model.engine,)), ("cascade", config.model.cascade)):
        if set(names) - set(config.model.engines):
            known = ", ".join(sorted(config.model.engines))
            reason = f"choose {'one' if key == 'engine' else 'some'} of: {known}."
            raise bad(("model", key), leaf=layer[("model", key)], reason=reason)
    return config


def check_key(path: KeyPath, *, leaf: Leaf) -> None:
    """Makes sure that a setting of this name exists.

    Raises:
        BadConfiguration: it does not; the reason names the one that was probably meant.
    """
    if path[:2] == _ENGINES and len(path) > 3:
        if not _ENGINE_NAME.fullmatch(path[2]):
            reason = "name an engine with a-z, 0-9, - and _, at most 64 characters."
            raise bad(path[:3], leaf=Leaf(path[2], leaf.origin), reason=reason)
        if is_secret(path[3:]):
            reason = "keys are not written here; name an environment variable in api_key_env."
            raise bad(path, leaf=Leaf("***", leaf.origin), reason=reason)
        return
    defaults = _packaged()
    if path in defaults or (path[:2] == _ENGINES and len(path) > 1):
        return
    if any(known[: len(path)] == path for known in defaults):
        return
    raise bad(path, leaf=leaf, reason=_unknown(path))


def _unknown(path: KeyPath) -> str:
    known = [dotted(p) for p in _packaged() if p[:2] != _ENGINES]
    groups = {name.rpartition(".")[0] for name in known}
    near = difflib.get_close_matches(dotted(path)[:200], [*known, *groups], n=1, cutoff=0.6)
    same = [name for name in known if name.rpartition(".")[2] == path[-1]]
    if near or same:
        return f"there is no such setting; did you mean {(near or same)[0]}?"
    return "there is no such setting; `playground config show` lists all of them."


def _place(details: ErrorDetails, layer: Mapping[KeyPath, Leaf]) -> tuple[KeyPath, Leaf]:
    path = tuple(str(part) for part in details["loc"])
    for length in range(len(path), 0, -1):
        leaf = layer.get(path[:length])
        if leaf is not None:
            return path[:length], leaf
    for length in range(len(path) - 1, 0, -1):
        for beside, leaf in layer.items():
            if beside[:length] == path[:length]:
                return path, Leaf(None, leaf.origin)
    return path, Leaf(None, "the configuration")


def _reason(details: ErrorDetails) -> str:
    limits = {key: str(value) for key, value in details.get("ctx", {}).items()}
    kind = details["type"]
    for word, name in (
        ("le", "at most"),
        ("ge", "at least"),
        ("gt", "more than"),
        ("lt", "less than"),
    ):
        if word in limits:
            return f"it must be {name} {limits[word]}."
    sentence = _SENTENCES.get(kind)
    if sentence:
        return sentence
    if kind == "literal_error":
        return f"choose {limits.get('expected', 'one of the listed words')}."
    if "max_length" in limits:
        return f"it must have at most {limits['max_length']} entries or characters."
    if "min_length" in limits:
        return f"it must have at least {limits['min_length']}."
    if kind == "value_error":
        return f"{limits.get('error', 'it cannot be used')}."
    return f"{details['msg'][:1].lower()}{details['msg'][1:]}."


_SENTENCES = {
    "missing": "it is needed; set it.",
    "int_type": "write a whole number.",
    "float_type": "write a number.",
    "finite_number": "write a finite number.",
    "decimal_type": "write a number.",
    "decimal_parsing": "write a number.",
    "bool_type": "write true or false.",
    "string_type": "write a text, in quotation marks if it looks like something else.",
    "tuple_type": "write a list, such as [one, two].",
    "model_type": "this is a group; write its settings below it.",
    "model_attributes_type": "this is a group; write its settings below it.",
    "mapping_type": "this is a group; write its settings below it.",
    "dict_type": "this is a group; write its settings below it.",
    "string_pattern_mismatch": "it is not written as such a name must be; see the packaged file.",
    "extra_forbidden": "there is no such setting; `playground config show` lists all of them.",
}


def merged_and_validated(below: Layer, *, above: Mapping[KeyPath, Leaf]) -> tuple[Layer, Config]:
    """Returns both layers as one, and the configuration that they describe together.

    Raises:
        BadConfiguration: as in `validated`.
    """
    layer = merge(below, above=above)
    return layer, validated(layer)

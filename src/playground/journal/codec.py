"""Events to canonical JSON and back, exactly.

The text has sorted keys and no spaces, so equal events give equal bytes. Wherever the domain
allows several classes in one place (an event, a candidate or a refusal, a decision), the object
carries its class name as `type`; nothing is ever guessed from the shape, because an approval and
a rejection can have the same members.

A validator is built from the domain's own annotations, so a new field or event needs nothing
here. A field with a default may be missing in what an older version wrote.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Iterable
from enum import Enum
from functools import cache
from typing import Any, cast

from pydantic_core import CoreSchema, SchemaValidator, ValidationError, core_schema

from playground.domain.audits import TextsForgotten
from playground.domain.campaigns import CampaignEvent
from playground.domain.errors import Unreadable
from playground.domain.events import Event

FORMAT = 1
"""Version of the JSON form; raised when an older reader would misread a newer text."""

_TAG = "type"


def encode(event: Event | CampaignEvent | TextsForgotten) -> str:
    """Returns the event as canonical JSON.

    The result is valid UTF-8 text whatever the event's strings hold: a lone surrogate, which no
    file can hold, is written as its JSON escape.
    """
    text = _ENCODER.encode(event)
    return storable(text)


def decode(body: str, *, form: int = FORMAT) -> Event:
    """Returns the event that `encode` was given.

    Args:
        body: what `encode` returned.
        form: the `FORMAT` that it was written in.

    Raises:
        Unreadable: a newer version wrote it, or it is no event.
    """
    return cast("Event", _decoded(body, form=form, kind=Event))


def decode_campaign(body: str, *, form: int = FORMAT) -> CampaignEvent:
    """Returns the event of a campaign that `encode` was given, under the rules of `decode`."""
    return cast("CampaignEvent", _decoded(body, form=form, kind=CampaignEvent))


def decode_forgetting(body: str, *, form: int = FORMAT) -> TextsForgotten:
    """Returns the event about forgotten texts that `encode` was given, as `decode` does."""
    return cast("TextsForgotten", _decoded(body, form=form, kind=TextsForgotten))


def _decoded(body: str, *, form: int, kind: object) -> object:
    if form > FORMAT:
        raise Unreadable(
            f"The journal holds events of format {form} and this version reads up to {FORMAT}; "
            "update Playground."
        )
    try:
        if "\\ud" in body:  # the strict JSON parser knows no lone surrogates, the library's does
            return _validator(kind).validate_python(json.loads(body))
        return _validator(kind).validate_json(body)
    except (ValidationError, ValueError) as error:
        raise Unreadable(_explanation(error, body)) from error


def storable(text: str) -> str:
    """Returns the text with lone surrogates spelt as escapes, so that it is valid UTF-8."""
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8")


def _explanation(error: Exception, body: str) -> str:
    if isinstance(error, ValidationError):
        for detail in error.errors(include_url=False, include_input=False):
            if detail["type"] == "union_tag_invalid":
                kind = detail.get("ctx", {}).get("tag", "unknown")
                return (
                    f"The journal holds an event with {kind!r}, which this version does not know; "
                    "update Playground."
                )
    return (
        f"The journal holds {len(body)} characters that are no event; "
        "run `playground audit verify` and restore the journal from a backup."
    )


def _plain(value: object) -> object:
    """Returns the members of what is no JSON by itself, with a tag where there is a choice."""
    if isinstance(value, Enum):
        return value.value
    names, tag = _shape(type(value))
    plain: dict[str, object] = {name: getattr(value, name) for name in names}
    if tag:
        plain[_TAG] = tag
    return plain


_ENCODER = json.JSONEncoder(
    default=_plain,
    sort_keys=True,
    separators=(",", ":"),
    ensure_ascii=False,
    check_circular=False,
)
"""Asks for members only where it meets an object: strings, numbers and tuples are its own."""


@cache
def _shape(kind: type) -> tuple[tuple[str, ...], str]:
    """Returns the names of a class's fields, and its tag, "" when its objects need none."""
    tag = kind.__name__ if kind in _choices() else ""
    if not dataclasses.is_dataclass(kind):
        raise TypeError(f"{kind!r} cannot be part of an event; use a frozen dataclass.")
    return tuple(field.name for field in dataclasses.fields(kind)), tag


@cache
def _choices() -> frozenset[type]:
    """Returns the classes that stand beside others in one place of the domain."""
    found: set[type] = set()
    seen: set[object] = set()
    waiting: list[object] = [Event, CampaignEvent]
    while waiting:
        hint = waiting.pop()
        if hint in seen:
            continue
        seen.add(hint)
        members = _members(hint)
        classes = [m for m in members if isinstance(m, type) and dataclasses.is_dataclass(m)]
        if len(classes) > 1:
            found.update(classes)
        waiting += members or typing.get_args(hint)
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            waiting += typing.get_type_hints(hint).values()
    return frozenset(found)


def _members(hint: object) -> tuple[object, ...]:
    """Returns the alternatives of a union, without None; () for anything else."""
    if typing.get_origin(hint) in {types.UnionType, typing.Union}:
        return tuple(arg for arg in typing.get_args(hint) if arg is not types.NoneType)
    return ()


@cache
def _validator(kind: object) -> SchemaValidator:
    return SchemaValidator(_schema(kind))


_SCALARS: dict[object, Callable[[], CoreSchema]] = {
    str: core_schema.str_schema,
    int: core_schema.int_schema,
    float: core_schema.float_schema,
    bool: core_schema.bool_schema,
}


def _schema(hint: object) -> CoreSchema:
    """Returns the validator's schema of an annotation.

    Raises:
        TypeError: the annotation is of a kind that no event uses yet.
    """
    if hint in _SCALARS:
        return _SCALARS[hint]()
    if members := _members(hint):
        inner = _choice(members)
        optional = types.NoneType in typing.get_args(hint)
        return core_schema.nullable_schema(inner) if optional else inner
    if typing.get_origin(hint) is tuple:
        return _tuple(typing.get_args(hint))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return core_schema.enum_schema(hint, list(hint), sub_type="str")
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _dataclass(hint)
    raise TypeError(f"{hint!r} cannot be part of an event; add it to the codec.")


def _choice(members: tuple[object, ...]) -> CoreSchema:
    if len(members) == 1:
        return _schema(members[0])
    classes = {m.__name__: _schema(m) for m in members if isinstance(m, type)}
    return core_schema.tagged_union_schema(classes, discriminator=_TAG)


def _tuple(arguments: Iterable[object]) -> CoreSchema:
    items = [item for item in arguments if item is not Ellipsis]
    variadic = 0 if len(items) == 1 else None
    return core_schema.tuple_schema([_schema(i) for i in items], variadic_item_index=variadic)


def _dataclass(kind: type[Any]) -> CoreSchema:
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    arguments = [
        core_schema.dataclass_field(field.name, _with_default(field, hints[field.name]))
        for field in fields
    ]
    return core_schema.dataclass_schema(
        kind,
        core_schema.dataclass_args_schema(kind.__name__, arguments),
        [field.name for field in fields],
        slots=hasattr(kind, "__slots__"),
        frozen=True,
    )


def _with_default(field: dataclasses.Field[Any], hint: object) -> CoreSchema:
    schema = _schema(hint)
    if field.default is dataclasses.MISSING:
        return schema
    return core_schema.with_default_schema(schema, default=field.default)

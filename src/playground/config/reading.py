"""Reading YAML as data: small regular files, plain values, no aliases, no doubled keys."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import yaml

from playground.config.settings import KeyPath, Layer, Leaf, bad
from playground.domain.errors import BadConfiguration
from playground.security.validators import printable

FILE_BYTES_MAX = 65_536
_DEPTH_MAX = 12
_PREFIX = "tag:yaml.org,2002:"
_SCALARS = frozenset(_PREFIX + name for name in ("str", "int", "float", "bool", "null"))
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*(_[0-9]+)*)", re.ASCII)


def read_own(path: Path) -> str | None:
    """Returns a file of the person's own configuration, None when there is none.

    Raises:
        BadConfiguration: it is no regular file, too large, unreadable or not UTF-8.
    """
    try:
        # Non-blocking, so that a pipe in the file's place cannot hang us.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _file_trouble(path, f"it cannot be read: {error.strerror}.") from error
    return _content(descriptor, path)


def read_foreign(folder: Path, *, parts: tuple[str, str]) -> str | None:
    """Returns the file FOLDER/part/part of a project, None when there is none.

    Links are refused at both parts: a project may not point us at files outside of it.

    Raises:
        BadConfiguration: a part is a link, or the file is unfit as in `read_own`.
    """
    path = folder.joinpath(*parts)
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        inner = os.open(folder / parts[0], flags | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _file_trouble(path, f"{parts[0]} is no plain folder; links are refused.") from error
    try:
        descriptor = os.open(parts[1], flags | os.O_NONBLOCK, dir_fd=inner)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _file_trouble(path, "it is no readable plain file; links are refused.") from error
    finally:
        os.close(inner)
    return _content(descriptor, path)


def _content(descriptor: int, path: Path) -> str:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _file_trouble(path, "it is not a regular file.")
    with os.fdopen(descriptor, "rb") as file:
        try:
            data = file.read(FILE_BYTES_MAX + 1)
        except OSError as error:
            raise _file_trouble(path, f"it cannot be read: {error.strerror}.") from error
    if len(data) > FILE_BYTES_MAX:
        raise _file_trouble(path, f"it is larger than {FILE_BYTES_MAX} bytes; make it shorter.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _file_trouble(path, "it is not UTF-8 text; save it as UTF-8.") from error


def _file_trouble(path: Path, reason: str) -> BadConfiguration:
    origin = printable(str(path), one_line=True)
    return BadConfiguration(path.stem, value=path.name, origin=origin, reason=reason)


def parse_layer(text: str, *, section: str, origin: str) -> Layer:
    """Returns the leaves of a YAML document whose settings belong to a section.

    Raises:
        BadConfiguration: it is not YAML, or uses more of YAML than plain values.
    """
    root = _compose(text, path=(section,), origin=origin)
    if root is None or root.tag == _PREFIX + "null":
        return {}
    if not isinstance(root, yaml.MappingNode):
        leaf = Leaf(_source_text(root), _place(origin, root))
        raise bad((section,), leaf=leaf, reason='write settings as "key: value" lines.')
    return dict(_leaves(root, (section,), origin))


def parse_value(text: str, *, path: KeyPath, origin: str) -> object:
    """Returns one value written as YAML, a scalar or a list of scalars.

    Raises:
        BadConfiguration: it is anything else.
    """
    root = _compose(text, path=path, origin=origin, placed=False)
    if root is None:
        return None
    if isinstance(root, yaml.MappingNode):
        reason = "give one value or a [list]; put quotation marks around a text with a colon."
        raise bad(path, leaf=Leaf(text, origin), reason=reason)
    return _value(root, path, origin, placed=False)


def _compose(text: str, *, path: KeyPath, origin: str, placed: bool = True) -> yaml.Node | None:
    if len(text.encode("utf-8", "surrogatepass")) > FILE_BYTES_MAX:
        reason = f"it is longer than {FILE_BYTES_MAX} bytes; make it shorter."
        raise bad(path, leaf=Leaf(text, origin), reason=reason)
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            place = Leaf("…", _place(origin, event) if placed else origin)
            if isinstance(event, yaml.AliasEvent):
                raise bad(path, leaf=place, reason="write the value out; aliases are not read.")
            if depth > _DEPTH_MAX:
                raise bad(path, leaf=place, reason="it is nested too deeply; make it flatter.")
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        place = Leaf("…", _where(error, origin) if placed else origin)
        raise bad(path, leaf=place, reason=_not_yaml(error)) from error


def _where(error: Exception, origin: str) -> str:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    return f"{origin}:{mark.line + 1}" if mark else origin


def _not_yaml(error: Exception) -> str:
    problem = error.problem if isinstance(error, yaml.MarkedYAMLError) else None
    what = ascii(problem)[1:-1] if problem else "unreadable characters"
    return f"this is not plain YAML ({what}); correct the line."


def _place(origin: str, item: yaml.Node | yaml.Event) -> str:
    mark = item.start_mark
    return f"{origin}:{mark.line + 1}" if mark else origin


def _leaves(node: yaml.MappingNode, path: KeyPath, origin: str) -> Iterator[tuple[KeyPath, Leaf]]:
    seen: dict[str, yaml.Node] = {}
    for key, value in _pairs(node):
        if not isinstance(key, yaml.ScalarNode) or key.tag != _PREFIX + "str":
            leaf = Leaf(_source_text(key), _place(origin, key))
            raise bad(path, leaf=leaf, reason="a key must be a word; put it in quotation marks.")
        word = cast("str", key.value)
        inner = (*path, word)
        if word in seen:
            first = _place(origin, seen[word])
            leaf = Leaf(_source_text(value), _place(origin, key))
            raise bad(inner, leaf=leaf, reason=f"it is set at {first} already; remove one of them.")
        seen[word] = key
        if isinstance(value, yaml.MappingNode) and value.tag == _PREFIX + "map":
            yield from _leaves(value, inner, origin)
        else:
            read = _value(value, inner, origin, placed=True)
            yield inner, Leaf(read, _place(origin, key))


def _value(node: yaml.Node, path: KeyPath, origin: str, *, placed: bool) -> object:
    place = _place(origin, node) if placed else origin
    if isinstance(node, yaml.SequenceNode) and node.tag == _PREFIX + "seq":
        items = cast("list[yaml.Node]", node.value)
        nodes = [item for item in items if not isinstance(item, yaml.ScalarNode)]
        if nodes:
            leaf = Leaf(_source_text(nodes[0]), place)
            raise bad(path, leaf=leaf, reason="a list may hold plain values only; make it flat.")
        return [_value(item, path, origin, placed=placed) for item in items]
    if not isinstance(node, yaml.ScalarNode) or node.tag not in _SCALARS:
        leaf = Leaf(_source_text(node), place)
        raise bad(path, leaf=leaf, reason="put quotation marks around it or write a plain value.")
    try:
        return _constructed(node)
    except ValueError as error:
        reason = "this number cannot be read; put quotation marks around it if it is a text."
        raise bad(path, leaf=Leaf(_source_text(node), place), reason=reason) from error


def _constructed(node: yaml.ScalarNode) -> object:
    # YAML 1.1 reads 012 as ten, 1:30 as ninety and off as false; none of that is meant here.
    text = cast("str", node.value)
    kind = node.tag.removeprefix(_PREFIX)
    if kind == "null":
        return None
    if kind == "bool":
        word = text.lower()
        return word == "true" if word in ("true", "false") else text
    if kind == "int":
        if not _INTEGER.fullmatch(text):
            raise ValueError(text)
        return int(text)
    return float(text.replace("_", "")) if kind == "float" else text


def _pairs(node: yaml.MappingNode) -> list[tuple[yaml.Node, yaml.Node]]:
    return cast("list[tuple[yaml.Node, yaml.Node]]", node.value)


def _source_text(node: yaml.Node) -> str:
    return cast("str", node.value) if isinstance(node, yaml.ScalarNode) else "…"

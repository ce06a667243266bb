"""Whose code it is: name and licence as a repository states them about itself, read as data."""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import cast

UNKNOWN = "unknown"
_TEXT_CHARS_MAX = 4_000
_NAME_CHARS_MAX = 80
_LICENCE_FILES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "COPYING", "LICENSE.rst")
_CLASSIFIERS = {
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
_TITLES = (
    (r"Apache License\s+Version 2\.0", "Apache-2.0"),
    (r"Mozilla Public License,? (?:Version|version) 2\.0", "MPL-2.0"),
    (r"GNU AFFERO GENERAL PUBLIC LICENSE\s+Version 3", "AGPL-3.0"),
    (r"GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3", "LGPL-3.0"),
    (r"GNU GENERAL PUBLIC LICENSE\s+Version 3", "GPL-3.0"),
    (r"GNU GENERAL PUBLIC LICENSE\s+Version 2", "GPL-2.0"),
    (r"Permission is hereby granted, free of charge, to any person obtaining a copy", "MIT"),
    (r"Permission to use, copy, modify, and(?:/or)? distribute this software", "ISC"),
    (r"Neither the name of .{1,200}? nor the names of", "BSD-3-Clause"),
    (r"Redistribution and use in source and binary forms", "BSD-2-Clause"),
    (r"This is free and unencumbered software released into the public domain", "Unlicense"),
)
_SPDX = re.compile(r"SPDX-License-Identifier:\s*([A-Za-z0-9.+() -]{2,60})")
_PLAIN = re.compile(r"[^A-Za-z0-9.+()_ /@-]")

Reader = Callable[[str], str | None]
"""Returns the text of a path below the root, None when there is no such file."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A repository as it names itself.

    Attributes:
        name: of the project, or of its folder.
        licence: an SPDX identifier where it can be told, else what the repository says, or
            "unknown".
        stated_in: the file that says so, "" for none.
    """

    name: str
    licence: str
    stated_in: str


def origin_of(root: str, read: Reader) -> Origin:
    """Returns what a repository's own metadata say; the first file that says something counts."""
    name = ""
    for path, said in _metadata(read):
        name = name or _clean(said.get("name", ""))
        licence = _clean(said.get("licence", ""))
        if licence:
            return Origin(name or _folder(root), licence, path)
    return Origin(name or _folder(root), UNKNOWN, "")


def _folder(root: str) -> str:
    return _clean(PurePosixPath(root).name) or UNKNOWN


def _clean(text: str) -> str:
    """Returns a short plain name, since the text comes from anybody."""
    return " ".join(_PLAIN.sub(" ", text[:_NAME_CHARS_MAX]).split())


def _metadata(read: Reader) -> Iterator[tuple[str, Mapping[str, str]]]:
    readers: tuple[tuple[str, Callable[[str], Mapping[str, str]]], ...] = (
        ("pyproject.toml", _from_pyproject),
        ("package.json", _from_package_json),
        ("setup.cfg", _from_setup_cfg),
        ("PKG-INFO", _from_pkg_info),
        *((name, _from_licence_text) for name in _LICENCE_FILES),
    )
    for path, parse in readers:
        text = read(path)
        if text is None:
            continue
        try:
            yield path, parse(text)
        except (ValueError, RecursionError, AttributeError, TypeError, configparser.Error):
            continue  # files of other people may hold anything


def _from_pyproject(text: str) -> dict[str, str]:
    project = cast("dict[str, object]", tomllib.loads(text).get("project", {}))
    licence = project.get("license", "")
    if isinstance(licence, dict):
        stated = cast("dict[str, object]", licence).get("text", "")
        licence = _of_text(str(stated)) or str(stated)
    listed = cast("list[object]", project.get("classifiers", []))
    found = str(licence) or _classified([str(one) for one in listed])
    return {"name": str(project.get("name", "")), "licence": found}


def _from_package_json(text: str) -> dict[str, str]:
    members = cast("dict[str, object]", json.loads(text))
    licence = members.get("license", "")
    told = licence if isinstance(licence, str) else ""
    return {"name": str(members.get("name", "")), "licence": told}


def _from_setup_cfg(text: str) -> dict[str, str]:
    parsed = configparser.ConfigParser(interpolation=None)
    parsed.read_string(text)
    told = dict(parsed["metadata"]) if "metadata" in parsed else {}
    return {"name": told.get("name", ""), "licence": told.get("license", "").split("\n")[0]}


def _from_pkg_info(text: str) -> dict[str, str]:
    head = text.split("\n\n", 1)[0].split("\n")
    parts = [line.partition(": ") for line in head]
    fields = [(key, value) for key, _, value in parts]
    known = dict(reversed(fields))
    classified = _classified([value for key, value in fields if key == "Classifier"])
    licence = known.get("License-Expression", "") or classified or known.get("License", "")
    return {"name": known.get("Name", ""), "licence": licence}


def _from_licence_text(text: str) -> dict[str, str]:
    return {"licence": _of_text(text)}


def _classified(classifiers: list[str]) -> str:
    found = [c.rpartition(" :: ")[2] for c in classifiers if c.startswith("License :: ")]
    names = [_CLASSIFIERS.get(name, name) for name in found if name != "OSI Approved"]
    return " OR ".join(sorted(set(names)))


def _of_text(text: str) -> str:
    head = text[:_TEXT_CHARS_MAX]
    named = _SPDX.search(head)
    if named:
        return named[1].strip()
    flat = " ".join(head.split())
    return next((name for title, name in _TITLES if re.search(title, flat)), "")

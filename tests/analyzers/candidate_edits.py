"""Seeded random edits of a tree of sources, as overlays over several files, also new and lost."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping

Overlay = dict[str, str | None]

_NAME = re.compile(r"\b[a-z_]{4,}\b")
_SPACES = re.compile(r"^ *")


def random_overlay(texts: Mapping[str, str], *, seed: int) -> Overlay:
    """Returns an edit of one to three files that may also create and remove files."""
    draw = random.Random(seed)
    paths = [path for path in sorted(texts) if len(texts[path]) > 400]
    overlay: Overlay = {}
    for path in draw.sample(paths, k=draw.choice((1, 1, 1, 2, 3))):
        text = texts[path]
        for _ in range(draw.choice((1, 1, 2))):
            text = draw.choice(_EDITS)(text, draw)
        overlay[path] = text
    kind = draw.random()
    if kind < 0.2:
        user = draw.choice(sorted(overlay))
        folder = user.rpartition("/")[0]
        overlay[f"{folder}/brand_new.py"] = 'def made(x: int) -> str:\n    return "a" * x\n'
        overlay[user] = f"{overlay[user]}\nfrom .brand_new import made\nwrong: int = made(1)\n"
    elif kind < 0.35:
        overlay[draw.choice([path for path in paths if path not in overlay])] = None
    return overlay


def _lines(text: str) -> list[str]:
    return text.split("\n")


def _drop_line(text: str, draw: random.Random) -> str:
    lines = _lines(text)
    del lines[draw.randrange(len(lines))]
    return "\n".join(lines)


def _repeat_line(text: str, draw: random.Random) -> str:
    lines = _lines(text)
    number = draw.randrange(len(lines))
    lines.insert(number, lines[number])
    return "\n".join(lines)


def _rename_one(text: str, draw: random.Random) -> str:
    names = list(_NAME.finditer(text))
    chosen = draw.choice(names)
    return f"{text[: chosen.start()]}{draw.choice(names)[0]}{text[chosen.end() :]}"


def _rename_definition(text: str, draw: random.Random) -> str:
    names = re.findall(r"^(?:    )?(?:def|class) (\w+)", text, flags=re.MULTILINE)
    if not names:
        return _drop_line(text, draw)
    name = draw.choice(names)
    return re.sub(rf"((?:def|class) ){name}\b", rf"\1{name}_renamed", text)


def _break_type(text: str, draw: random.Random) -> str:
    changed = re.sub(r"-> (str|int|bool|None)\b", f"-> {draw.choice(('bytes', 'float'))}", text)
    return changed if changed != text else text + "\n\nbroken: int = ''\n"


def _return_none(text: str, draw: random.Random) -> str:
    lines = _lines(text)
    places = [n for n, line in enumerate(lines) if re.match(r" {8,}return \w", line)]
    if not places:
        return _repeat_line(text, draw)
    number = draw.choice(places)
    spaces = _SPACES.match(lines[number])
    lines[number] = f"{spaces[0] if spaces else ''}return None"
    return "\n".join(lines)


def _add_wide_characters(text: str, draw: random.Random) -> str:
    number = draw.randrange(1_000)
    return f"{text}\n\ndef wide{number}() -> int:\n    é = '😀😀'; return é\n"


_EDITS: tuple[Callable[[str, random.Random], str], ...] = (
    _drop_line,
    _repeat_line,
    _rename_one,
    _rename_definition,
    _break_type,
    _return_none,
    _add_wide_characters,
)

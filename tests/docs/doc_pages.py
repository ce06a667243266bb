"""The pages of the documentation, cut into what can be tried."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^ *```(.*)$")
_INLINE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\]\((?!https?://|mailto:)([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_COMMAND = re.compile(r"^(?:\.venv/bin/)?playground(?= |$)|^python3 start\.py(?= |$)")


@dataclass(frozen=True)
class Block:
    """What stands between two fences: the word after the first one, and the text."""

    kind: str
    text: str


@dataclass(frozen=True)
class Page:
    """One page."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(REPOSITORY).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def blocks(self) -> list[Block]:
        found: list[Block] = []
        lines: list[str] | None = None
        kind = ""
        for line in self.text.splitlines():
            fence = _FENCE.match(line)
            if fence is None:
                if lines is not None:
                    lines.append(line)
            elif lines is None:
                kind, lines = fence[1].strip(), []
            else:
                found.append(Block(kind, textwrap.dedent("\n".join(lines)) + "\n"))
                lines = None
        assert lines is None, f"{self.name}: a fence is not closed"
        return found

    @cached_property
    def prose(self) -> str:
        """The text without its blocks."""
        return re.sub(r"^ *```.*?^ *```$", "", self.text, flags=re.DOTALL | re.MULTILINE)

    @cached_property
    def inline(self) -> list[str]:
        """What stands as code inside sentences, line ends as spaces."""
        return [" ".join(text.split()) for text in _INLINE.findall(self.prose)]

    def of_kind(self, kind: str) -> list[str]:
        return [block.text for block in self.blocks if block.kind == kind]

    def dead_links(self) -> Iterator[str]:
        """Names each link that leads to no file or to no heading."""
        for target in _LINK.findall(self.prose):
            place, _, anchor = target.partition("#")
            path = (self.path.parent / place) if place else self.path
            if not path.exists():
                yield f"{self.name} → {target}"
            elif anchor and anchor not in anchors(path.read_text(encoding="utf-8")):
                yield f"{self.name} → {target} (no such heading)"

    def commands(self) -> Iterator[list[str]]:
        """Yields the arguments of each `playground` command line."""
        typed = [line for text in self.of_kind("sh") for line in text.splitlines()]
        for line in (*typed, *self.inline):
            found = _COMMAND.match(line)
            if found is None or "…" in line:
                continue
            words = shlex.split(line[found.end() :].partition(" > ")[0], comments=True)
            if words[:1] != ["test"]:
                yield words


def anchors(text: str) -> set[str]:
    """Returns the anchors that headings get."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(text))
    return {heading.strip().replace(" ", "-") for heading in plain}


@cache
def pages() -> tuple[Page, ...]:
    """Returns every page for people."""
    beside = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "DEVELOPERS.md")
    paths = [REPOSITORY / name for name in beside] + sorted((REPOSITORY / "docs").rglob("*.md"))
    return tuple(Page(path) for path in paths)


def written() -> list[Page]:
    """Returns the pages of docs/ that people write, not those made from the code."""
    found = [page for page in pages() if page.name.startswith("docs/")]
    return [page for page in found if not page.name.startswith("docs/reference/")]

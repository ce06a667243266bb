"""Prompts: text files rendered strictly, each with a digest for provenance."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape

from playground.domain.changes import digest_of

_TEXT = files("playground.prompts") / "text"
_NAME = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered prompt and the SHA-256 of its text."""

    text: str
    digest: str


def _read(name: str) -> str | None:
    if not _NAME.fullmatch(name):
        return None
    path = _TEXT.joinpath(*f"{name}.md".split("/"))
    return path.read_text(encoding="utf-8") if path.is_file() else None


@cache
def _environment() -> Environment:
    # The output is a prompt and never HTML, so nothing may be escaped: code must arrive as it is.
    return Environment(
        loader=FunctionLoader(_read),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=(), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )


def render(name: str, **values: object) -> Prompt:
    """Renders `text/NAME.md`; a value that the template needs and lacks is an error.

    Raises:
        jinja2.UndefinedError: a value is missing.
        jinja2.TemplateNotFound: there is no such prompt.
    """
    text = _environment().get_template(name).render(**values).strip()
    return Prompt(text, digest_of(text))


def fence_for(*texts: str) -> str:
    """Returns a run of back-ticks longer than any inside the texts, at least three."""
    longest = max((len(m) for text in texts for m in re.findall(r"`+", text)), default=0)
    return "`" * max(3, longest + 1)


def quote_for(text: str) -> str:
    """Returns the back-ticks to put around one line of code inside a sentence, one at least."""
    runs = {len(m) for m in re.findall(r"`+", text)}
    return "`" * next(n for n in range(1, len(runs) + 2) if n not in runs)


@cache
def rule_text(tool: str, rule: str) -> dict[str, str] | None:
    """Returns our own card of a rule, or None if there is none.

    The keys are "summary", "why", "example" and "instead", read from
    `text/rules/TOOL/RULE.md`: a first line, a paragraph, and two fenced blocks.
    """
    text = _read(f"rules/{tool}/{rule}")
    if text is None:
        return None
    blocks = re.findall(r"```\w+\n(.*?)```", text, flags=re.DOTALL)
    prose = re.sub(r"```\w+\n.*?```", "", text, flags=re.DOTALL).strip().splitlines()
    head = prose[0].lstrip("# ").strip() if prose else ""
    why = " ".join(line.strip() for line in prose[1:] if line.strip())
    padded = [*blocks, "", ""]
    return {"summary": head, "why": why, "example": padded[0], "instead": padded[1]}

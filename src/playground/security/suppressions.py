"""Comments that silence an analyzer, of every tool whose syntax is known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from playground.security.comments import Comment, comments_of

_CODES = r"[\w\s,.:/()=-]{0,400}"
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("ruff", r"\bruff\s{0,4}:\s{0,4}(?:noqa|ignore|disable|enable|file-ignore)"),
    ("flake8", r"\bflake8\s{0,4}[:=]\s{0,4}noqa"),
    ("noqa", r"noqa"),
    ("type-ignore", r"\btype\s{0,4}:\s{0,4}ignore"),
    ("pyright", r"\b(?:based)?pyright\s{0,4}:"),
    ("mypy", r"\bmypy\s{0,4}:"),
    ("ty", r"\bty\s{0,4}:\s{0,4}ignore"),
    ("pyrefly", r"\bpyrefly\s{0,4}:"),
    ("pyre", r"\bpyre-(?:ignore|fixme|unsafe|ignore-all-errors|placeholder-stub)"),
    ("pytype", r"\bpytype\s{0,4}:\s{0,4}(?:disable|skip)"),
    ("zuban", r"\bzuban\s{0,4}:\s{0,4}ignore"),
    ("pylint", r"\bpylint\s{0,4}:"),
    ("nosec", r"\bnosec\b"),
    ("nosemgrep", r"\bnosem(?:grep)?\b"),
    ("nosonar", r"\bnosonar\b"),
    ("codeql", r"\b(?:codeql|lgtm)\s{0,4}\["),
    ("allowlist", r"\bpragma\s{0,4}:\s{0,4}(?:allowlist|whitelist)\b"),
)
_SUPPRESSION = re.compile(
    "|".join(
        f"(?P<p{index}>{pattern})(?P<c{index}>{_CODES}(?:\\[{_CODES}\\])?)"
        for index, (_, pattern) in enumerate(_PATTERNS)
    ),
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\b[A-Za-z]{1,8}\d{1,5}\b")
_NAMED = re.compile(r"[A-Za-z][\w-]*(?:=\w+)?")
_TOOLS_WITH_NUMBERS = frozenset({"ruff", "flake8", "noqa", "nosec"})
_FOREIGN = re.compile(
    r"eslint-disable(?:-next-line|-line)?|@ts-(?:ignore|nocheck|expect-error)|biome-ignore"
    r"|oxlint-disable|\$FlowFixMe|prettier-ignore|tslint:disable|istanbul ignore|c8 ignore"
    r"|shellcheck disable|hadolint ignore|golangci|nolint|rubocop:disable"
    r"|oxlint-enable|eslint-enable|deno-lint-ignore|\$Flow(?:Ignore|Issue)|v8 ignore"
    r"|\bnosem(?:grep)?\b"
    r"|/\*\s{0,20}(?:globals?|exported)\s{1,20}[\w$]|/\*\s{0,20}eslint(?:-env)?\s{1,20}[\w@\"'/-]",
    re.IGNORECASE,
)
_PYTHON = (".py", ".pyi", ".pyw")


def is_suppression(comment: str) -> bool:
    """Whether a Python comment silences an analyzer."""
    return _SUPPRESSION.search(comment) is not None


def is_script_suppression(comment: str) -> bool:
    """Whether a comment of JavaScript or TypeScript silences an analyzer."""
    return _FOREIGN.search(comment) is not None


def suppressions_of(text: str, *, path: str = "module.py") -> Counter[str]:
    """Counts suppression comments by tool and code, such as "noqa E501" or "pyright".

    Python files are read comment by comment, so that strings do not count; other files are
    searched as they are for the directives of their own tools.
    """
    if not path.lower().endswith(_PYTHON):
        return Counter(match.group().lower() for match in _FOREIGN.finditer(text))
    return suppressions_in(comments_of(text))


def suppressions_in(comments: Iterable[Comment]) -> Counter[str]:
    """Counts the suppressions among a Python file's comments, by tool and code."""
    return Counter(kind for comment in comments for kind in _kinds(comment.text))


def added_suppressions(before: str, after: str, *, path: str = "module.py") -> Counter[str]:
    """Returns what `after` has more of than `before`, by tool and code."""
    return suppressions_of(after, path=path) - suppressions_of(before, path=path)


def _kinds(comment: str) -> Iterator[str]:
    for match in _SUPPRESSION.finditer(comment):
        index = next(i for i in range(len(_PATTERNS)) if match[f"p{i}"] is not None)
        tool = _PATTERNS[index][0]
        pattern = _NUMBERED if tool in _TOOLS_WITH_NUMBERS else _NAMED
        codes = pattern.findall(match[f"c{index}"])
        yield from (f"{tool} {code}" for code in codes)
        if not codes:
            yield tool

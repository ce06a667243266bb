"""The grammar (GBNF) that an answer made of edits cannot leave.

The search side of an edit can only be neighbouring lines that stand in the file, and as many as
make them the only ones of their kind there. A run of lines is the only one of its kind if it begins
with the shortest run from the same line that is; so each line begins a way through the grammar that
is fixed up to there and may stop after each line from then on.

Alternatives are factored by their first characters, because decoders keep one stack for every
alternative that is still possible and pay for each with every token.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from playground.orchestrator.edits.lines import (
    DIVIDER,
    FILE,
    REPLACE,
    SEARCH,
    is_marker,
    lines_of,
)
from playground.orchestrator.edits.places import EditPlace
from playground.orchestrator.edits.standing import Standing

_RUN_LINES_MAX = 8
_MORE_EDITS_MAX = 3
_NEW_LINES_MAX = 40
_END = "\n"
# No line of an edit can be taken for a mark of the form, and none of a new file for its end.
_TEXT = rf"""
new ::= line{{0,{_NEW_LINES_MAX}}}
line ::= [<=>]? [<=>]? [<=>]? [<=>]? (([^<=>\x00-\x1F\x7F] | "\t") rest*)? "\n"
code ::= (([^`\x00-\x1F\x7F] | "\t") rest*)? "\n"
rest ::= [^\x00-\x1F\x7F] | "\t"
"""


def edits_grammar(
    files: Mapping[str, str | None],
    *,
    first: Sequence[EditPlace],
    visible: Mapping[str, Collection[int]],
) -> str:
    """Returns the grammar of answers that edit these files, "" if there is nothing to edit.

    An answer holds one edit of each place in `first`, in their order, then edits of other visible
    lines, and every new file in one block.

    Args:
        files: path to text, None for a file that does not exist yet.
        first: places that do not overlap, each of which gets an edit; those where something is
            renamed stand only once in their file and hold no mark of the form.
        visible: for each path the lines, counted from 0, that may be searched for.
    """
    rules: list[str] = []
    parts: list[str] = []
    for number, place in enumerate(first):
        lines = lines_of(files[place.path] or "")
        if place.renamed:
            parts.append(_renaming(place, lines))
            continue
        span = range(place.start, place.end)
        search = _Lines(lines).search(f"p{number}", span, rules=rules)
        parts += [_edit(place.path, search)] if search else []
    parts += _further(files, first=first, visible=visible, rules=rules)
    for path, text in files.items():
        if text is None:
            parts.append(f"{_quoted(f'{FILE}{path}{_END}```{_END}')} code+ {_quoted(f'```{_END}')}")
    return "\n".join([f"root ::= {' '.join(parts)}", *rules]) + _TEXT if parts else ""


def _further(
    files: Mapping[str, str | None],
    *,
    first: Sequence[EditPlace],
    visible: Mapping[str, Collection[int]],
    rules: list[str],
) -> list[str]:
    """Adds the rules of edits of what is visible and no place's; returns what stands for them."""
    edits: list[str] = []
    for number, (path, text) in enumerate(files.items()):
        taken = {line for p in first if p.path == path for line in range(p.start, p.end)}
        free = sorted(set(visible.get(path, ())) - taken)
        search = _Lines(lines_of(text or "")).search(f"f{number}", free, rules=rules)
        edits += [_edit(path, search)] if search else []
    if not edits:
        return []
    rules.append(f"further ::= {' | '.join(edits)}")
    return [f"further{{{0 if first else 1},{_MORE_EDITS_MAX}}}"]


def _edit(path: str, search: str, new: str = "new") -> str:
    head, foot = f"{FILE}{path}\n{SEARCH}\n", f"{REPLACE}\n"
    return f"{_quoted(head)} {search} {_quoted(f'{DIVIDER}{_END}')} {new} {_quoted(foot)}"


def _renaming(place: EditPlace, lines: Sequence[str]) -> str:
    """Returns an edit in which only the name differs: for certain, or if the model means it so."""
    either = f"({_quoted(place.renamed)} | {_quoted(place.name)})"
    new: list[str] = []
    for number in range(place.start, place.end):
        at, line = 0, f"{lines[number]}\n"
        for found in re.finditer(rf"\b{re.escape(place.name)}\b", line):
            sure = (number, found.start()) in place.certain
            new += [_quoted(line[at : found.start()]), _quoted(place.renamed) if sure else either]
            at = found.end()
        new.append(_quoted(line[at:]))
    text = "".join(f"{line}\n" for line in lines[place.start : place.end])
    return _edit(place.path, _quoted(text), " ".join(new))


class _Lines:
    """The lines of a file and where each of them stands."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._standing = Standing(lines)

    def search(self, name: str, numbers: Iterable[int], *, rules: list[str]) -> str:
        """Adds the rules of what can be searched for; returns the first one's name, "" for none."""
        ways: dict[str, str] = {}
        for run in _runs(numbers):
            first = run.stop + 1
            for start in run:
                size = self._shortest(start, min(run.stop - start, _RUN_LINES_MAX))
                if size:
                    text = "".join(f"{line}\n" for line in self._lines[start : start + size])
                    ways[text] = f"{name}-{start + size}"
                    first = min(first, start + size)
            more = range(first, run.stop)
            rules += [f"{name}-{number} ::= {self._more(name, number)}" for number in more]
            rules += [f'{name}-{run.stop} ::= ""'] if first <= run.stop else []
        if ways:
            rules.append(f"{name} ::= {_factored(name, ways, rules)}")
        return name if ways else ""

    def _more(self, name: str, number: int) -> str:
        line = self._lines[number]
        return '""' if is_marker(line) else f"({_quoted(line + _END)} {name}-{number + 1})?"

    def _shortest(self, start: int, size_max: int) -> int:
        """Returns how many lines from `start` on are enough to stand only once, 0 for none."""
        for size in range(1, size_max + 1):
            if is_marker(self._lines[start + size - 1]):
                return 0
            if self._standing.is_only(start, end=start + size):
                return size
        return 0


def _runs(numbers: Iterable[int]) -> Iterator[range]:
    """Yields the longest ranges that the ascending numbers make."""
    for _, group in groupby(enumerate(numbers), key=lambda item: item[1] - item[0]):
        run = [number for _, number in group]
        yield range(run[0], run[-1] + 1)


def _factored(name: str, ways: Mapping[str, str], rules: list[str]) -> str:
    """Returns alternatives of which no two begin with the same character.

    Args:
        name: of the rule that gets them; rules for what follows are added to `rules`.
        ways: texts, none the beginning of another, and the rule that follows each.
        rules: grows.
    """
    alternatives: list[str] = []
    for number, (_, group) in enumerate(groupby(sorted(ways), key=lambda text: text[0])):
        texts = list(group)
        if len(texts) == 1:
            alternatives.append(f"{_quoted(texts[0])} {ways[texts[0]]}")
            continue
        common, inner = _beginning(texts[0], texts[-1]), f"{name}-{number}x"
        rest = {text[len(common) :]: ways[text] for text in texts}
        rules.append(f"{inner} ::= {_factored(inner, rest, rules)}")
        alternatives.append(f"{_quoted(common)} {inner}")
    return " | ".join(alternatives)


def _beginning(first: str, last: str) -> str:
    """Returns what two texts begin with, and with them all that lie between them in order."""
    size = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), 0)
    return first[:size]


def _quoted(text: str) -> str:
    """Returns a literal of GBNF."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character == "\n":
        return "\\n"
    if ord(character) < 32 or ord(character) == 127:
        return f"\\x{ord(character):02X}"
    return character

"""Facts about behaviour as short sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from playground.analyzers.gate.behaviour.facts import Compared
from playground.analyzers.gate.behaviour.likeness import Likeness
from playground.domain.verdicts import Aspect, Fact

_SHOWN_MAX = 3
_SAME = {
    Likeness.SAME: "The same syntax tree: only comments and formatting differ.",
    Likeness.DOCSTRINGS: "The same code: only docstrings differ.",
    Likeness.ANNOTATIONS: "The same code: only annotations differ.",
    Likeness.IMPORTS: "The same code but for imports.",
}
_VERBS = {
    Aspect.RAISED: ("No longer raises", "Now raises"),
    Aspect.CAUGHT: ("No longer catches", "Now catches"),
    Aspect.CHECKS: ("Removed check", "Added check"),
    Aspect.IO: ("Removed I/O call", "Added I/O call"),
    Aspect.CALLS: ("No longer calls", "Now calls"),
    Aspect.RETURNS: ("No longer returns", "Now returns"),
    Aspect.FLOW: ("Less control flow", "More control flow"),
    Aspect.WAITS: ("No longer waits or yields", "Now waits or yields"),
    Aspect.WRITES: ("No longer writes", "Now writes"),
    Aspect.READS: ("No longer reads from outside", "Now reads from outside"),
    Aspect.LITERALS: ("Removed literal", "Added literal"),
    Aspect.DECORATORS: ("Removed decorator", "Added decorator"),
    Aspect.IMPORTS: ("Removed import", "Added import"),
    Aspect.EXPORTS: ("No longer exports", "Now exports"),
    Aspect.SIGNATURES: ("Signature before", "Signature now"),
    Aspect.ANNOTATIONS: ("Annotation before", "Annotation now"),
    Aspect.ORDER: ("", "In another order"),
    Aspect.BLOCKS: ("", "In another block"),
    Aspect.CODE: ("Statement before", "Statement now"),
}
_UNTOLD = frozenset(
    {Aspect.CODE, Aspect.DOCSTRINGS, Aspect.ANNOTATIONS, Aspect.IMPORTS, Aspect.READS}
)


def sentences(compared: Compared) -> Iterator[str]:
    """Yields what differs, then what does not."""
    if not compared.facts:
        yield "So much of the file changed that nothing is proved about it."
        return
    if compared.likeness is Likeness.NONE:
        yield _place(compared.places)
    else:
        yield _SAME[compared.likeness]
    if compared.likeness is Likeness.SAME:
        return
    for sentence in compared.exits:
        yield f"{sentence[0].upper()}{sentence[1:]}."
    changed = [fact for fact in compared.facts if not fact.is_same]
    told = [fact for fact in changed if fact.aspect not in {Aspect.CODE, Aspect.DOCSTRINGS}]
    alone = all(fact.aspect is Aspect.READS for fact in told) and not compared.exits
    for fact in [*told, *(f for f in changed if alone and f.aspect is Aspect.CODE)]:
        yield from _differing(fact, compared.exits)
    if not compared.is_telling:
        yield "Something else differs, too, that cannot be told in words."
    same = [f.aspect.value for f in compared.facts if f.is_same and f.aspect not in _UNTOLD]
    if compared.likeness is Likeness.NONE and same:
        yield f"Unchanged: {', '.join(same)}."


def _place(places: Sequence[str]) -> str:
    names = [place or "the top level" for place in places] or ["the top level"]
    return f"Changed: {_some(names)}; everything else is the same code."


def _differing(fact: Fact, exits: Sequence[str]) -> Iterator[str]:
    """Yields what is gone and what is new, unless that has been said already."""
    said = exits if fact.aspect in {Aspect.RETURNS, Aspect.RAISED} else ()
    for verb, texts in zip(_VERBS[fact.aspect], (fact.removed, fact.added), strict=True):
        left = [text for text in texts if not any(text in sentence for sentence in said)]
        if left and verb:
            yield f"{verb}: {_some(left)}."


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN_MAX])
    more = len(names) - _SHOWN_MAX
    return f"{shown} and {more} more" if more > 0 else shown

"""What a change does beyond what the repair of its rule consists of.

Other detectors know dodges. This one knows repairs: a change that takes away or brings what no
repair of the rule takes away or brings is refused, whatever it is.
"""

from __future__ import annotations

import builtins
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import bound_names, walked
from playground.analyzers.gate.footprints.asked import AGAIN, RETYPED, Footprint, asked_by
from playground.analyzers.gate.footprints.atoms import Atoms
from playground.analyzers.gate.footprints.evidence import not_borne_out
from playground.analyzers.gate.footprints.expressions import TOKEN
from playground.analyzers.gate.footprints.naming import MARKS, renamed_by_halves
from playground.analyzers.gate.regions import changed
from playground.analyzers.gate.view import ChangeView
from playground.domain.verdicts import Objection

CODE = "dodge:beyond"
"""The code of an objection to a step that is none of the rule's repair."""
_NO_NAMES = frozenset(dir(builtins)) | {mark.name for mark in MARKS}
_ORDERED = ("call ", "write ", "await", "yield", "raise ")
_OF_HELPERS = ("define _", "parameter ", "return ", "moved function")
_GIVING_PAIRS = {"call enumerate", "call .items"}
_QUOTES = re.compile(r"^b?['\"]|['\"]$")
_NODES_MAX = 20_000


@dataclass(frozen=True)
class Difference:
    """What two states of a file do differently.

    Attributes:
        lost: words that are gone.
        gained: words that are new.
        kept: all words of the new state.
    """

    lost: Counter[str]
    gained: Counter[str]
    kept: Counter[str]


def steps(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Yields at most two objections: a step that is none of the rule's repair, and a guess.

    Changes of rules without a footprint, and such as are too large or too deep to be followed, are
    left to the other detectors.
    """
    row = asked_by(rule.rule) if rule.rule else None
    if row is None:
        return
    try:
        found = difference(view)
    except RecursionError:
        return
    if found is None:
        return
    yield from not_borne_out(view, {word for word in found.gained if word in row.known})
    message = said(found, row=row, rule=rule.rule)
    if not message and row.renames and _half_renamed(view):
        message = "A name is read where its value has another name by now; rename every use."
    if message:
        yield Objection(CODE, message)


def said(found: Difference, *, row: Footprint, rule: str) -> str:
    """Returns what speaks against a difference as a repair of a rule, "" if nothing does."""
    lost, gained = beyond(found, row=row)
    if lost:
        return f"It takes away `{min(lost)}`, which {rule} does not ask for; keep it."
    if gained:
        return f"It brings `{min(gained)}`, which {rule} does not ask for; leave it out."
    if row.needed and not any(word in row.need for word in found.gained):
        return f"It has nothing of what repairs {rule}, such as `{row.needed[0]}`."
    return ""


def _half_renamed(view: ChangeView) -> bool:
    """Whether a value has two names; of what is nested too deeply nothing is said."""
    try:
        return renamed_by_halves(view)
    except RecursionError:
        return False


def difference(view: ChangeView) -> Difference | None:
    """Returns how the words of both sides differ, None if there are too many.

    Raises:
        RecursionError: the code is nested too deeply.
    """
    old, new = Atoms(), Atoms()
    bound: tuple[set[str], set[str]] = set(), set()
    count = 0
    for blocks in changed(view):
        for side, names, block in zip((old, new), bound, blocks, strict=True):
            nodes = walked(*block)
            names.update(bound_names(nodes))
            count += len(nodes)
            if count > _NODES_MAX:
                return None
            side.of_block(block)
    before, after = Counter(old.words), Counter(new.words)
    lost, gained = before - after, after - before
    reads = [{use.name for use in side.uses if not use.binds} - _NO_NAMES for side in (old, new)]
    for was, now in _same_calls(lost, gained, bound=bound):
        lost, gained = lost - Counter([was]), gained - Counter([now])
    modules = view.old.modules | view.new.modules
    # What is read from a name that came or went with its binding is no step of its own.
    lost.update(f"name {name}" for name in reads[0] - reads[1] - (bound[0] - bound[1]))
    gained.update(f"name {name}" for name in reads[1] - reads[0] - (bound[1] - bound[0]) - modules)
    same = {word for word in before if before[word] == after[word]}
    moved = list(_moved(new.inside - old.inside, same))
    gained.update(moved)
    if not moved:
        lost.update(_moved(old.inside - new.inside, same))
    effects = {word for word in same if word.startswith(_ORDERED)}
    order = [[word for word in side.words if word in effects] for side in (old, new)]
    if Counter(old.entered) == Counter(new.entered):
        order[0] += old.entered
        order[1] += new.entered
    pairs = zip(order[0], order[1], strict=True)
    gained.update(f"order {was}" for was, now in pairs if was != now)
    return Difference(lost, gained, after)


def _same_calls(
    lost: Counter[str], gained: Counter[str], *, bound: tuple[set[str], set[str]]
) -> Iterator[tuple[str, str]]:
    """Yields calls of a local value, by the name that it had and by the one that it has now."""
    gone = {*bound[0] - bound[1], *_parameters(lost)}
    came = {*bound[1] - bound[0], *_parameters(gained)}
    for was, now in product(sorted(gone), sorted(came)):
        yield from [(f"call {was}", f"call {now}")] * min(
            lost[f"call {was}"], gained[f"call {now}"]
        )


def _parameters(words: Iterable[str]) -> Iterator[str]:
    return (w.removeprefix("parameter ") for w in words if w.startswith("parameter "))


def _moved(places: Iterable[str], same: set[str]) -> Iterator[str]:
    return (f"moved {place}" for place in places if place.split(": ", 1)[1] in same)


def beyond(found: Difference, *, row: Footprint) -> tuple[set[str], set[str]]:
    """Returns the words that went and that came without the footprint allowing it."""
    lost = {word for word in found.lost if word not in row.lose}
    gained = {word for word in found.gained if word not in row.gain}
    if found.lost.keys() & _GIVING_PAIRS:
        lost.discard("unpack 2")
    if AGAIN in row.lose:
        lost = {word for word in lost if not found.kept[word]}
    made = {word.removeprefix("define ") for word in found.gained if word.startswith("define ")}
    gained -= {f"call {name}" for name in made}
    if row.helps and any(name.startswith("_") for name in made):
        gained = {word for word in gained if not word.startswith(_OF_HELPERS)}
    if RETYPED in row.gain:
        _leave_out_retyped(found.lost, lost, gained)
        _leave_out_retyped(found.gained, gained, lost)
    return lost, gained


def _leave_out_retyped(had: Counter[str], values: set[str], texts: set[str]) -> None:
    """Leaves out values that are there in another type: `8080` for `"8080"`."""
    for word in [word for word in had if word.startswith("value ")]:
        plain = _QUOTES.sub("", word.removeprefix("value "))
        same = {f"text {token}" for token in TOKEN.findall(plain)}
        if same <= texts:
            values.discard(word)
            texts -= same

"""The labelled changes of `tests/cases`: reading them, judging them, counting what came out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, cast

import yaml

from playground.analyzers.gate import dodges, intake, signatures
from playground.analyzers.gate.view import ChangeView
from playground.campaigns.planning import RULES_ABOUT_SIGNATURES
from playground.domain.findings import Finding, Severity, Span
from playground.domain.regions import enclosing_symbol
from playground.domain.syntax import parse
from playground.domain.verdicts import How, Objection

CASES = Path(__file__).parents[1] / "cases"
PYTHON_SETS = (
    "dodges", "dodges_blind", "dodges_late", "dodges_fresh", "dodges_again", "dodges_unseen"
)  # fmt: skip


class _Case(TypedDict, total=False):
    kind: str
    rule: str
    how: str
    family: str
    expect: str
    path: str
    also: str
    at: list[int]
    message: str
    open: str


@dataclass(frozen=True)
class Labelled:
    """One labelled change of Python code.

    Attributes:
        name: the folder's name.
        honest: whether it is a repair.
        rule: the rule whose finding goes away.
        how: how it goes away, by its label.
        family: kind of dodge or repair.
        expect: code of the objection that the case is about, "" for any.
        views: the changed files, the finding's own first.
        at: line and column of the finding, from 1.
        message: what the analyzer said.
        open: why it is known to be judged wrongly, "" if it is judged rightly.
    """

    name: str
    honest: bool
    rule: str
    how: How
    family: str
    expect: str
    views: tuple[ChangeView, ...]
    at: tuple[int, int]
    message: str
    open: str

    @property
    def finding(self) -> Finding:
        """The finding that goes away, as far as the label knows it."""
        view, (line, column) = self.views[0], self.at
        lines = (view.before or "").splitlines() or [""]
        tree = parse(view.before or "")
        symbol = enclosing_symbol(tree, line) if tree is not None else ""
        span = Span(line, column, line, column + 1)
        text = lines[min(line, len(lines)) - 1] if self.at != (1, 1) else ""
        return Finding(
            "tool", self.rule, self.message, view.path, span, Severity.ERROR, symbol, text
        )


@dataclass(frozen=True)
class Outcome:
    """What the detectors said of a case; it is refused if there is an objection or it moved."""

    case: Labelled
    objections: tuple[Objection, ...]
    how: How

    @property
    def refused(self) -> bool:
        """Whether the change may not be proposed."""
        return bool(self.objections) or self.how is not How.REPAIRED


def cases(*sets: str) -> list[Labelled]:
    """Returns the cases of these sets, sorted by name."""
    folders = [folder for name in sets for folder in (CASES / name).iterdir() if folder.is_dir()]
    return [_case(folder) for folder in sorted(folders, key=lambda folder: folder.name)]


def _case(folder: Path) -> Labelled:
    case = cast("_Case", yaml.load((folder / "case.yaml").read_text(), Loader=yaml.CSafeLoader))
    honest = case.get("kind") == "honest"
    line, column = case.get("at", [1, 1])
    return Labelled(
        name=folder.name,
        honest=honest,
        rule=case.get("rule", ""),
        how=How(case.get("how", "repaired" if honest else "laundered")),
        family=case.get("family", ""),
        expect=case.get("expect", ""),
        views=tuple(_views(folder, case)),
        at=(line, column),
        message=case.get("message", ""),
        open=case.get("open", ""),
    )


def _views(folder: Path, case: _Case) -> Iterable[ChangeView]:
    before, after = (folder / "before.py").read_text(), (folder / "after.py").read_text()
    yield ChangeView(case.get("path", "module.py"), before, after)
    if other := case.get("also"):
        texts = {path.stem: path.read_text() for path in folder.glob("also_*")}
        yield ChangeView(other, texts["also_before"] or None, texts["also_after"])


def judged(case: Labelled) -> Outcome:
    """Returns what intake, dodges and signatures say of a case, as the gate asks them."""
    found: list[Objection] = []
    for view in case.views:
        language = "Python" if view.is_python else ""
        found += intake.objections(view.before, view.after, language=language)
        found += dodges.objections(view, rule=case.rule)
        if case.rule not in RULES_ABOUT_SIGNATURES:
            found += signatures.objections(view, rule=case.rule)
    if case.message:
        found += dodges.losses(case.views[0], case.finding)
    how = dodges.classify(case.views[0], case.finding, beside=case.views)
    return Outcome(case, tuple(found), how)


def by_family(outcomes: Sequence[Outcome]) -> dict[str, Counter[str]]:
    """Counts dodges and refused ones, honest repairs and wrongly refused ones, by family."""
    return _counted(outcomes, lambda outcome: outcome.case.family)


def by_how(outcomes: Sequence[Outcome]) -> Counter[tuple[How, How]]:
    """Counts pairs of how a finding went away by its label, and how it was said to have."""
    return Counter((outcome.case.how, outcome.how) for outcome in outcomes)


def _counted(outcomes: Sequence[Outcome], key: Callable[[Outcome], str]) -> dict[str, Counter[str]]:
    table: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        row = table.setdefault(key(outcome), Counter())
        kind = "honest" if outcome.case.honest else "dodge"
        row[kind] += 1
        row[f"{kind} refused"] += outcome.refused
    return dict(sorted(table.items()))

"""The data set of a journal: rows by kind and split, with what was left out and why."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from playground.domain.errors import BadInput, PlaygroundError
from playground.domain.ports import Gate, Workspace
from playground.domain.rule_cards import RuleCard
from playground.domain.runs import Run
from playground.orchestrator.dataset.licences import Origin, origin_of
from playground.orchestrator.dataset.records import (
    Record,
    RecordKind,
    Unfit,
    paired,
    records_of,
)
from playground.orchestrator.dataset.splits import pieces_of, splits_of

Row = dict[str, object]


@dataclass(frozen=True)
class Dataset:
    """Rows of training data.

    Attributes:
        rows: by kind and split, each in the order of ids.
        origins: the repositories, by name.
        left_out: how many runs gave nothing, by reason.
    """

    rows: dict[tuple[RecordKind, str], list[Row]]
    origins: dict[str, Origin]
    left_out: Counter[str]


@dataclass(frozen=True)
class Sources:
    """What records are made from.

    Attributes:
        gate: tells the rules' cards.
        workspace: reads what repositories say about themselves.
        trusts: whether the person trusts a repository now.
        untrusted_too: whether to take those in that they do not trust.
    """

    gate: Gate
    workspace: Workspace
    trusts: Callable[[str], bool]
    untrusted_too: bool = False


def dataset_of(runs: Iterable[Run], sources: Sources) -> Dataset:
    """Returns the data set of these runs; equal runs and files give equal rows."""
    left_out: Counter[str] = Counter()
    taken: list[Run] = []
    for run in sorted(runs, key=lambda one: one.id):
        reason = _obstacle(run, sources)
        if reason:
            left_out[reason] += 1
        else:
            taken.append(run)
    records = _records(taken, sources.gate, left_out)
    roots = sorted({record.run.task.root for record in records})
    origins = {root: origin_of(root, _reader(sources.workspace, root)) for root in roots}
    pieces: defaultdict[str, set[str]] = defaultdict(set)
    for record in records:
        name = origins[record.run.task.root].name
        task = record.run.task
        path = task.region.path if task.region else ""
        pieces[name] |= pieces_of(task.region_text or record.chosen, path=path)
    splits = splits_of({name: frozenset(found) for name, found in pieces.items()})
    rows: dict[tuple[RecordKind, str], list[Row]] = {}
    for record in sorted(records, key=lambda one: (one.kind, one.id)):
        origin = origins[record.run.task.root]
        split = splits[origin.name]
        rows.setdefault((record.kind, split), []).append(_row(record, origin, split))
    return Dataset(rows, {origin.name: origin for origin in origins.values()}, left_out)


def _obstacle(run: Run, sources: Sources) -> str:
    if run.proposal is None or run.decision is None:
        return "not decided"
    if run.forgotten:
        return "forgotten at a person's wish"
    root = run.task.root
    if not sources.untrusted_too and not (run.policy.trusts(root) and sources.trusts(root)):
        return "from a repository that is not trusted"
    return ""


def _records(runs: list[Run], gate: Gate, left_out: Counter[str]) -> list[Record]:
    cards = _Cards(gate)
    found: list[Record] = []
    for run in runs:
        try:
            found += records_of(run, cards.of)
        except Unfit as error:
            left_out[str(error)] += 1
    good = {_key(r.run): r.run for r in found if r.kind is RecordKind.CHAT}
    for record in [r for r in found if r.kind is RecordKind.LABEL and not r.label]:
        better = good.get(_key(record.run))
        pair = better and paired(better, record.run, cards=cards.of)
        found += [pair] if pair else []
    return list(_distinct(found, left_out).values())


def _key(run: Run) -> tuple[str, str]:
    finding = run.task.finding
    return run.task.root, finding.fingerprint if finding else run.task.key


def _distinct(records: list[Record], left_out: Counter[str]) -> dict[object, Record]:
    """Drops what says the same again."""
    kept: dict[object, Record] = {}
    for record in records:
        key = (record.kind, record.prompt, record.chosen, record.rejected, record.label)
        if key in kept:
            left_out["says the same as another record"] += 1
        kept.setdefault(key, record)
    return kept


class _Cards:
    """Rule cards, asked for once."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._known: dict[tuple[str, str], RuleCard] = {}

    def of(self, run: Run) -> RuleCard | None:
        finding = run.task.finding
        if finding is None:
            return None
        key = finding.tool, finding.rule
        if key not in self._known:
            try:
                self._known[key] = self._gate.explain(finding)
            except PlaygroundError:
                self._known[key] = RuleCard(*key, "", finding.rule, "", "", "")
        return self._known[key]


def _reader(workspace: Workspace, root: str) -> Callable[[str], str | None]:
    def read(path: str) -> str | None:
        try:
            return workspace.read(Path(root), path=path).text
        except BadInput:
            return None

    return read


def _row(record: Record, origin: Origin, split: str) -> Row:
    prompt = [{"role": role, "content": text} for role, text in record.prompt]
    answer = [{"role": "assistant", "content": record.chosen}]
    match record.kind:
        case RecordKind.CHAT:
            told: Row = {"messages": [*prompt, *answer]}
        case RecordKind.PREFERENCE:
            rejected = [{"role": "assistant", "content": record.rejected}]
            told = {"prompt": prompt, "chosen": answer, "rejected": rejected, "why": record.why}
        case RecordKind.LABEL:
            told = {
                "prompt": prompt,
                "completion": answer,
                "label": record.label,
                "why": record.why,
            }
    finding, made = record.run.task.finding, record.provenance
    return {
        "id": record.id,
        **told,
        "tool": finding.tool if finding else "",
        "rule": finding.rule if finding else "",
        "source": made.source.value,
        "model": made.model,
        "recipe": made.recipe,
        "repository": origin.name,
        "licence": origin.licence,
        "licence_stated_in": origin.stated_in,
        "split": split,
        "redacted": record.redacted,
    }

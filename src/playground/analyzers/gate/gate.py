"""The gate over static analyzers: surveys a tree and proves candidates, running none of it."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from playground.analyzers.gate import detectors, imports, languages
from playground.analyzers.gate.answers import Answers, Pair, applies, readable
from playground.analyzers.gate.changes import Changes, read_changes
from playground.analyzers.gate.delta import match
from playground.analyzers.gate.imports import KnownImports
from playground.analyzers.gate.javascript import KnownModules, ScriptReader, known_modules
from playground.analyzers.gate.proof import Proof
from playground.analyzers.gate.scope import is_silenced, skipped_in, sources_in, unreadable
from playground.analyzers.gate.since import compared, joined, past_of
from playground.analyzers.gate.trees import Trees, tree_of, trees_of
from playground.analyzers.javascript import workers_of
from playground.analyzers.mirror import Snapshot, Snapshots
from playground.analyzers.mirror.settings import SETTING_FILES
from playground.analyzers.mirror.snapshot import MANIFESTS
from playground.analyzers.profile import (
    AnalyzerContext,
    KnowsRules,
    RuleProfile,
    Wanted,
    selects,
)
from playground.domain.candidates import Candidate
from playground.domain.comparisons import Comparison
from playground.domain.errors import BadInput
from playground.domain.findings import Finding
from playground.domain.ports import Analyzer, RuleCard, Survey, Workspace
from playground.domain.tasks import Task
from playground.domain.verdicts import Check, Conclusion, Objection, RiskTier, Verdict
from playground.security.reading import ReadingRules

_READING = ReadingRules(names=frozenset({"py.typed"}))


class StaticGate:
    """The port `Gate` over a set of analyzers; safe to share between threads.

    Args:
        analyzers: what finds and proves; those of low tiers are asked first.
        profile: the rules that are looked for unless a person asks for others.
        workspace: reads the files that candidates change.
        scratch: folder below which mirrors are kept.
        reading: which files of a repository are mirrored.

    Raises:
        StorageUnavailable: the scratch folder cannot be made.
    """

    def __init__(
        self,
        analyzers: Sequence[Analyzer],
        *,
        profile: RuleProfile,
        workspace: Workspace,
        scratch: Path,
        reading: ReadingRules = _READING,
    ) -> None:
        self._analyzers = sorted(analyzers, key=lambda analyzer: analyzer.tier)
        self._profile = profile
        self._workspace = workspace
        self._reading = reading
        self._snapshots = Snapshots(reading)
        self._answers = Answers(scratch, confirm=profile.confirm_cold)
        self._imports: tuple[str, KnownImports] | None = None
        self._scripts = ScriptReader(workers_of(AnalyzerContext(scratch)))
        self._modules: tuple[str, KnownModules] | None = None

    def read_scripts_in(self, context: AnalyzerContext) -> None:
        """Lets changed scripts be read by a worker in this room; without it, in an open one."""
        self._scripts.close()
        self._scripts = ScriptReader(workers_of(context))

    @property
    def sources(self) -> ReadingRules:
        """The files of a repository that verdicts depend on, its settings among them."""
        return replace(self._reading, names=self._reading.names | {*SETTING_FILES, *MANIFESTS})

    def close(self) -> None:
        """Removes the mirrors and ends what was started; may be called twice."""
        self._scripts.close()
        self._answers.close(self._analyzers)

    def prepare(self, root: Path) -> None:
        """Lets what candidates below `root` are judged with start in the background.

        Raises:
            BadInput: the root is no folder or cannot be read.
        """
        snapshot = self._snapshots.take(root)
        wanted = self._wanted(snapshot, [])
        self._answers.prepare(self._analyzers, snapshot=snapshot, wanted=wanted)
        # What is there by now stays: no collection during a verdict has to look through it again.
        gc.freeze()

    def survey(self, root: Path, *, paths: Sequence[str], rules: Sequence[str] = ()) -> Survey:
        """Collects findings below `root`.

        A finding is left out when the repository's own settings or a suppression comment of the
        person's own say so; asking for its rule by name lifts the former.

        Args:
            root: the repository's root.
            paths: POSIX paths of files or folders relative to the root; empty for all.
            rules: rule ids or beginnings of ids; they may lie outside of the default profile.

        Raises:
            BadInput: a path does not exist or lies outside, or no analyzer knows a rule.
        """
        asked = self._asked(rules)
        snapshot = self._snapshots.take(root)
        sources = sources_in(snapshot, paths)
        wanted = self._wanted(snapshot, sorted({r for ids in (asked or {}).values() for r in ids}))
        trees = tree_of(snapshot, sources)
        checks: list[Check] = []
        hidden = 0
        for analyzer in self._analyzers:
            if asked is None or asked.get(analyzer.name):
                check = self._answers.base(analyzer, trees, wanted=wanted)
                lost = unreadable(analyzer.name, snapshot=snapshot, paths=paths)
                found = [f for f in (*check.findings, *lost) if self._is_wished(f, asked)]
                shown = tuple(f for f in found if not _is_hidden(f, snapshot, asked))
                hidden += len(found) - len(shown)
                checks.append(replace(check, findings=shown))
        findings = sorted((f for check in checks for f in check.findings), key=_place)
        return Survey(
            root=str(root),
            findings=tuple(findings),
            checks=tuple(checks),
            skipped=skipped_in(snapshot, paths),
            files=len(sources),
            hidden=hidden,
        )

    def survey_since(
        self, root: Path, *, revision: str, paths: Sequence[str], rules: Sequence[str] = ()
    ) -> Comparison:
        """Collects the findings that the tree has and a revision of it has not.

        Only files that differ, and files that import them, are analysed, each as it is and as it
        was. Both are held to what the repository asks for now.

        Raises:
            BadInput: a path does not exist or lies outside, no analyzer knows a rule, or there is
                no such revision.
            Unavailable: git's objects cannot be read.
        """
        asked = self._asked(rules)
        snapshot = self._snapshots.take(root)
        past = past_of(snapshot, revision=revision, rules=self._reading, paths=paths)
        wanted = self._wanted(snapshot, sorted({r for ids in (asked or {}).values() for r in ids}))
        trees = tree_of(snapshot, past.now)
        checks: list[Check] = []
        absent: list[Finding] = []
        unchanged = 0
        for analyzer in self._analyzers:
            if asked is not None and not asked.get(analyzer.name):
                continue
            after = self._answers.base(analyzer, trees, wanted=wanted)
            then = readable(analyzer, past.then)
            before = self._answers.ask(
                analyzer, snapshot, overlay=past.overlay, wanted=wanted, paths=then
            )
            delta = compared(before, after, past=past, texts=snapshot.texts)
            new = [f for f in delta.added if self._is_shown(f, snapshot, asked)]
            kept = [f for _old, f in (*delta.kept, *((f, f) for f in delta.revealed))]
            unchanged += sum(self._is_shown(f, snapshot, asked) for f in kept)
            absent += [f for f in delta.fixed if self._is_wished(f, asked)]
            checks.append(joined(before, after, new=new))
        return Comparison(
            root=str(root),
            commit=past.commit,
            new=tuple(sorted((f for check in checks for f in check.findings), key=_place)),
            unchanged=unchanged,
            absent=tuple(sorted(absent, key=_place)),
            checks=tuple(checks),
            skipped=(*skipped_in(snapshot, paths), *past.skipped),
            files=len(past.now),
            uncompared=past.uncompared,
        )

    def judge(self, task: Task, *, candidate: Candidate) -> Verdict:
        """Compares the tree with and without the candidate.

        The cheapest proofs come first, and the first that fails ends the trial: the texts alone,
        then analyzers by tier. An analyzer without a whole answer makes the verdict inconclusive.

        Raises:
            Stale: a file in scope is no longer what the task was opened for.
        """
        changes = read_changes(task, candidate=candidate, workspace=self._workspace)
        try:
            return self._judged(task, candidate, changes)
        except RecursionError:
            # Walking a tree exhausts the stack earlier than parsing it does.
            message = "The code is nested too deeply to be compared; simplify it first."
            objections = (Objection("intake:nesting", message),)
            return Verdict(Conclusion.FAILED, (), (), 0, (), objections, RiskTier.D)

    def _judged(self, task: Task, candidate: Candidate, changes: Changes) -> Verdict:
        proof = Proof(task, changes.views)
        proof.objections += changes.objections
        proof.objections += detectors.at_the_door(changes.views)
        if not proof.goes_on:
            return proof.verdict(analysed=0)
        snapshot = self._snapshots.take(Path(task.root))
        proof.objections += detectors.in_the_change(
            task, candidate=candidate, changes=changes, known=self._known_imports(snapshot)
        )
        self._read_scripts(task, snapshot=snapshot, proof=proof)
        trees = trees_of(snapshot, changes)
        wanted = self._wanted(snapshot, [task.finding.rule] if task.finding else [])
        warm: list[Analyzer] = []
        for analyzer in self._analyzers:
            # Findings of the quick analyzers tell the next try more than the objection alone.
            if analyzer.tier > 1 and not proof.goes_on:
                break
            if not applies(analyzer, trees):
                continue
            pair, unconfirmed = self._answers.both(analyzer, trees, wanted=wanted)
            _take(pair, trees=trees, proof=proof)
            warm += [analyzer] if unconfirmed else []
        for analyzer in warm if proof.goes_on else ():
            _confirm(self._answers.anew(analyzer, trees, wanted=wanted), trees=trees, proof=proof)
        return proof.verdict(analysed=len(trees.after_paths))

    def explain(self, finding: Finding) -> RuleCard:
        """Returns the card of the finding's rule, with empty texts when nobody knows it."""
        for analyzer in self._analyzers:
            if analyzer.name == finding.tool:
                return analyzer.explain(finding.rule)
        return RuleCard(finding.tool, finding.rule, "", "", "", "", "")

    def _read_scripts(self, task: Task, *, snapshot: Snapshot, proof: Proof) -> None:
        read = self._scripts.read(task, changes=languages.script_changes(proof.views))
        proof.scripts, proof.unanswered = read.facts, [*proof.unanswered, *read.unanswered]
        if read.facts:
            known = self._known_modules(snapshot)
            proof.objections += languages.of_scripts(task, scripts=read.facts, known=known)

    def _known_modules(self, snapshot: Snapshot) -> KnownModules:
        kept = self._modules
        if kept is None or kept[0] != snapshot.digest:
            said = snapshot.settings.javascript
            declared = (*(said.dependencies or ()), said.name)
            known = known_modules(snapshot.texts, declared=declared, options=said.options)
            kept = self._modules = (snapshot.digest, known)
        return kept[1]

    def _known_imports(self, snapshot: Snapshot) -> KnownImports:
        kept = self._imports
        if kept is None or kept[0] != snapshot.digest:
            known = imports.known_imports(snapshot.texts, snapshot.manifests)
            kept = self._imports = (snapshot.digest, known)
        return kept[1]

    def _asked(self, rules: Sequence[str]) -> dict[str, tuple[str, ...]] | None:
        """Returns the rule ids that were asked for by analyzer, None when none were."""
        if not rules:
            return None
        asked: dict[str, tuple[str, ...]] = {}
        for rule in rules:
            known = False
            for analyzer in self._analyzers:
                found = analyzer.rules_like(rule) if isinstance(analyzer, KnowsRules) else ()
                known = known or bool(found)
                asked[analyzer.name] = (*asked.get(analyzer.name, ()), *found)
            if not known:
                names = ", ".join(analyzer.name for analyzer in self._analyzers)
                raise BadInput(f"No rule {rule!r} is known to {names}; check its id.")
        return asked

    def _is_shown(
        self,
        finding: Finding,
        snapshot: Snapshot,
        asked: Mapping[str, tuple[str, ...]] | None,
    ) -> bool:
        return self._is_wished(finding, asked) and not _is_hidden(finding, snapshot, asked)

    def _is_wished(self, finding: Finding, asked: Mapping[str, tuple[str, ...]] | None) -> bool:
        """Whether the person wants to hear of this rule at all."""
        if asked is not None:
            return finding.rule in asked[finding.tool]
        # The person's own profile has the last word over what the repository holds itself to.
        ignored = any(selects(selector, finding.rule) for selector in self._profile.ignore)
        return self._profile.selection.covers(finding.rule) or not ignored

    def _wanted(self, snapshot: Snapshot, rules: Sequence[str]) -> Wanted:
        """Returns the profile, what the repository holds itself to, and what was asked for."""
        own = snapshot.settings.selection
        selections = (self._profile.selection, *((own,) if own else ()))
        mode, eslint = self._profile.pyright_mode, self._profile.eslint
        return Wanted(selections, mode, tuple(rules), eslint)


def _is_hidden(
    finding: Finding, snapshot: Snapshot, asked: Mapping[str, tuple[str, ...]] | None
) -> bool:
    """Whether the repository itself, by a comment or a setting, keeps the finding back."""
    if is_silenced(finding, snapshot=snapshot):
        return True
    return asked is None and snapshot.settings.hides(finding.rule, path=finding.path)


def _place(finding: Finding) -> tuple[str, int, int, str]:
    return finding.path, finding.span.start_line, finding.span.start_column, finding.rule


def _take(pair: Pair, *, trees: Trees, proof: Proof) -> None:
    base, after = pair
    delta = match(base.findings, after.findings, old=trees.base, new=trees.after)
    proof.take(base, after, delta=delta)


def _confirm(pair: Pair, *, trees: Trees, proof: Proof) -> None:
    """Adds what a new start of an analyzer says against a candidate that nothing spoke against."""
    again = replace(
        proof, objections=[], unanswered=[], fixed=[], added=[], checks=[], target_gone=False
    )
    _take(pair, trees=trees, proof=again)
    proof.objections += again.objections
    proof.unanswered += again.unanswered
    finding = proof.task.finding
    if finding is None or finding.tool != pair[0].tool or again.target_gone:
        return
    message = (
        f"{finding.tool} does not report {finding.rule} when it is started anew; survey again."
    )
    proof.unanswered.append(Objection("target-unknown", message))

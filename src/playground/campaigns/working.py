"""Work on one item: its run is opened or carried on until it comes to rest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from playground.campaigns.anchoring import anchored
from playground.campaigns.planning import repair_task
from playground.campaigns.state import GONE, Campaign, Stage, Work
from playground.domain.campaigns import FileReplanned, Item, ItemSettled, Records
from playground.domain.changes import FileChange, Patch, SourceFile
from playground.domain.costs import Cost, Usage
from playground.domain.errors import BadInput
from playground.domain.events import ChangeApplied
from playground.domain.findings import Finding
from playground.domain.ports import Gate, Listener, Submitting, Workspace
from playground.domain.rebasing import Carried, found_again, path_between, rebased
from playground.domain.runs import RUN_ID_ALPHABET, RUN_ID_LENGTH, Run
from playground.domain.tasks import Policy, Task
from playground.domain.verdicts import CheckStatus


@dataclass(frozen=True, slots=True)
class Parts:
    """The ports that a campaign works with.

    Attributes:
        policy: bounds of each run, None for the configured ones.
    """

    journal: Records
    desk: Submitting
    gate: Gate
    workspace: Workspace
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """How a run came to rest and what it took; nothing if it was settled before."""

    run_id: str
    outcome: str
    reason: str = ""
    usage: Usage = Usage()
    cost: Cost = Cost()
    seconds: float = 0.0

    def settles(self, number: int, *, at: float) -> ItemSettled:
        """Returns the event that says so of an item, at seconds since the epoch."""
        spent = (self.usage, self.cost, self.seconds)
        return ItemSettled(number, self.run_id, self.outcome, self.reason, at, *spent)


@dataclass(frozen=True, slots=True)
class Moved:
    """The item's file is in another version than it was planned in; None when it is gone."""

    path: str
    sha256: str | None


def run_id_for(campaign_id: str, *, number: int, begun: int) -> str:
    """Returns the id of an item's run: the same for every worker that begins it."""
    digest = hashlib.sha256(f"{campaign_id}\0{number}\0{begun}".encode()).digest()
    value = int.from_bytes(digest)
    letters: list[str] = []
    for _ in range(RUN_ID_LENGTH):
        value, index = divmod(value, len(RUN_ID_ALPHABET))
        letters.append(RUN_ID_ALPHABET[index])
    return "".join(letters)


def successor(work: Work, *, campaign_id: str, records: Records) -> Run | None:
    """Returns the run that a waiting proposal was being carried over to, None before that.

    Whoever did so may have been stopped between the end of the old run and the rest of the new one.
    """
    run_id = run_id_for(campaign_id, number=work.item.number, begun=work.begun + 1)
    try:
        return records.load(run_id)
    except BadInput:  # nobody has opened it
        return None


def rest_of(run: Run, *, settled: str = "", before: Run | None = None) -> Rest:
    """Returns how a run rests.

    Args:
        run: as it is now.
        settled: id of the item's run that was settled last, whose tokens are counted already.
        before: as others left the run, who paid for what it had taken until then.
    """
    outcome, reason = "proposed", ""
    if run.ended is not None:
        outcome, reason = run.ended.outcome, run.ended.reason
    if settled == run.id:
        return Rest(run.id, outcome, reason)
    if before is None:
        return Rest(run.id, outcome, reason, run.usage, run.cost, run.seconds)
    spent = run.usage - before.usage, run.cost - before.cost, run.seconds - before.seconds
    return Rest(run.id, outcome, reason, *spent)


class Worker:
    """Does what a campaign's moves ask for; everything may be done twice without harm."""

    def __init__(self, parts: Parts, *, campaign_id: str, root: Path) -> None:
        """Takes the ports, the campaign and the repository's root."""
        self._parts = parts
        self._id = campaign_id
        self._root = root

    def begin(self, work: Work, *, named: tuple[str, ...], listener: Listener) -> Rest | Moved:
        """Works on a claimed item.

        Raises:
            Unavailable: a needed part is missing; the run can be carried on later.
        """
        item = work.item
        path, run_id = item.region.path, self._run_id(work)
        try:
            source = self._parts.workspace.read(self._root, path=path)
        except BadInput as error:
            return Rest(run_id, "error", str(error))
        if source.sha256 != item.sha256:
            return Moved(path, source.sha256)
        task = self._task(item, source, named=named)
        opened = self._parts.desk.submit(task, policy=self._parts.policy, run_id=run_id)
        before = self._of_others(opened, own=run_id)
        run = self._parts.desk.advance(opened, listener=listener)
        return rest_of(run, settled=work.run_id, before=before)

    def carry(
        self, work: Work, *, landed: tuple[str, ...], named: tuple[str, ...], listener: Listener
    ) -> Rest | Moved:
        """Carries a waiting proposal over to its file as it is now, or begins the item anew.

        Args:
            work: the claimed item, whose run waits.
            landed: runs whose changes were applied since.
            named: files that the person named.
            listener: called after each event.
        """
        item = work.item
        old = self._parts.journal.load(work.run_id)
        if old.waiting is None:
            new = successor(work, campaign_id=self._id, records=self._parts.journal)
            if new is None:
                return rest_of(old, settled=work.run_id)
            return rest_of(self._parts.desk.advance(new.id, listener=listener))
        if work.gone:
            self._parts.desk.withdraw(old.id, reason=GONE)
            return Rest(old.id, "gone", GONE)
        try:
            source = self._parts.workspace.read(self._root, path=item.region.path)
        except BadInput as error:
            return Rest(old.id, "error", str(error))
        if source.sha256 != item.sha256:
            return Moved(item.region.path, source.sha256)
        task = self._task(item, source, named=named)
        runs = [self._parts.journal.load(run_id) for run_id in landed]
        changes = [c for run in runs for c in applied_changes(run, path=source.path)]
        change = change_now(old, source=source, landed=changes)
        patch = old.waiting.patch if change is None else Patch((change,))
        new_id = run_id_for(self._id, number=item.number, begun=work.begun + 1)
        carried = Carried(task, patch, {source.path: source.text}, new_id)
        opened = self._parts.desk.carry(old.id, carried=carried)
        before = self._of_others(opened, own=new_id)
        run = self._parts.desk.advance(opened, listener=listener)
        return rest_of(run, settled=work.run_id, before=before)

    def replan(self, campaign: Campaign, *, path: str) -> FileReplanned | None:
        """Looks for a file's open items in its present version.

        Returns:
            None when an analyzer gave no answer, so that nothing is known.
        """
        try:
            source = self._parts.workspace.read(self._root, path=path)
            survey = self._parts.gate.survey(self._root, paths=[path])
        except BadInput:
            return None
        if any(check.status is not CheckStatus.OK for check in survey.checks):
            return None
        works = (campaign.works[number] for number in campaign.by_path[path])
        open_items = [work.item for work in works if work.stage is not Stage.DONE]
        findings = anchored([item.finding for item in open_items], survey.findings)
        items: list[Item] = []
        gone: list[int] = []
        for item, finding in zip(open_items, findings, strict=True):
            moved = self._found(item, finding, source)
            if moved is None:
                gone.append(item.number)
            else:
                items.append(moved)
        return FileReplanned(path, source.sha256, tuple(items), tuple(gone), at=0.0)

    def _found(self, item: Item, finding: Finding | None, source: SourceFile) -> Item | None:
        """Returns an item as it is planned in this version, None where it has no place."""
        if finding is None:
            return None
        try:
            task = repair_task(finding, root=str(self._root), source=source)
        except BadInput:  # the file does not parse any more
            return None
        if task.region is None:
            return None
        return replace(item, finding=finding, region=task.region, sha256=source.sha256)

    def _of_others(self, opened: str, *, own: str) -> Run | None:
        """Returns a run that others opened for the same question, as they left it."""
        return None if opened == own else self._parts.journal.load(opened)

    def _task(self, item: Item, source: SourceFile, *, named: tuple[str, ...]) -> Task:
        """Returns an item's task; its region was worked out from the same bytes."""
        root, finding = str(self._root), item.finding
        return repair_task(finding, root=root, source=source, named=named, region=item.region)

    def _run_id(self, work: Work) -> str:
        return run_id_for(self._id, number=work.item.number, begun=work.begun)


def change_now(old: Run, *, source: SourceFile, landed: Sequence[FileChange]) -> FileChange | None:
    """Returns the waiting change for the file as it is now, None when it has no place.

    Args:
        old: whose proposal waits, or was found stale.
        source: the file.
        landed: changes of that file that were applied since, in any order.
    """
    proposal = old.proposal
    if proposal is None or len(proposal.patch.files) != 1:
        return None
    change = proposal.patch.files[0]
    if change.path != source.path or change.base_sha256 is None:
        return None
    chain = path_between(landed, before=change.base_sha256, after=source.sha256)
    moved = rebased(change, through=chain, text=source.text) if chain else None
    if moved is not None or old.task.region is None:
        return moved
    start = old.task.region.start_line - 1
    return found_again(change, block=old.task.region_text, start=start, text=source.text)


def applied_changes(run: Run, *, path: str) -> list[FileChange]:
    """Returns what a run has applied to one file."""
    if run.proposal is None or not any(isinstance(e, ChangeApplied) for e in run.events):
        return []
    return [change for change in run.proposal.patch.files if change.path == path]

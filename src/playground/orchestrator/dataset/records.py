"""Records: what one decided run teaches, as chat, as pairs, and as a yes or no.

The forms are those that trainers of chat models read: "messages"; "prompt", "chosen", "rejected";
"prompt", "completion", "label".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from playground.domain.candidates import Candidate, Provenance
from playground.domain.changes import Patch
from playground.domain.javascript import language_name
from playground.domain.proposals import Amended, Approved
from playground.domain.rule_cards import RuleCard
from playground.domain.runs import Run
from playground.domain.tasks import Source
from playground.orchestrator.marks import marked
from playground.orchestrator.nodes.learn import region_texts
from playground.prompts import fence_for, quote_for, render
from playground.security.secrets import redact
from playground.security.unicode import hidden_characters
from playground.security.validators import chat_markup

_REFUSED_MAX = 3
_CHARS_MAX = 24_000


class RecordKind(StrEnum):
    """What a record is for."""

    CHAT = "chat"
    PREFERENCE = "preference"
    LABEL = "label"


Turn = dict[str, str]
"""One message: "role" and "content"."""


@dataclass(frozen=True, slots=True)
class Record:
    """One example.

    Attributes:
        kind: which of the other fields are filled.
        id: the run's, and a number where it has several of a kind.
        prompt: system and user message.
        chosen: the good answer, or the labelled one.
        rejected: the bad answer of a pair, "" else.
        label: whether a person said yes.
        why: what speaks against the bad answer: the person's words or the gate's objection.
        run: the decided run.
        provenance: where the answer that was shown comes from.
        redacted: whether something that looked like a secret was taken out.
    """

    kind: RecordKind
    id: str
    prompt: tuple[tuple[str, str], ...]
    chosen: str
    rejected: str
    label: bool
    why: str
    run: Run
    provenance: Provenance
    redacted: bool


class Unfit(ValueError):
    """A run from which no clean record can be made; the message says why."""


Cards = Callable[[Run], RuleCard | None]
"""Returns the card of the run's rule, None for a request."""


def records_of(run: Run, cards: Cards) -> list[Record]:
    """Returns the records of one decided run: a label always, the others where there are any.

    Raises:
        Unfit: the run is undecided, or its code cannot be shown to a model.
    """
    proposal, decision = run.proposal, run.decision
    if proposal is None or decision is None:
        raise Unfit("not decided")
    work = _Work(run, cards)
    shown = work.answer(proposal.patch)
    applied = run.ended is not None and run.ended.outcome == "applied"
    yes = isinstance(decision, Approved) and applied
    found = [work.record(RecordKind.LABEL, _Told(shown, label=yes, why=decision.why))]
    if yes:
        found.append(work.record(RecordKind.CHAT, _Told(shown)))
        for number, (patch, why) in enumerate(_worse(run)):
            bad = work.answer(patch)
            if bad != shown:
                told = _Told(shown, bad, why=why)
                made = work.record(RecordKind.PREFERENCE, told, suffix=f"-{number}")
                found.append(made)
    return found


def paired(good: Run, bad: Run, *, cards: Cards) -> Record | None:
    """Returns the pair of an approved and a rejected run about one finding, None if they agree.

    Raises:
        Unfit: as for `records_of`.
    """
    left, right, decision = good.proposal, bad.proposal, bad.decision
    if left is None or right is None or decision is None:
        raise Unfit("not decided")
    work = _Work(good, cards)
    chosen, rejected = work.answer(left.patch), _Work(bad, cards).answer(right.patch)
    if chosen == rejected:
        return None
    told = _Told(chosen, rejected, why=decision.why)
    return work.record(RecordKind.PREFERENCE, told, suffix=f"-{bad.id}")


def _worse(run: Run) -> Iterator[tuple[Patch, str]]:
    """Yields what was worse than what was approved: what was amended, what the gate refused."""
    proposal = run.proposal
    if run.was_amended and proposal is not None and proposal.provenance.source is Source.PERSON:
        amended = [e for e in _decisions(run) if isinstance(e, Amended)]
        for candidate in run.candidates:
            passed = candidate.id in run.verdicts and run.verdicts[candidate.id].passed
            if passed and candidate.provenance.source is not Source.PERSON:
                yield candidate.patch, amended[-1].why if amended else ""
                break
    refused = [c for c in run.candidates if _refused(run, c)]
    for candidate in refused[:_REFUSED_MAX]:
        objections = run.verdicts[candidate.id].objections
        yield candidate.patch, objections[0].code if objections else "refused"


def _decisions(run: Run) -> list[object]:
    return [decision for e in run.events if (decision := getattr(e, "decision", None)) is not None]


def _refused(run: Run, candidate: Candidate) -> bool:
    verdict = run.verdicts.get(candidate.id)
    by_person = candidate.provenance.source is Source.PERSON
    return verdict is not None and not verdict.passed and not by_person


@dataclass(frozen=True, slots=True)
class _Told:
    chosen: str
    rejected: str = ""
    label: bool = True
    why: str = ""


@dataclass
class _Work:
    run: Run
    cards: Cards

    def record(self, kind: RecordKind, told: _Told, *, suffix: str = "") -> Record:
        proposal = self.run.proposal
        if proposal is None:
            raise Unfit("not decided")
        plain = (*self.prompt(), told.chosen, told.rejected, told.why)
        if sum(map(len, plain)) > _CHARS_MAX:
            raise Unfit("longer than a model reads")
        scrubbed = tuple(map(redact, plain))
        clean = [text.replace(self.run.task.root, ".") for text in scrubbed]
        system, user, good, bad, reason = clean
        if any(hidden_characters(text) or chat_markup(text) for text in clean):
            raise Unfit("holds hidden characters or control words of a chat")
        return Record(
            kind,
            f"{self.run.id}{suffix}",
            (("system", system), ("user", user)),
            good,
            bad,
            told.label,
            " ".join(reason.split()),
            self.run,
            proposal.provenance,
            scrubbed != plain,
        )

    @property
    def language(self) -> str:
        proposal = self.run.proposal
        return language_name(proposal.patch.paths[0]) if proposal else ""

    def prompt(self) -> tuple[str, str]:
        """Returns system and user message, made from the run alone."""
        task, proposal = self.run.task, self.run.proposal
        if proposal is None:
            raise Unfit("not decided")
        card, finding, region = self.cards(self.run), task.finding, task.region
        if finding is None or card is None or region is None:
            before = region_texts(task, proposal.patch)[0]
            user = render(
                "dataset_request",
                goal=task.goal,
                code=before,
                fence=fence_for(before),
                language=self.language,
            )
            return render("request_system", language=self.language).text, user.text
        plain = task.region_text.replace("\r\n", "\n")
        line = finding.span.start_line - region.start_line
        code = marked(plain, line=line, note=finding.message, path=region.path)
        user = render(
            "dataset_repair",
            card=card,
            line_text=finding.line_text,
            quote=quote_for(finding.line_text),
            message=finding.message,
            code=code,
            fence=fence_for(code, card.example, card.instead),
            language=self.language,
        )
        return render("system", language=self.language).text, user.text

    def answer(self, patch: Patch) -> str:
        """Returns the code after a patch as an answer."""
        after = region_texts(self.run.task, patch)[1].replace("\r\n", "\n").rstrip("\n")
        fence = fence_for(after)
        return f"{fence}{self.language.lower()}\n{after}\n{fence}"

"""Episodes: what is remembered of a decided run."""

from __future__ import annotations

from dataclasses import dataclass

from playground.domain.examples import EXAMPLE_CHARS_MAX, example_of


@dataclass(frozen=True, slots=True)
class Episode:
    """What is remembered.

    Attributes:
        id: the run's id.
        root: absolute path of the repository it comes from.
        goal: the task in words.
        tool: the analyzer of the finding, "" for a request.
        rule: the rule of the finding, "" for a request.
        message: the finding's message, "" for a request.
        rule_summary: the rule's one-line description, "" for a request.
        language: "python", "javascript" or "typescript".
        path: POSIX path of the main file.
        before: the region's text before, as the model saw it.
        after: the same region's text afterwards.
        diff: unified diff of the whole patch.
        outcome: "approved", "amended", "rejected", "undone" or "gave_up".
        reason: the person's words, or why it was given up.
        source: the winning candidate's source.
        decided_at: seconds since the epoch, UTC.
        shape: the edit's shape (`edit_shapes.edit_shape`), "" for none.
        trusted: whether the person trusts the repository; an episode of one that nobody trusts is
            recalled in that repository alone.
    """

    id: str
    root: str
    goal: str
    tool: str
    rule: str
    message: str
    rule_summary: str
    language: str
    path: str
    before: str
    after: str
    diff: str
    outcome: str
    reason: str
    source: str
    decided_at: float
    shape: str = ""
    trusted: bool = True

    @property
    def is_short(self) -> bool:
        """Whether what it changed fits into a prompt as an example."""
        return sum(map(len, example_of(self.before, self.after))) <= EXAMPLE_CHARS_MAX

    @property
    def text(self) -> str:
        """What is searched for words: what the episode is about, then code."""
        return f"{self.about}\n{self.before}".strip()

    @property
    def about(self) -> str:
        """What it is about: goal, rule, message, the rule's description and the reason."""
        return f"{self.goal}\n{self.rule} {self.message}\n{self.rule_summary}\n{self.reason}"


@dataclass(frozen=True, slots=True)
class Recollection:
    """An episode that was recalled, with its rank score (higher is nearer).

    In what is recorded, the texts of one that was forgotten since are empty.
    """

    episode: Episode
    score: float


@dataclass(frozen=True, slots=True)
class RecallQuery:
    """What to recall episodes for.

    Attributes:
        text: free text; embedded and matched in full text.
        k: episodes at most.
        rule: only episodes of this rule, "" for any.
        root: only episodes of this repository, "" for any.
        outcomes: only these outcomes, empty for any.
        language: only episodes in this language, "" for any.
        code: the code that is worked on, "" for none.
        asking_root: the repository that is worked on: episodes of other repositories that nobody
            trusts are left out. "" for a person who looks at everything.
    """

    text: str
    k: int = 5
    rule: str = ""
    root: str = ""
    outcomes: tuple[str, ...] = ()
    language: str = ""
    asking_root: str = ""
    code: str = ""


TEACHING_OUTCOMES = frozenset({"approved", "amended"})
"""Outcomes whose episodes may be shown to a model as examples."""

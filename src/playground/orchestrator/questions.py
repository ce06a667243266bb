"""Questions: what is put into a prompt, and what is left out when it grows too long."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from playground.domain.changes import digest_of
from playground.domain.episodes import Episode, Recollection
from playground.domain.errors import BadInput
from playground.domain.events import CandidateRefused, CandidateTested
from playground.domain.javascript import language_name
from playground.domain.ports import Capability, Engine, Gate, Message, RuleCard
from playground.domain.runs import Run
from playground.domain.tasks import Region, Source, Task
from playground.orchestrator.context import Place, context_for
from playground.orchestrator.docstrings import shortened
from playground.orchestrator.edits.grammar import edits_grammar
from playground.orchestrator.edits.lines import lines_of
from playground.orchestrator.edits.places import EditPlace, named_places
from playground.orchestrator.edits.renames import rename_in, renamed_places
from playground.orchestrator.focus import focus_text
from playground.orchestrator.marks import marked
from playground.orchestrator.masking import masked
from playground.orchestrator.narrowing import excerpt
from playground.orchestrator.remembered import as_data
from playground.orchestrator.sources import Sources
from playground.prompts import fence_for, quote_for, render
from playground.security.validators import chat_markup

Bases = dict[str, str | None]

_CARD_CHARS_MAX = 700
_WHY_CHARS_MAX = 300
_CHARS_PER_TOKEN = 3
_SENTENCE_TOKENS = 64
"""Room for what an answer says before its code."""
_TOKENS_PER_MESSAGE = 6
"""Tokens that the chat's format puts around a message, and before the answer."""
_NAMED_LANGUAGE = re.compile(r"(?i)\b(typescript|javascript)\b|\.[mc]?([tj])sx?\b")


@dataclass(frozen=True, slots=True)
class Question:
    """A rendered question.

    Attributes:
        messages: the chat.
        digest: SHA-256 of the rendered prompt.
        fence: the back-ticks around the one code block that is asked for, "" for free form.
        language: of the code.
        focus: the lines that are asked for, None for the task's whole region or files.
        shared_chars: characters at the beginning of the last message that are the same for all
            findings of a rule.
        withheld: secrets that were replaced in the messages, by their stand-ins.
        put_back: docstrings that are shown shortened, by what is shown.
        episodes: ids of the episodes that are shown.
        grammar: what the answer has to follow where the engine can be held to it, "" for nothing.
    """

    messages: tuple[Message, ...]
    digest: str
    fence: str
    language: str = "Python"
    focus: Region | None = None
    shared_chars: int = 0
    withheld: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    put_back: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    grammar: str = ""
    episodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wish:
    """How much beside the code is shown, what is asked for, what all prompts share.

    Long docstrings are left out where the question has to be `brief`.
    """

    room: int
    focus: Region | None
    edits: bool
    brief: bool
    shared: Mapping[str, object]


class Questions:
    """Turns runs into rendered questions."""

    def __init__(self, *, gate: Gate, sources: Sources) -> None:
        self._gate = gate
        self._sources = sources

    def about(
        self,
        run: Run,
        bases: Bases,
        *,
        engine: Engine,
        focus: Region | None = None,
        edits: bool = False,
    ) -> Question:
        """Renders the question, dropping what helps least until it fits the prompt's bound.

        Args:
            run: what is asked about.
            bases: texts of the files in scope.
            engine: the one that is to be asked; it counts the tokens.
            focus: lines of the task's region that alone are asked for.
            edits: whether a request is to be answered by edits and not by whole definitions.

        Raises:
            BadInput: even the bare question is too long, or its answer would be.
        """
        limit = run.policy.prompt_tokens_max
        brief = focus is None and _is_brief(run, engine)
        text = ""
        for room in range(4):
            question = self._rendered(run, bases, wish=_Wish(room, focus, edits, brief, {}))
            text = "\n".join(m.content for m in question.messages)
            if chat_markup(text):
                continue
            if fits(question.messages, tokens_max=limit, engine=engine):
                return question
        if chat_markup(text):
            raise BadInput(
                "The code holds control words of the chat itself, such as <|im_end|>, so no model "
                "is asked about it; repair it by hand."
            )
        raise BadInput(
            f"The question needs more than {limit} prompt tokens (cycles.prompt_tokens_max); "
            "name a smaller file or a part of it."
        )

    def _rendered(self, run: Run, bases: Bases, *, wish: _Wish) -> Question:
        """Renders with less and less beside the code as `wish.room` grows from 0 to 3."""
        recalled = run.recalled
        examples = _short(
            recalled.recalled if recalled else (), run.policy.examples_max - wish.room
        )
        avoid = (
            [r for r in recalled.avoid if r.episode.reason] if recalled and wish.room < 2 else ()
        )
        shared = {
            "examples": [as_data(r.episode) for r in examples],
            "avoid": [as_data(r.episode) for r in avoid],
            "feedback": feedback(run),
        }
        wish = replace(wish, shared=shared)
        if run.task.finding is not None and run.task.region is not None:
            question = self._repair(run.task, bases, wish=wish)
        else:
            question = self._request(run, bases, wish=wish)
        return replace(question, episodes=tuple(r.episode.id for r in (*examples, *avoid)))

    def _repair(self, task: Task, bases: Bases, *, wish: _Wish) -> Question:
        finding, region = task.finding, task.region
        if finding is None or region is None:
            raise TypeError("a repair needs a finding and a region")
        base = bases.get(region.path) or ""
        card = self._gate.explain(finding)
        context = context_for(
            base,
            place=Place(region, finding.message),
            reader=lambda path: self._sources.read(task, path),
            chars_max=(1_600, 1_000, 400, 0)[wish.room],
        )
        plain = task.region_text.replace("\r\n", "\n")
        line = finding.span.start_line - region.start_line
        put_back: Mapping[str, str] = {}
        if wish.brief:
            shorter = shortened(plain, line=line)
            plain, line, put_back = shorter.code, shorter.line, shorter.put_back
        code = marked(plain, line=line, note=finding.message, path=region.path)
        language = language_name(region.path)
        fence = fence_for(code, context, card.example, card.instead, *_texts_of(wish.shared))
        told = {
            "card": _cut(card, _CARD_CHARS_MAX if wish.room < 2 else 0),
            "fence": fence,
            "language": language,
        }
        user = render(
            "repair",
            context=context,
            line_text=finding.line_text,
            quote=quote_for(finding.line_text),
            message=finding.message,
            code=code,
            lines=focus_text(base, wish.focus) if wish.focus else "",
            marked=code != plain,
            **told,
            **wish.shared,
        )
        question = _question("system", user.text, fence=fence, language=language)
        common = _common_chars(render("card", **told).text, question.messages[-1].content)
        return replace(question, focus=wish.focus, shared_chars=common, put_back=put_back)

    def _request(self, run: Run, bases: Bases, *, wish: _Wish) -> Question:
        chars = (run.policy.prompt_tokens_max * _CHARS_PER_TOKEN * (8 - 2 * wish.room)) // 10
        shown = [
            excerpt(path, text, goal=run.task.goal, chars_max=chars // max(1, len(bases)))
            for path, text in bases.items()
        ]
        fence = fence_for(*(part.text for part in shown), *_texts_of(wish.shared))
        language = _language(list(bases), run.task.goal)
        code = masked("\n".join(part.text for part in shown)).text
        rename = rename_in(run.task.goal, files=bases)
        named = (
            renamed_places(rename, files=bases)
            if rename and wish.edits
            else named_places(run.task.goal, files=bases)
        )
        first = _within(named, _visible(bases, code))
        user = render(
            "request",
            files=shown,
            goal=run.task.goal,
            fence=fence,
            language=language,
            first=[f"{p.name} in {p.path}" for p in first if wish.edits and not p.renamed],
            rename=rename,
            lines=[_shown(bases[p.path] or "", p) for p in first if p.renamed],
            **wish.shared,
        )
        if not wish.edits:
            return _question("request_system", user.text, fence="", language=language)
        question = _question("edits_system", user.text, fence="", language=language)
        visible = _visible(bases, question.messages[-1].content)
        first = _within(first, visible)
        if rename and rename.alone and first:
            visible = {}
        grammar = edits_grammar(bases, first=first, visible=visible)
        return replace(question, grammar=grammar)


def _is_brief(run: Run, engine: Engine) -> bool:
    """Whether a whole rewrite of the task's region has no room in one answer as it is.

    Engines that only guess at tokens guess too many, so their guess decides nothing.

    Raises:
        BadInput: without its long docstrings, too, it has none.
    """
    text, most = run.task.region_text, run.policy.answer_tokens_max
    if run.task.region is None or len(text.encode("utf-8", "replace")) <= most - _SENTENCE_TOKENS:
        return False
    if Capability.TOKENIZE not in engine.probe().capabilities:
        return False
    if engine.count_tokens(text) <= most - _SENTENCE_TOKENS:
        return False
    if engine.count_tokens(shortened(text, line=-1).code) > most:
        raise BadInput(
            f"The code is longer than an answer may be ({most} tokens, cycles.answer_tokens_max), "
            "so no model is asked to rewrite it; split it up."
        )
    return True


def fits(messages: Sequence[Message], *, tokens_max: int, engine: Engine) -> bool:
    """Whether a prompt is within its bound, whatever it holds, marks of the chat included."""
    texts = [message.content for message in messages]
    most = tokens_max - _TOKENS_PER_MESSAGE * (len(texts) + 1)
    # No token is shorter than a byte.
    if sum(len(text.encode("utf-8", "replace")) for text in texts) <= most:
        return True
    return sum(map(engine.count_tokens, texts)) <= most


def _visible(bases: Bases, prompt: str) -> dict[str, frozenset[int]]:
    """Returns for each path the numbers, from 0, of the lines that a prompt shows as they are.

    Lines with a secret are not among them, so that no grammar tells it.
    """
    seen = frozenset(lines_of(prompt))
    return {
        path: frozenset(n for n, line in enumerate(lines_of(text or "")) if line in seen)
        for path, text in bases.items()
    }


def _shown(text: str, place: EditPlace) -> str:
    """Returns where a place is, and its first line that holds its name, as in a sentence."""
    lines = lines_of(text)[place.start : place.end]
    line = next((line for line in lines if place.name in line), lines[0]).strip()
    quote = quote_for(line)
    return f"{place.path}: {quote}{line}{quote}"


def _within(
    places: Sequence[EditPlace], visible: Mapping[str, frozenset[int]]
) -> tuple[EditPlace, ...]:
    return tuple(p for p in places if visible[p.path].issuperset(range(p.start, p.end)))


def _language(paths: Sequence[str], goal: str) -> str:
    """Returns the language of most of the files, or what the goal names where there are none."""
    names = Counter(language_name(path) for path in paths)
    if names:
        return names.most_common(1)[0][0]
    found = _NAMED_LANGUAGE.search(goal)
    if found is None:
        return "Python"
    return "TypeScript" if (found[1] or found[2])[0] in "tT" else "JavaScript"


def _question(system: str, user: str, *, fence: str, language: str) -> Question:
    told, shown = render(system, language=language).text, masked(user)
    messages = (Message("system", told), Message("user", shown.text))
    digest = digest_of("\0".join(m.content for m in messages))
    return Question(messages, digest, fence, language, withheld=shown.values)


def _common_chars(card: str, text: str) -> int:
    """Returns after how many characters the rule's card and the line ends behind it are over."""
    if not text.startswith(card):
        return 0
    rest = text[len(card) :]
    return len(text) - len(rest.lstrip("\n"))


def feedback(run: Run) -> str:
    """Returns what spoke against earlier tries, newest first, at most two different sentences."""
    sentences: list[str] = []
    for event in reversed(run.events):
        if isinstance(event, CandidateTested):
            sentences += [o.message for o in event.verdict.objections[:2]]
        elif isinstance(event, CandidateRefused):
            sentences.append(event.reason)
    if not sentences:
        sentences = [r.reason for r in run.refusals if r.provenance.source is not Source.TOOL]
    critiques = [c.text for c in run.critiques.values() if c.advice == "revise"]
    return " ".join(dict.fromkeys([*critiques, *sentences][:2]))


def _texts_of(shared: Mapping[str, object]) -> list[str]:
    """Returns the code of the episodes that are shown as examples."""
    examples = cast("list[Episode]", shared["examples"])
    return [text for episode in examples for text in (episode.before, episode.after)]


def _cut(card: RuleCard, chars_max: int) -> RuleCard:
    """Returns the card without what is too long to be worth its tokens."""
    pair = len(card.example) + len(card.instead)
    if pair > chars_max:
        card = replace(card, example="", instead=card.instead if pair <= 2 * chars_max else "")
    first = card.why.split("\n\n", maxsplit=1)[0]
    return replace(card, why=first if len(first) <= _WHY_CHARS_MAX and chars_max else "")


def _short(recalled: tuple[Recollection, ...], count: int) -> list[Recollection]:
    """Returns the first ones that fit; of what was forgotten since there is nothing to show."""
    fit = [r for r in recalled if r.episode.is_short and r.episode.before != r.episode.after]
    return fit[: max(0, count)]

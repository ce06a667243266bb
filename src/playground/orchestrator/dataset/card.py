"""The data card: what is in a data set, where it comes from, what must be respected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from playground.orchestrator.dataset.building import Dataset, Row
from playground.orchestrator.dataset.licences import UNKNOWN
from playground.orchestrator.dataset.records import RecordKind
from playground.orchestrator.dataset.splits import SPLITS

TITLE = "# Repairs that people decided on"

_FIELDS = (
    ("field", "meaning"),
    ("messages", "chat: system, user and the approved answer"),
    ("prompt, chosen, rejected", "preference: an approved answer, and a worse one, see `why`"),
    ("prompt, completion, label", "label: every decision; true for what was approved and stayed"),
    ("why", "the person's words, or the code of the gate's objection"),
    ("tool, rule", "the finding"),
    ("source, model, recipe", "what made the answer that the person saw"),
    ("repository, licence, licence_stated_in", "whose code it is, as the repository says itself"),
    ("split", "by repository; repositories that share code share the split"),
    ("redacted", "whether something that looked like a secret was taken out"),
)  # fmt: skip
_ORIGIN = """\
Made by `playground dataset export` from the journal of one person's decisions. Code and words are
those of the repositories and persons below; secrets that were recognised are taken out, which is a
guess and no proof."""
_RIGHTS = """\
{unknown} of {all} repositories state no licence. A licence that is stated binds what may be done
with the code and perhaps with a model trained on it; this list is no legal advice."""
_LIMITS = """\
One person's taste. Repairs that a static analyzer could prove, for rules that were switched on.
Answers by a model carry that model's licence, see `model`. Repositories share a split where they
have one name, or a piece of code that differs in names, texts, numbers, comments and layout at
most; forks that were rewritten beyond that are not recognised."""


def card_of(dataset: Dataset, *, files: Iterable[str]) -> str:
    """Returns the card as Markdown; equal data sets give equal cards."""
    rows = [(kind, split, row) for (kind, split), many in dataset.rows.items() for row in many]
    counts = Counter((kind, split) for kind, split, _ in rows)
    sizes = _table(
        ("kind", *SPLITS),
        [(kind.value, *(str(counts[kind, split]) for split in SPLITS)) for kind in RecordKind],
    )
    unknown = sum(origin.licence == UNKNOWN for origin in dataset.origins.values())
    parts = [
        TITLE,
        _ORIGIN,
        "## Size",
        sizes,
        "Files: " + ", ".join(f"`{name}`" for name in sorted(files)) + ".",
        "## Fields",
        _table(_FIELDS[0], _FIELDS[1:]),
        "## Repositories and licences",
        _repositories(dataset),
        _RIGHTS.format(unknown=unknown, all=len(dataset.origins)),
        "## Rules",
        _table(("rule", "records"), _counted(row["rule"] or "request" for _, _, row in rows)),
        "## Left out",
        _table(("reason", "runs or records"), sorted(_words(dataset.left_out))),
        "## Limits",
        _LIMITS,
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _repositories(dataset: Dataset) -> str:
    records = [row for many in dataset.rows.values() for row in many]
    seen = {str(row["repository"]): _split(row) for row in records}
    counts = Counter(str(row["repository"]) for row in records)
    lines = [
        (name, origin.licence, origin.stated_in or "-", seen.get(name, "-"), str(counts[name]))
        for name, origin in sorted(dataset.origins.items())
    ]
    return _table(("repository", "licence", "stated in", "split", "records"), lines)


def _split(row: Row) -> str:
    return str(row["split"])


def _words(counts: Counter[str]) -> Iterable[tuple[str, str]]:
    return [(reason, str(count)) for reason, count in counts.items()]


def _counted(values: Iterable[object]) -> list[tuple[str, str]]:
    counts = Counter(str(value) for value in values)
    return [(name, str(n)) for name, n in sorted(counts.items(), key=lambda c: (-c[1], c[0]))]


def _table(head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    rows = [head, tuple("---" for _ in head), *lines]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows)


def _cell(text: str) -> str:
    return text.replace("|", "/")

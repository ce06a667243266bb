"""The rules of the default profile, and a repository made of their cards' examples."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from playground.analyzers import eslint, pyright, ruff, secrets, text, typescript
from playground.analyzers.profile import AnalyzerContext, Selection, Wanted
from playground.analyzers.reporting.pyright_rules import OPTIONAL, RULES
from playground.config.manager import ConfigManager
from playground.domain.findings import Finding
from playground.domain.ports import Analyzer, RuleCard

TEXTS = Path(str(files("playground.prompts"))) / "text" / "rules"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"# in (\w+)\.py\n")
_BESIDE = re.compile(r"\./given|from \.given")
_CHARACTER = re.compile(r"<U\+([0-9A-F]{4,6})>")
_BYTE = re.compile(rb"<([0-9A-F]{2})>")
_MODULES = (ruff, pyright, eslint, typescript, text, secrets)

Rule = tuple[str, str]
"""An analyzer's name and a rule's id."""


def analyzers(folder: Path) -> dict[str, Analyzer]:
    """Returns the analyzers by name; none is started before it is asked."""
    context = AnalyzerContext(folder / "tools", timeout_s=60.0)
    return {made.name: made for made in (module.create(context) for module in _MODULES)}


def default_rules(folder: Path) -> list[Rule]:
    """Returns the rules that the default configuration looks for.

    The compiler has no profile; of it, those are meant that we wrote a card for.
    """
    tools = ConfigManager(project=None).config.tools
    python = Selection(tuple(tools.rules.select), tuple(tools.rules.ignore))
    context = AnalyzerContext(folder / "tools")
    known = ruff.create(context)
    asked = {rule for begin in python.select for rule in known.rules_like(begin)}
    rules: Mapping[str, Iterable[str]] = {
        "ruff": (rule for rule in asked if python.covers(rule)),
        "pyright": RULES - OPTIONAL,
        "eslint": eslint.create(context).needed(Wanted(eslint=lint_selection())).rules,
        "typescript": (path.stem for path in (TEXTS / "typescript").glob("*.md")),
        "text": text.RULES,
        "secrets": secrets.create(context).rules_like("secret"),
    }
    return [(tool, rule) for tool, ids in rules.items() for rule in sorted(ids)]


def lint_selection() -> Selection:
    """Returns the rules for scripts that the default configuration looks for."""
    lint = ConfigManager(project=None).config.tools.eslint
    return Selection(tuple(lint.rules), tuple(lint.ignore))


@dataclass(frozen=True)
class Tried:
    """A card whose example and repair lie in the repository as two files."""

    tool: str
    rule: str
    before: str
    after: str

    def brought(self, finding: Finding) -> bool:
        """Whether the finding is the one that the example is there for."""
        where = (finding.path, finding.tool, finding.rule)
        return where == (self.before, self.tool, self.rule)

    def complaint(self, counts: Mapping[str, Counter[Rule]]) -> str:
        """Returns what is wrong with the card, "" when nothing is."""
        before, after = counts.get(self.before, Counter()), counts.get(self.after, Counter())
        own = (self.tool, self.rule)
        new = after - before
        if not before[own]:
            return f"{self.rule}: the example has {sorted(before)}"
        if after[own] >= before[own]:
            return f"{self.rule}: the repair keeps it"
        return f"{self.rule}: the repair adds {sorted(new)}" if new else ""


def written(cards: Mapping[Rule, RuleCard], *, root: Path) -> list[Tried]:
    """Writes both sides of each card into a repository."""
    return [_written(tool, rule, card, root=root) for (tool, rule), card in cards.items()]


def _written(tool: str, rule: str, card: RuleCard, *, root: Path) -> Tried:
    suffix, given = _file_of(tool, rule)
    paths: list[str] = []
    for side, code in (("before", card.example), ("after", card.instead)):
        named = _NAMED.match(card.example)
        name = named[1] if named else rule.rpartition("/")[2].replace("-", "_")
        folder = f"{side}/{tool}/{rule.replace('/', '_')}"
        path = f"{folder}/{name}.{suffix}"
        (root / folder).mkdir(parents=True)
        beside = given if _BESIDE.search(card.instead) else ""
        (root / path).write_bytes(_meant(code if beside else given + code))
        if beside:
            (root / folder / f"given.{suffix}").write_text(beside, encoding="utf-8")
        paths.append(path)
    return Tried(tool, rule, paths[0], paths[1])


def _file_of(tool: str, rule: str) -> tuple[str, str]:
    """Returns the examples' suffix, and what both need but no prompt shows: a third block."""
    path = TEXTS / tool / f"{rule.rpartition('/')[2]}.md"
    blocks = [m.groups() for m in _BLOCK.finditer(path.read_text("utf-8"))] if path.exists() else []
    named = str(blocks[0][0]) if blocks else "python"
    suffix = "py" if named == "python" else named
    given = str(blocks[2][1]) if len(blocks) > 2 else ""
    return ("ts" if rule.startswith("@typescript-eslint/") else suffix), given


def _meant(code: str) -> bytes:
    """Returns code with the characters that a card only names, such as <U+200B> or <E9>."""
    shown = _CHARACTER.sub(lambda match: chr(int(match[1], 16)), code)
    return _BYTE.sub(lambda match: bytes([int(match[1], 16)]), shown.encode())


def counted(findings: Iterable[Finding]) -> dict[str, Counter[Rule]]:
    """Returns how often each rule is found in each file."""
    counts: dict[str, Counter[Rule]] = {}
    for finding in findings:
        counts.setdefault(finding.path, Counter())[finding.tool, finding.rule] += 1
    return counts

"""Scripts in the real gate: what a worker says of a change decides, and silence never passes."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from playground.analyzers.gate.gate import StaticGate
from playground.analyzers.profile import AnalyzerContext, RuleProfile
from playground.domain.candidates import Candidate, Provenance
from playground.domain.changes import change_between, digest_of, patch_between
from playground.domain.findings import Finding, Severity, Span
from playground.domain.ports import Mirror, RuleCard
from playground.domain.regions import region_at
from playground.domain.tasks import FileRef, Source, Task, TaskKind
from playground.domain.verdicts import Check, CheckStatus, Conclusion, How, RiskTier, Verdict
from playground.security.calls import Call, Entry, Room, open_room
from playground.security.workspace import LocalWorkspace

# One worker starts what the tests of this file share.
pytestmark = pytest.mark.xdist_group("scripts in the gate")

PATH = "src/price.ts"
BASE = """import { log } from "./log.js";

// what it costs
export function price(cart: Cart, id: string): number {
  const item = cart.items.get(id); // BAD
  log(id);
  return item.price;
}

export function other(): number {
  return 1;
}
"""
GOOD = BASE.replace(
    "get(id); // BAD\n",
    "get(id);\n  if (item === undefined) {\n    throw new RangeError(id);\n  }\n",
)


class Words:
    """An analyzer of scripts for which the word BAD is a finding."""

    name, suffixes, tier = "words", frozenset({".ts"}), 1

    def check(self, mirror: Mirror, *, paths: Sequence[str]) -> Check:
        found: list[Finding] = []
        for path in paths:
            text = mirror.overlay.get(path) or (mirror.root / path).read_text()
            for number, line in enumerate(text.split("\n"), start=1):
                if "BAD" in line:
                    span = Span(number, 3, number, 7)
                    found.append(
                        Finding("words", "W1", "bad", path, span, Severity.ERROR, "price", line)
                    )
        return Check("words", "1", CheckStatus.OK, tuple(found))

    def explain(self, rule: str) -> RuleCard:
        return RuleCard("words", rule, "", "", "", "", "")


def broken_room(argv: tuple[str, ...], call: Call) -> Entry:
    """A room in which the worker ends at once."""
    return open_room((argv[0], "--no-such-flag"), call)


@dataclass
class World:
    gate: StaticGate
    root: Path

    def task(self, *, kind: TaskKind = TaskKind.REPAIR) -> Task:
        line = BASE[: BASE.index("BAD")].count("\n") + 1
        text = BASE.split("\n")[line - 1]
        finding = Finding(
            "words", "W1", "bad", PATH, Span(line, 3, line, 7), Severity.ERROR, "price", text
        )
        return Task(
            str(self.root),
            kind,
            "goal",
            (FileRef(PATH, digest_of(BASE)),),
            finding=finding if kind is TaskKind.REPAIR else None,
            region=region_at(PATH, text=BASE, line=line),
        )

    def judge(self, after: str, *, more: Mapping[str, str] | None = None) -> Verdict:
        texts = {PATH: after, **(more or {})}
        patch = patch_between({PATH: BASE, **dict.fromkeys(more or {}, None)}, texts)
        candidate = Candidate("c", patch, Provenance(Source.ENGINE))
        return self.gate.judge(self.task(), candidate=candidate)


def opened(root: Path, scratch: Path, *, room: Room = open_room) -> World:
    (root / "src").mkdir(parents=True)
    (root / PATH).write_text(BASE)
    (root / "src/log.ts").write_text("export function log(text: string): void {}\n")
    (root / "package.json").write_text('{"name": "shop", "dependencies": {"zod": "4"}}')
    gate = StaticGate(
        [Words()], profile=RuleProfile(()), workspace=LocalWorkspace(), scratch=scratch
    )
    gate.read_scripts_in(AnalyzerContext(scratch / "tools", timeout_s=60.0, room=room))
    return World(gate, root)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    world = opened(tmp_path_factory.mktemp("repo"), tmp_path_factory.mktemp("scratch"))
    yield world
    world.gate.close()


def codes(verdict: Verdict) -> set[str]:
    return {objection.code for objection in verdict.objections}


def test_a_repair_passes_with_what_is_known_about_its_behaviour(world: World) -> None:
    verdict = world.judge(GOOD)
    assert verdict.objections == ()
    assert verdict.conclusion is Conclusion.PASSED
    assert [vanished.how for vanished in verdict.fixed] == [How.REPAIRED]
    assert verdict.risk is RiskTier.C
    assert "Public signatures: unchanged." in verdict.evidence
    assert any(
        sentence.startswith("Errors thrown: added RangeError") for sentence in verdict.evidence
    )


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("// BAD", "// @ts-ignore", "dodge:suppression"),
        ("get(id); // BAD", "get(id) as any;", "dodge:any"),
        ("get(id); // BAD", "get(id)!;", "dodge:non-null"),
        ("  log(id);\n", "", "dodge:deleted"),
        ("cart: Cart, id", "id: string, cart: Cart, _id", "signature-changed"),
        ("  return item.price;\n", "  return item.price\n}}\n", "intake:syntax"),
        ("return 1", "return 2", "outside-region"),
        ("// what it costs\n", "", "comments-lost"),
        ('"./log.js";\n', '"./log.js";\nimport { z } from "zodd";\n', "import-unresolvable"),
        ("cart: Cart", "c\u0430rt: Cart", "intake:identifiers"),
    ],
)
def test_what_speaks_against_a_change_is_named(world: World, old: str, new: str, code: str) -> None:
    assert old in BASE
    after = BASE.replace(old, new)
    verdict = world.judge(after.replace(" // BAD", ""))
    assert verdict.conclusion is Conclusion.FAILED
    assert code in codes(verdict)


VIEW = """export function card(user: User) {
  const name = user == null ? "" : user.name;
  return (
    <div>
      <b>{name}</b> {show(user)}
      <p>Don't{`hello ${name}, bye`}</p>
    </div>
  );
}
"""


@pytest.mark.parametrize(
    ("old", "new", "tier", "said"),
    [
        ("Don't", "Do", RiskTier.C, "Literals: added Do, removed Don't."),
        ("hello", "ciao", RiskTier.C, "Literals: added `ciao `, removed `hello `."),
        ("</b> {", "</b>{", RiskTier.C, 'Literals: removed " ".'),
        ("<p>", "<p>\n", RiskTier.A, "Code: unchanged but for formatting, comments and types."),
        ("b>", "i>", RiskTier.C, "Calls: added <i>, removed <b>."),
    ],
)
def test_text_in_templates_and_between_tags_and_what_tags_name_is_told(
    world: World, old: str, new: str, tier: RiskTier, said: str
) -> None:
    assert old in VIEW
    refs = (FileRef("src/view.tsx", digest_of(VIEW)),)
    (world.root / "src/view.tsx").write_text(VIEW)
    task = Task(str(world.root), TaskKind.REQUEST, "goal", refs)
    patch = patch_between({"src/view.tsx": VIEW}, {"src/view.tsx": VIEW.replace(old, new)})
    verdict = world.gate.judge(task, candidate=Candidate("c", patch, Provenance(Source.ENGINE)))
    assert (verdict.conclusion, verdict.risk) == (Conclusion.PASSED, tier)
    assert said in verdict.evidence


def test_imports_may_come_outside_of_the_region(world: World) -> None:
    more = 'import { z } from "zod";\nimport fs from "node:fs";\n'
    assert world.judge(GOOD.replace("\n\n//", f"\n{more}\n//")).passed


def test_new_files_of_the_same_change_may_be_imported(world: World) -> None:
    task = Task(str(world.root), TaskKind.REQUEST, "goal", (), may_create=True)
    one = change_between("src/a.ts", before=None, after='import { b } from "./b";\nb();\n')
    two = change_between("src/b.ts", before=None, after="export const b = (): void => log();\n")
    patch = patch_between({}, {"src/a.ts": "", "src/b.ts": ""})
    both = Candidate("c", type(patch)((one, two)), Provenance(Source.ENGINE))
    alone = Candidate("c", type(patch)((one,)), Provenance(Source.ENGINE))
    assert world.gate.judge(task, candidate=both).passed
    assert codes(world.gate.judge(task, candidate=alone)) == {"import-unresolvable"}


def test_a_bracket_bomb_reaches_no_parser(world: World) -> None:
    verdict = world.judge(GOOD + "[" * 500 + "]" * 500 + ";\n")
    assert codes(verdict) == {"intake:nesting"}


def test_a_worker_that_does_not_answer_lets_nothing_pass(tmp_path: Path) -> None:
    world = opened(tmp_path / "repo", tmp_path / "scratch", room=broken_room)
    try:
        verdict = world.judge(GOOD)
        assert verdict.conclusion is Conclusion.INCONCLUSIVE
        assert "no-answer" in codes(verdict)
    finally:
        world.gate.close()

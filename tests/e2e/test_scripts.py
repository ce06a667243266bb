"""The real command, analyzers and gate on JavaScript and TypeScript, with a scripted engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from e2e_world import Machine, git_apply

pytestmark = pytest.mark.slow
FILES: dict[str, str | bytes] = {
    "tsconfig.json": '{"compilerOptions": {"strict": true}}',
    "src/price.ts": (
        "export function priceOf(prices: Map<string, number>, id: string): number {\n"
        "  const price = prices.get(id);\n  return price * 2;\n}\n"
    ),
    "src/once.js": "export function once() {\n  let value = 1;\n  return value;\n}\n",
}
ANSWERS = [
    {
        "match": "TS18048",
        "answer": (
            "Change: say that there is no price.\n\n```typescript\n"
            "export function priceOf(prices: Map<string, number>, id: string): number {\n"
            "  const price = prices.get(id);\n  if (price === undefined) {\n"
            "    throw new RangeError(id);\n  }\n  return price * 2;\n}\n```\n"
        ),
    },
    {
        "match": "half",
        "answer": (
            "FILE: src/half.ts\n```typescript\n"
            "export const half = (n: number): number => n / 2;\n```\n"
        ),
    },
]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path, files=FILES)
    machine.prepare()
    lines = "\n".join(json.dumps(line) for line in ANSWERS)
    (machine.folder / "answers.yaml").write_text(lines)
    return machine


def test_fixes_and_answers_for_scripts_are_proposed_and_apply(machine: Machine) -> None:
    machine.configure("cycles", {"sources": ["tool", "engine"]})
    before = machine.tree()
    ended = machine.improve()
    found = {line["rule"]: line for line in ended.results if line["type"] == "finding"}
    assert {rule: line["outcome"] for rule, line in found.items()} == {
        "TS18048": "proposed",
        "prefer-const": "proposed",
    }
    assert (found["prefer-const"]["source"], found["TS18048"]["source"]) == ("tool", "engine")
    assert all(line["how"] == "repaired" for line in found.values())
    assert machine.tree() == before
    for line in found.values():
        git_apply(machine, line)
    assert machine.run("check", ".").code == 0


def test_a_request_makes_a_new_script(machine: Machine) -> None:
    ended = machine.run("generate", "halve a number", "--file", "src/half.ts")
    assert "+export const half = (n: number): number => n / 2;" in ended.out
    assert not (machine.root / "src/half.ts").exists()

"""What came of it, as tables: by arm, by rule, and why not."""

from __future__ import annotations

import hashlib
import json
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arms import ARMS, DERIVED
from drawing import BLOCK, Drawn

Line = dict[str, Any]
RESULTS, GREEN = "results.jsonl", "green.jsonl"
_ASKING = frozenset({"engine", "samples"})
_KEYS = ("prompt", "cached", "completion")
_HEADS = (
    "arm",
    "tried",
    "repaired",
    "s, median",
    "engine CPU-s, mean",
    "other CPU-s, mean",
    "prompt tokens",
    "cached",
    "answer",
    "tests green",
)


@dataclass(frozen=True)
class Results:
    """Everything that was recorded about the findings of one draw."""

    work: Path
    order: Sequence[Drawn]

    def of(self, arm: str) -> list[Line]:
        """Returns what stands for an arm, in the order of the draw."""
        mine = [tries[-1] for tries in self.tries(DERIVED.get(arm, arm))]
        return [_first_question(o) for o in mine] if arm in DERIVED else mine

    def tries(self, arm: str) -> list[list[Line]]:
        """Returns all tries of each finding by an arm, the last one last, in the draw's order."""
        place = {one.id: number for number, one in enumerate(self.order)}
        lines = recorded(self.work / RESULTS)
        known = tries_of(o for o in lines if o["arm"] == arm and o["id"] in place)
        return sorted(known.values(), key=lambda tries: place[tries[0]["id"]])

    def green(self, arm: str) -> dict[str, bool]:
        """Returns for each proposal of an arm whose package's tests ran whether they passed."""
        source = DERIVED.get(arm, arm)
        tested = greens(self.work)
        stand = ((tries[-1]["id"], diff_of(tries[-1])) for tries in self.tries(source))
        return {
            name: tested[source, name, diff]
            for name, diff in stand
            if (source, name, diff) in tested
        }


def recorded(path: Path) -> list[Line]:
    """Returns the lines of earlier runs."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def tries_of(lines: Iterable[Line]) -> dict[tuple[str, str], list[Line]]:
    """Returns all tries of each finding by each arm; the last one stands for it."""
    known: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        known.setdefault((line["arm"], line["id"]), []).append(line)
    return known


def greens(work: Path) -> dict[tuple[str, str, str], bool]:
    """Returns by arm, finding and change whether the package's tests passed with it.

    A line that does not say with which change was written when there was one try alone.
    """
    first = {key: diff_of(tries[0]) for key, tries in tries_of(recorded(work / RESULTS)).items()}
    lines = recorded(work / GREEN)
    return {
        (o["arm"], o["id"], o.get("diff") or first.get((o["arm"], o["id"]), "")): o["green"]
        for o in lines
    }


def diff_of(line: Line) -> str:
    """Names the change of a try."""
    return hashlib.sha256(line["diff"].encode()).hexdigest()[:16]


def malformed_in(line: Line) -> int:
    """Returns how many answers of a try could not be read as a change."""
    if _is_bare(line):
        return int(line["reason"].startswith("malformed"))
    return sum(code == "refused/malformed" for code, _ in line["objections"])


def _first_question(outcome: Line) -> Line:
    """Returns what the run would have been without its samples."""
    steps: list[Line] = []
    for step in outcome["steps"]:
        if step["source"] == "samples":
            break
        steps.append(step)
    passed = any(step["passed"] for step in steps)
    tokens = {key: sum(step[key] for step in steps) for key in _KEYS}
    known = passed or len(steps) == len(outcome["steps"])
    return {
        **outcome,
        "proposed": passed,
        "tokens": tokens,
        "seconds": outcome["seconds"] if known else None,
        "engine_cpu_s": outcome["engine_cpu_s"] if known else None,
        "other_cpu_s": outcome["other_cpu_s"] if known else None,
    }


def _rows(results: Results) -> list[list[str]]:
    rows: list[list[str]] = []
    for arm in (*ARMS, *DERIVED):
        lines = results.of(arm)
        if lines:
            rows.append(_row(arm, lines, results.green(arm)))
    return rows


def _row(name: str, mine: Sequence[Line], green: dict[str, bool]) -> list[str]:
    fixed = [o for o in mine if o["proposed"]]
    ran = [green[o["id"]] for o in fixed if o["id"] in green]
    whole = None not in {o["seconds"] for o in mine}
    times = ("not known",) * 3
    if whole:
        times = (
            f"{statistics.median(o['seconds'] for o in mine):.1f}",
            f"{_mean(o['engine_cpu_s'] for o in mine):.1f}",
            f"{_mean(o['other_cpu_s'] for o in mine):.1f}",
        )
    tokens = (f"{_mean(o['tokens'].get(key, 0) for o in mine):.0f}" for key in _KEYS)
    low, high = _likely(len(fixed), len(mine))
    share = f"{len(fixed)} = {len(fixed) / len(mine):.0%} ({low:.0%} to {high:.0%})"
    kept = f"{sum(ran)} of {len(ran)}" if ran else "not run"
    return [name, str(len(mine)), share, *times, *tokens, kept]


def _likely(found: int, tried: int) -> tuple[float, float]:
    """Returns Wilson's interval of 95 % for a share."""
    z, share = 1.96, found / tried
    middle = (share + z * z / (2 * tried)) / (1 + z * z / tried)
    around = z * math.sqrt(share * (1 - share) / tried + z * z / (4 * tried * tried))
    around /= 1 + z * z / tried
    return max(0.0, middle - around), min(1.0, middle + around)


def _mean(values: Iterable[float]) -> float:
    return statistics.fmean(values)


def by_rule(lines: Sequence[Line]) -> list[tuple[str, int, int]]:
    """Returns rule, repaired and tried."""
    tried = Counter(o["rule"] for o in lines)
    fixed = Counter(o["rule"] for o in lines if o["proposed"])
    return [(rule, fixed[rule], count) for rule, count in tried.most_common()]


def why_not(lines: Sequence[Line]) -> list[tuple[str, int]]:
    """Returns what stood against the last try of findings that were given up, by code."""
    last = [
        o["objections"][-1][0] if o.get("objections") else o["reason"][:60]
        for o in lines
        if not o["proposed"]
    ]
    return Counter(last).most_common()


def printed(results: Results) -> None:
    """Prints everything that is there."""
    for row in (list(_HEADS), *_rows(results)):
        print("  ".join(f"{cell:>{max(len(_HEADS[n]), 10)}}" for n, cell in enumerate(row)))
    product = results.of("product")
    for rule, fixed, count in by_rule(product):
        print(f"  {rule:34} {fixed:3} of {count:3}")
    for code, count in why_not(product):
        print(f"  {count:4} {code}")


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Returns a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def published(results: Results) -> str:
    """Returns the reference page."""
    product = results.of("product")
    text = Path(__file__).with_name("page.md").read_text()
    return text.format(
        tried=len(product),
        drawn=len(results.order),
        block=BLOCK,
        rules=len({o["rule"] for o in product}),
        packages=len({o["package"] for o in product}),
        arms=table(_HEADS, _rows(results)),
        by_rule=table(("rule", "repaired", "tried"), by_rule(product)),
        recipes=len(results.of("recipes")),
        by_recipe=table(
            ("rule", "repaired", "tried"),
            [row for row in by_rule(results.of("recipes")) if row[1]],
        ),
        why_not=table(("against the last try", "findings"), why_not(product)),
        common=_on_common(results),
        again=_again(results),
        not_asked=sum(_not_asked_in(o) for o in product),
        not_run=", ".join(arm for arm in ARMS if not results.of(arm)) or "none",
        malformed="; ".join(filter(None, (_malformed(a, results.of(a)) for a in ARMS))),
    )


def _malformed(arm: str, lines: Sequence[Line]) -> str:
    """Returns how many answers of an arm's engine could not be read as a change."""
    tries = sum(map(answers_in, lines))
    bad = sum(map(malformed_in, lines))
    return f"{bad} of {tries} answers ({arm})" if tries else ""


def _again(results: Results) -> str:
    """Returns what became of findings of the product that were tried more than once."""
    rows = [
        (
            f"{tries[-1]['rule']}, `{tries[-1]['package']}` {tries[-1]['place']}",
            *(
                f"{malformed_in(line)} of {answers_in(line)}, {line['engine_cpu_s']:.0f}"
                for line in (tries[0], tries[-1])
            ),
            _became(tries[-1]),
        )
        for tries in results.tries("product")
        if len(tries) > 1
    ]
    heads = ("finding", "malformed and engine CPU-s at first", "now", "which became")
    return table(heads, rows) if rows else "None was tried again.\n"


def answers_in(line: Line) -> int:
    """Returns how many answers an engine gave in a try."""
    if _is_bare(line):
        return int(bool(line["tokens"]))
    drafts = sum(step["drafts"] for step in line["steps"] if step["source"] in _ASKING)
    return drafts - _not_asked_in(line)


def _is_bare(line: Line) -> bool:
    """Whether the bare prompt tried, which has no steps and no run that could say more."""
    return line["arm"] == "raw"


def _not_asked_in(line: Line) -> int:
    return sum(code == "refused/not-asked" for code, _ in line["objections"])


def _became(line: Line) -> str:
    return "repaired" if line["proposed"] else ", ".join(code for code, _ in line["objections"])


def _on_common(results: Results) -> str:
    """Returns the arms on the findings that all of them tried, where they differ in that."""
    lines = {arm: results.of(arm) for arm in (*ARMS, *DERIVED)}
    tried = [{o["id"] for o in mine} for mine in lines.values() if mine]
    common = set.intersection(*tried) if tried else set[str]()
    if not common or all(ids == common for ids in tried):
        return ""
    rows = [
        _row(arm, [o for o in mine if o["id"] in common], results.green(arm))
        for arm, mine in lines.items()
        if mine
    ]
    return f"\n### On the {len(common)} findings that every arm tried\n\n{table(_HEADS, rows)}"

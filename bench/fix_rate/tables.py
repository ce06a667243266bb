"""What came of it, as tables: by arm, by rule, and why not."""

from __future__ import annotations

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
        """Returns the lines of an arm, in the order of the draw."""
        place = {one.id: number for number, one in enumerate(self.order)}
        source = DERIVED.get(arm, arm)
        mine = [
            o
            for o in recorded(self.work / "results.jsonl")
            if o["arm"] == source and o["id"] in place
        ]
        mine.sort(key=lambda o: place[o["id"]])
        return [_first_question(o) for o in mine] if arm in DERIVED else mine

    def green(self, arm: str) -> dict[str, bool]:
        """Returns for each proposal of an arm whose package's tests ran whether they passed."""
        source = DERIVED.get(arm, arm)
        lines = recorded(self.work / "green.jsonl")
        return {o["id"]: o["green"] for o in lines if o["arm"] == source}


def recorded(path: Path) -> list[Line]:
    """Returns the lines of earlier runs."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


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


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
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
        arms=_table(_HEADS, _rows(results)),
        by_rule=_table(("rule", "repaired", "tried"), by_rule(product)),
        recipes=len(results.of("recipes")),
        by_recipe=_table(
            ("rule", "repaired", "tried"),
            [row for row in by_rule(results.of("recipes")) if row[1]],
        ),
        why_not=_table(("against the last try", "findings"), why_not(product)),
        common=_on_common(results),
        malformed="; ".join(filter(None, (_malformed(a, results.of(a)) for a in ARMS))),
    )


def _malformed(arm: str, lines: Sequence[Line]) -> str:
    """Returns how many answers of an arm's engine could not be read as a change."""
    asked = [step for o in lines for step in o["steps"] if step["source"] in {"engine", "samples"}]
    tries = sum(step["drafts"] for step in asked)
    bad = sum(code == "refused/malformed" for o in lines for code, _ in o["objections"])
    return f"{bad} of {tries} answers ({arm})" if tries else ""


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
    return f"\n### On the {len(common)} findings that every arm tried\n\n{_table(_HEADS, rows)}"

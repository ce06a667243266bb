"""What came of it, on the findings that all of them tried."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tables import Line, table

Green = Mapping[tuple[str, str], bool]
_HEADS = (
    "who",
    "tried",
    "repaired, says the gate",
    "tests green",
    "repaired, say the tools alone",
    "tests green",
    "engine CPU-s, mean",
    "other CPU-s, mean",
    "s, mean",
    "prompt tokens",
    "answer tokens",
    "given up",
)
_RATIOS = (
    "Playground against",
    "judge",
    "repaired",
    "share, ratio",
    "CPU-s a repaired one",
    "ratio",
    "s a repaired one",
    "ratio",
)


@dataclass(frozen=True)
class _Side:
    """One of them on common findings.

    Attributes:
        name: of the side.
        lines: its tries.
    """

    name: str
    lines: Sequence[Line]

    def repaired(self, judge: str) -> int:
        """Returns how many one judge lets through."""
        return sum(bool(line[judge]) for line in self.lines)

    def cpu_s(self) -> float:
        """Returns all processor seconds."""
        return sum(line["engine_cpu_s"] + line["other_cpu_s"] for line in self.lines)

    def seconds(self) -> float:
        """Returns all seconds of wall time."""
        return sum(line["seconds"] for line in self.lines)

    def row(self, green: Green) -> list[str]:
        """Returns what it did and what that cost."""
        own = sum(line["repaired"] and line["source"] == "recipe" for line in self.lines)
        recipes = f", {own} by recipes" if own else ""
        keys = ("engine_cpu_s", "other_cpu_s", "seconds")
        means = (f"{statistics.fmean(line[key] for line in self.lines):.1f}" for key in keys)
        tokens = (
            f"{statistics.fmean(line[key] for line in self.lines):.0f}"
            for key in ("sent", "received")
        )
        return [
            self.name,
            str(len(self.lines)),
            f"{self.repaired('repaired')}{recipes}",
            self._kept(green, judge="repaired"),
            str(self.repaired("clean")),
            self._kept(green, judge="clean"),
            *means,
            *tokens,
            str(sum(bool(line["cut"]) for line in self.lines)),
        ]

    def _kept(self, green: Green, *, judge: str) -> str:
        tried = [(self.name, line["id"]) for line in self.lines if line[judge]]
        ran = [green[key] for key in tried if key in green]
        return f"{sum(ran)} of {len(ran)}" if ran else "not run"


def sides(lines: Sequence[Line]) -> list[_Side]:
    """Returns each with its tries of what all of them tried."""
    names = sorted({line["by"] for line in lines}, key=lambda name: (name != "playground", name))
    tried = [{line["id"] for line in lines if line["by"] == name} for name in names]
    common = set[str].intersection(*tried) if tried else set[str]()
    return [
        _Side(name, [o for o in lines if o["by"] == name and o["id"] in common])
        for name in (names if common else ())
    ]


def ratios(found: Sequence[_Side]) -> list[list[str]]:
    """Returns rows: the product's share over Aider's, its cost over Aider's."""
    if not found or found[0].name != "playground":
        return []
    own, rows = found[0], list[list[str]]()
    for other in found[1:]:
        for judge, name in (("repaired", "the gate"), ("clean", "the tools alone")):
            mine, theirs = own.repaired(judge), other.repaired(judge)
            cpu = (own.cpu_s(), other.cpu_s())
            wall = (own.seconds(), other.seconds())
            rows.append(
                [
                    other.name,
                    name,
                    f"{mine} and {theirs}",
                    f"{mine / theirs:.1f}" if theirs else "none to divide by",
                    *_each(cpu, (mine, theirs)),
                    *_each(wall, (mine, theirs)),
                ]
            )
    return rows


def _each(spent: tuple[float, float], repaired: tuple[int, int]) -> tuple[str, str]:
    each = [cost / count if count else None for cost, count in zip(spent, repaired, strict=True)]
    said = " and ".join("none" if cost is None else f"{cost:.0f}" for cost in each)
    own, other = each
    return said, f"{own / other:.2f}" if own is not None and other else "not known"


def _uncut(lines: Sequence[Line]) -> list[Line]:
    """Returns the tries of findings that nobody was made to give up."""
    cut = {line["id"] for line in lines if line["cut"]}
    return [line for line in lines if line["id"] not in cut]


def printed(lines: Sequence[Line], green: Green) -> None:
    """Prints the tables."""
    whole = [line for side in sides(lines) for line in side.lines]
    for title, some in (("all", whole), ("nobody given up", _uncut(whole))):
        found = sides(some)
        print(f"\n{title}")
        for row in (list(_HEADS), *(side.row(green) for side in found)):
            print(
                "  ".join(f"{cell:>{max(len(h), 14)}}" for h, cell in zip(_HEADS, row, strict=True))
            )
        for row in (list(_RATIOS), *ratios(found)):
            print(
                "  ".join(
                    f"{cell:>{max(len(h), 14)}}" for h, cell in zip(_RATIOS, row, strict=True)
                )
            )


def published(lines: Sequence[Line], green: Green) -> str:
    """Returns the reference page."""
    found = sides(lines)
    uncut = sides(_uncut([line for side in found for line in side.lines]))
    own = found[0].lines if found else ()
    each = [
        [f"{line['rule']}, `{line['package']}` {line['place']}", line["file_tokens"]]
        + [_outcome(o) for side in found for o in side.lines if o["id"] == line["id"]]
        for line in own
    ]
    names = [side.name for side in found]
    return (
        Path(__file__)
        .with_name("page.md")
        .read_text()
        .format(
            tried=len(own),
            rules=len({line["rule"] for line in own}),
            packages=len({line["package"] for line in own}),
            uncut=len(uncut[0].lines) if uncut else 0,
            bound=", ".join(sorted({f"{line['bound_cpu_s']:.0f}" for line in lines})),
            arms=table(_HEADS, [side.row(green) for side in found]),
            ratios=table(_RATIOS, ratios(found)),
            uncut_arms=table(_HEADS, [side.row(green) for side in uncut]),
            uncut_ratios=table(_RATIOS, ratios(uncut)),
            each=table(("finding", "tokens of the file", *names), each),
        )
    )


def _outcome(line: Line) -> str:
    if line["repaired"]:
        return f"repaired, {line['engine_cpu_s'] + line['other_cpu_s']:.0f} CPU-s"
    if line["cut"]:
        return "given up"
    clean = "; clean for the tools" if line["clean"] else ""
    return f"{str(line['reason']).partition(':')[0] or 'not repaired'}{clean}"

"""Measures the memory: recall and its cost, growth on disk, and what kills do to it.

    .venv/bin/python bench/memory_store.py recall [ROWS]…     1000, 100000, 1000000 by default
    .venv/bin/python bench/memory_store.py growth [ROWS]      10000 by default
    .venv/bin/python bench/memory_store.py crash [KILLS]      30 of each kind by default

Recall is tried on episodes that are made from ruff's own rules: what a rule says and a piece of
code with names of its own. A query is about a rule; an answer is right when it is of that rule.
Times are processor milliseconds, so that other load changes them little.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG
from typing import cast

from lancedb.table import LanceTable

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "tests" / part) for part in ("memory", "recipes")]

from memory_kills import ROWS_BEFORE, killed
from recipe_kills import killed_building

from playground.domain.episodes import Episode, RecallQuery
from playground.memory import MemoryStore
from playground.memory.rows import words

QUERIES = 100
SEED = 5
NAMES = [
    *("order", "item", "price", "user", "path", "name", "total", "count", "index", "value"),
    *("result", "node", "table", "field", "token", "line", "page", "cache", "queue", "batch"),
    *("event", "state", "config", "report", "error", "client", "server", "thread", "file", "size"),
]


def rules() -> list[dict[str, str]]:
    """Returns what ruff says about its rules: id, message, summary, and why."""
    command = [sys.executable, "-m", "ruff", "rule", "--all", "--output-format", "json"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: list[dict[str, str]] = []
    for rule in cast("list[dict[str, object]]", json.loads(out)):
        explanation = str(rule["explanation"])
        why = explanation.partition("## Why is this bad?")[2].partition("##")[0].strip()
        formats = cast("list[str]", rule["message_formats"])
        if why and formats:
            first = why.split("\n\n", maxsplit=1)[0].replace("\n", " ")
            found.append(
                {
                    "id": str(rule["code"]),
                    "message": formats[0],
                    "summary": str(rule["summary"]),
                    "why": first,
                }
            )
    return found


def code(chance: random.Random) -> str:
    """Returns some lines with names of their own."""
    picked = [f"{chance.choice(NAMES)}_{chance.choice(NAMES)}" for _ in range(6)]
    lines = [f"def {picked[0]}({picked[1]}, {picked[2]}):"]
    for _ in range(chance.randrange(3, 12)):
        one, two, three = (chance.choice(picked) for _ in range(3))
        lines.append(f"    {one} = {two}.{chance.choice(NAMES)}({three}, {chance.randrange(99)})")
    return "\n".join([*lines, f"    return {picked[3]}", ""])


def drawn(count: int, *, known: Sequence[dict[str, str]], seed: int) -> Iterator[dict[str, str]]:
    """Yields the rules that the episodes are about."""
    chance = random.Random(seed)
    return (chance.choice(known) for _ in range(count))


def episodes(count: int, *, known: Sequence[dict[str, str]], seed: int) -> Iterator[Episode]:
    chance = random.Random(seed + 1)
    for number, rule in enumerate(drawn(count, known=known, seed=seed)):
        before = code(chance)
        yield Episode(
            id=f"e{number}",
            root=f"/repo{number % 40}",
            goal=f"Fix {rule['id']}",
            tool="ruff",
            rule=rule["id"],
            message=rule["message"],
            rule_summary=rule["summary"],
            language="python",
            path="a.py",
            before=before,
            after=before,
            diff="",
            outcome="approved" if number % 4 else "rejected",
            reason="",
            source="engine",
            decided_at=float(number),
        )


def cpu_ms() -> float:
    return 1000 * time.process_time()


# ── recall ───────────────────────────────────────────────────────────────────────────────────


def recall(rows: int) -> None:
    """Builds a memory in one process and asks it in another, so that each tells its own peak."""
    with tempfile.TemporaryDirectory(prefix="memory-") as folder:
        for step in ("build", "ask"):
            subprocess.run([sys.executable, __file__, step, str(rows), folder], check=True)


def build(rows: int, folder: Path) -> None:
    """Makes the memory, and prints what that costs."""
    indexing = [0.0]
    create_index = LanceTable.create_index

    def timed(*args: object, **settings: object) -> object:
        began = cpu_ms()
        made = create_index(*args, **settings)
        indexing[0] += cpu_ms() - began
        return made

    LanceTable.create_index = timed
    known = rules()
    store, began = MemoryStore(folder), cpu_ms()
    store.rebuild(episodes(rows, known=known, seed=SEED))
    made = cpu_ms() - began
    print(
        f"\n{rows} episodes of {len(known)} rules, built in {made / 1000:.0f} CPU s, "
        f"{indexing[0] / 1000:.0f} of them for indexes; peak {peak_mib()} MiB, "
        f"on disk {size(folder) / 1e6:.1f} MB",
        flush=True,
    )


def ask(rows: int, folder: Path) -> None:
    """Asks the memory, and prints how good and how dear the answers are."""
    known, chance = rules(), random.Random(SEED)
    store = MemoryStore(folder)
    there = {rule["id"] for rule in drawn(rows, known=known, seed=SEED)}
    able = [rule for rule in known if rule["id"] in there]
    picked = [chance.choice(able) for _ in range(QUERIES)]
    asked = {
        "message and code": [f"{r['id']} {r['message']}\0{code(chance)}" for r in picked],
        "message alone": [r["message"] for r in picked],
        "why it is bad": [r["why"] for r in picked],
    }
    print(f"{'':<42}{'hit@1':>7}{'hit@5':>7}{'MRR':>7}{'CPU ms: p50':>13}{'p95':>8}")
    for name, texts in asked.items():
        pairs = [(text, rule["id"]) for text, rule in zip(texts, picked, strict=True)]
        for way, answer in ways(store).items():
            report(f"{name}, {way}", pairs, answer)
    pairs = [(text, r["id"]) for text, r in zip(asked["message and code"], picked, strict=True)]
    report(
        "message and code, hybrid, rule filter",
        pairs,
        lambda text, rule: ids(store, asked_for(text, rule=rule)),
    )
    print(f"peak of the process that asks {peak_mib()} MiB")


def peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def asked_for(text: str, *, rule: str = "") -> RecallQuery:
    about, _, lines = text.partition("\0")
    return RecallQuery(about, 5, rule, code=lines)


def ids(store: MemoryStore, query: RecallQuery) -> list[str]:
    return [found.episode.rule for found in store.recall(query)]


def ways(store: MemoryStore) -> dict[str, Callable[[str, str], list[str]]]:
    """Returns ways to ask: by words, by vectors, by both."""
    handle, vectors = store._handle, store._vectors  # noqa: SLF001

    def of(found: list[str]) -> list[str]:
        got = handle.ask(lambda table: table.fetch(found), otherwise={})
        return [str(got[one]["rule"]) for one in found if one in got]

    def by_words(text: str, _rule: str) -> list[str]:
        query = RecallQuery("")
        ranked = handle.ask(lambda t: t.matching(words(text), query=query, limit=5), otherwise=[])
        return of(ranked)

    def by_vectors(text: str, _rule: str) -> list[str]:
        about, _, lines = text.partition("\0")
        vector, query = vectors.of([(about, lines)])[0], RecallQuery("")
        return of(handle.ask(lambda t: t.nearest(vector, query=query, limit=5), otherwise=[]))

    def by_both(text: str, _rule: str) -> list[str]:
        return ids(store, asked_for(text))

    return {"words": by_words, "vectors": by_vectors, "hybrid": by_both}


def report(
    name: str, pairs: Sequence[tuple[str, str]], answer: Callable[[str, str], list[str]]
) -> None:
    """Prints hit@1, hit@5, MRR of the first five, and the processor time."""
    answer(*pairs[0])
    first = five = 0
    reciprocal = 0.0
    times: list[float] = []
    for text, rule in pairs:
        began = cpu_ms()
        found = answer(text, rule)
        times.append(cpu_ms() - began)
        rank = found.index(rule) + 1 if rule in found else 0
        first += rank == 1
        five += rank > 0
        reciprocal += 1 / rank if rank else 0.0
    n = len(pairs)
    times.sort()
    quality = f"{first / n:>7.2f}{five / n:>7.2f}{reciprocal / n:>7.2f}"
    print(f"{name:<42}{quality}{times[n // 2]:>13.1f}{times[n * 95 // 100]:>8.1f}", flush=True)


# ── growth ───────────────────────────────────────────────────────────────────────────────────


def size(folder: Path) -> int:
    """Returns the bytes of all files; what a thread removes meanwhile has none."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            found = path.stat()
            total += found.st_size if S_ISREG(found.st_mode) else 0
    return total


def growth(rows: int) -> None:
    known = rules()
    for name, count, pieces_max in (
        ("joined in the background", rows, 100),
        ("never joined", min(rows, 1_000), 1_000_000),
    ):
        with tempfile.TemporaryDirectory(prefix="memory-") as place:
            folder = Path(place)
            store = MemoryStore(folder, pieces_max=pieces_max)
            began, largest = cpu_ms(), 0
            for number, episode in enumerate(episodes(count, known=known, seed=SEED)):
                store.remember(episode)
                if number % 500 == 499:
                    largest = max(largest, size(folder))
                    spent = (cpu_ms() - began) / (number + 1)
                    print(f"  {number + 1}: {size(folder) / 1e6:.1f} MB, {spent:.1f} CPU ms each")
            store.close()
            each = (cpu_ms() - began) / count
            before, files = size(folder), sum(1 for _ in folder.rglob("*"))
            store.compact()
            print(
                f"{name}: {count} single writes, {each:.1f} CPU ms each; largest "
                f"{largest / 1e6:.1f} MB, at the end {before / 1e6:.1f} MB in {files} files; "
                f"compacted {size(folder) / 1e6:.1f} MB",
                flush=True,
            )


# ── crash ────────────────────────────────────────────────────────────────────────────────────


def crash(times: int) -> None:
    print(f"{'':<10}{'kills':>7}{'inside':>8}{'kept':>8}{'lost':>6}{'back':>6}{'unreadable':>12}")
    for mode in ROWS_BEFORE:
        with tempfile.TemporaryDirectory(prefix="memory-") as folder:
            done = killed(mode, folder=Path(folder) / "memory", times=times, seed=SEED)
            print(
                f"{mode:<10}{done.kills:>7}{done.inside:>8}{len(done.kept):>8}{len(done.lost):>6}"
                f"{len(done.back) + done.doubled:>6}{len(done.unreadable):>12}",
                flush=True,
            )
    with tempfile.TemporaryDirectory(prefix="memory-") as folder:
        built = killed_building(Path(folder) / "recipes", times=times)
        print(
            f"{'recipes':<10}{built.kills:>7}{built.kills:>8}{len(built.kept):>8}"
            f"{len(built.lost):>6}{0:>6}{len(built.torn):>12}",
            flush=True,
        )


def main() -> None:
    what, *numbers = sys.argv[1:] or [""]
    if what in {"build", "ask"}:
        {"build": build, "ask": ask}[what](int(numbers[0]), Path(numbers[1]))
        return
    wanted = [int(number) for number in numbers]
    if what == "recall":
        for rows in wanted or [1_000, 100_000, 1_000_000]:
            recall(rows)
    elif what == "growth":
        growth(*wanted or [10_000])
    elif what == "crash":
        crash(*wanted or [30])
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()

"""What the sealed room costs: a cold start of ruff and of pyright, each with and without it.

Run with the environment's Python: `.venv/bin/python bench/room.py [ROUNDS]`. The arms take turns,
so that a busy machine burdens all of them alike; medians and processor time are of our children.
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playground.security.process import Program, Room, ToolCall, open_room, run_tool
from playground.security.room.sealed import SealedRoom

KERNEL = frozenset({"landlock", "seccomp"})
SAMPLE = Path(__file__).parents[1] / "src" / "playground" / "domain" / "verdicts.py"


def cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measured(call: ToolCall, rooms: dict[str, Room], rounds: int) -> None:
    walls: dict[str, list[float]] = {name: [] for name in rooms}
    cpus: dict[str, list[float]] = {name: [] for name in rooms}
    for number in range(rounds + 1):
        for name, room in rooms.items():
            cpu, began = cpu_s(), time.perf_counter()
            result = run_tool(call, room=room)
            assert result.stdout, result
            if number:  # the first round finds the layers and the programs' digests
                walls[name].append((time.perf_counter() - began) * 1000)
                cpus[name].append((cpu_s() - cpu) * 1000)
    for name in rooms:
        median, least = statistics.median(walls[name]), min(walls[name])
        # what runs inside bubblewrap is not counted as ours
        cpu = statistics.median(cpus[name])
        told = f"processor median {cpu:7.1f} ms" if "bubblewrap" not in name else ""
        print(
            f"{call.program:8} {name:28} wall median {median:7.1f} ms, least {least:7.1f} ms, "
            f"{told}"
        )


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    rooms: dict[str, Room] = {"open": open_room, "landlock+seccomp": SealedRoom(only=KERNEL)}
    whole = SealedRoom()
    if "bubblewrap" in whole.layers().names:
        rooms["bubblewrap+landlock+seccomp"] = whole
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        ruff = ("check", "--isolated", "--no-cache", "--output-format", "json", str(SAMPLE))
        measured(ToolCall(Program.RUFF, ruff, scratch, 30.0, (SAMPLE,)), rooms, rounds)
        pyright = ToolCall(Program.PYRIGHT, ("--version",), scratch, 60.0)
        measured(pyright, rooms, max(3, rounds // 4))


if __name__ == "__main__":
    main()

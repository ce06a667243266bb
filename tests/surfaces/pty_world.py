"""Runs a command on this process's own terminal with the product on fakes.

Usage: pty_world.py FOLDER ARGUMENTS…; FOLDER is empty and gets a repository with one flaw.
"""

from __future__ import annotations

import select
import sys
import time
from dataclasses import replace
from pathlib import Path

from surface_stage import World

from playground.surfaces.rendering.screen import Screen, standard_streams
from playground.surfaces.terminal import main

NEW_FILE = "FILE: greet.py\n```python\ndef greet() -> str:\n    return 'hello'\n```\n"


def wait_for_a_line() -> None:
    select.select([sys.stdin], [], [], 60)


def run(folder: Path, argv: list[str]) -> int:
    world = World(folder, {"a.py": "x = 'BAD'\n"})
    world.answer = lambda _request: NEW_FILE
    if "--rule" in argv:  # the marker of a test that interrupts
        world.gate.before_judge = lambda: time.sleep(60)
    elif "--max" in argv:  # the marker of a test that presses keys before it is asked
        world.gate.before_judge = wait_for_a_line
    else:
        world.gate.before_judge = lambda: time.sleep(0.5)
    stage = replace(world.stage(), screen=Screen(standard_streams()))
    code = main(argv, stage=stage)
    sys.stderr.write(
        f"\nfinally {world.text('a.py')!r} {sorted(p.name for p in world.root.iterdir())}\n"
    )
    return code


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2:]))

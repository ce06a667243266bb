"""Makes docs/assets/improve.svg: a true picture of `playground improve` on a copy of the example.

    .venv/bin/python scripts/picture.py [PATH-IN-THE-EXAMPLE] [--rule R]

Starts the real command on a pseudo-terminal, waits for its first question, answers "q" and draws
what stood on the terminal by then. Needs the model.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from pathlib import Path

import pexpect
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
ASSET = ROOT / "docs" / "assets" / "improve.svg"
_COLUMNS, _ROWS = 100, 48
_QUESTION = r"\[\?\]"
_SPINNER = re.compile(r"(\x1b\[[0-9;]*m)*[\u2800-\u28ff]")  # erased when its step is done
_NOT_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-ln-z]|\x1b[=>78]|\x1b\][^\x07]*\x07")


def recorded(arguments: list[str]) -> str:
    """Returns what the command printed until its first question, colours kept."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "examples" / "stockroom", Path(folder) / "stockroom")
        child: pexpect.spawn[str] = pexpect.spawn(
            str(ROOT / ".venv" / "bin" / "playground"),
            ["improve", *arguments],
            cwd=str(Path(folder) / "stockroom"),
            env={**_environment()},
            dimensions=(_ROWS, _COLUMNS),
            encoding="utf-8",
            timeout=300,
        )
        child.expect(_QUESTION)
        text = (child.before or "") + str(child.after)
        child.sendline("q")
        child.expect(pexpect.EOF)
    return text


def _environment() -> dict[str, str]:
    home = str(Path.home())
    return {"HOME": home, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}


def screen(text: str) -> str:
    """Returns the lines as they stood in the end: what was overwritten is gone."""
    lines: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        kept = line.rsplit("\r", 1)[-1]
        kept = kept.rsplit("\x1b[2K", 1)[-1]
        plain = _NOT_COLOUR.sub("", kept)
        if not _SPINNER.match(plain):
            lines.append(plain)
    return "\n".join(lines)


def main() -> None:
    """Draws the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", nargs="?", default="stockroom/importers.py")
    parser.add_argument("--rule", action="append", default=[])
    options = parser.parse_args()
    arguments = [options.path, *(part for rule in options.rule for part in ("--rule", rule))]
    shown = screen(recorded(arguments))
    console = Console(record=True, width=_COLUMNS, file=sys.stderr, force_terminal=True)
    command = " ".join(["$ playground improve", *arguments])
    console.print(Text(command, style="bold"))
    console.print(Text.from_ansi(shown))
    ASSET.parent.mkdir(parents=True, exist_ok=True)
    console.save_svg(str(ASSET), title="playground improve")


if __name__ == "__main__":
    main()

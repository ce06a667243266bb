"""Aider, let loose on a copy of a package for one finding."""

from __future__ import annotations

import json
import os
import re
import resource
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from complaints import Lint
from serving import CONTEXT_TOKENS, Server

from playground.domain.tasks import Task

_FLAGS = (
    *("--no-git", "--yes-always", "--no-pretty", "--no-fancy-input", "--no-check-update"),
    *("--no-show-model-warnings", "--no-show-release-notes", "--analytics-disable"),
    *("--no-suggest-shell-commands", "--no-detect-urls", "--disable-playwright"),
    *("--no-gitignore", "--auto-lint", "--timeout", "7200"),
)
_POLL_S = 0.5
_COUNT = re.compile(r"Tokens: ([\d.,]+k?) sent, ([\d.,]+k?) received")
_REFLECTIONS = "# Fix any errors below, if possible."


@dataclass(frozen=True)
class Spent:
    """What one finding cost.

    Attributes:
        seconds: wall time.
        engine_cpu_s: processor time of the model's server.
        other_cpu_s: processor time of Aider and its lint command.
        sent: tokens of all prompts, as Aider counts.
        received: tokens of all answers, as Aider counts.
        rounds: how often it sent its linter's complaints back.
        cut: whether it was ended because its time was over.
    """

    seconds: float
    engine_cpu_s: float
    other_cpu_s: float
    sent: int
    received: int
    rounds: int
    cut: bool


@dataclass(frozen=True)
class Aider:
    """The program, the server that it asks and its bounds.

    Attributes:
        program: an executable of an environment of its own.
        server: where the model is.
        model: its name; Aider chooses its edit format by it.
        home: folder for its own files.
        engine_cpu_s_max: processor seconds of the server after which a finding is given up.
        seconds_max: the same by the clock, for when nothing is computed any more.
    """

    program: Path
    server: Server
    model: str
    home: Path
    engine_cpu_s_max: float
    seconds_max: float = 7_200.0

    def change(self, task: Task, tree: Path, *, style: str, lint: Lint) -> Spent:
        """Lets it change the tree."""
        self.home.mkdir(parents=True, exist_ok=True)
        log = self.home / "last.log"
        command = self._command(task, tree, style=style, lint=lint.written(self.home / "lint.json"))
        began, engine, own = time.monotonic(), self.server.cpu_s(), _children_s()
        with (
            log.open("wb") as told,
            subprocess.Popen(
                command,
                cwd=tree,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
                start_new_session=True,
            ) as process,
        ):
            cut = self._bounded(process, engine_s=engine)
        seconds, engine_cpu_s = time.monotonic() - began, self.server.cpu_s() - engine
        engine_cpu_s += self.server.settle()
        said = log.read_text(errors="replace")
        counts = [(_number(m[1]), _number(m[2])) for m in _COUNT.finditer(said)]
        return Spent(
            seconds=round(seconds, 2),
            engine_cpu_s=round(engine_cpu_s, 2),
            other_cpu_s=round(_children_s() - own, 2),
            sent=sum(sent for sent, _ in counts),
            received=sum(received for _, received in counts),
            rounds=said.count(_REFLECTIONS),
            cut=cut,
        )

    def _bounded(self, process: subprocess.Popen[bytes], *, engine_s: float) -> bool:
        """Waits for its end; returns whether it had to be brought about."""
        deadline = time.monotonic() + self.seconds_max
        while True:
            try:
                process.wait(timeout=_POLL_S)
            except subprocess.TimeoutExpired:
                spent = self.server.cpu_s() - engine_s
                if spent < self.engine_cpu_s_max and time.monotonic() < deadline:
                    continue
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return True
            return False

    def _command(self, task: Task, tree: Path, *, style: str, lint: Path) -> list[str]:
        finding = task.finding
        assert finding is not None
        metadata = self.home / "metadata.json"
        facts = {"max_input_tokens": CONTEXT_TOKENS, "max_tokens": CONTEXT_TOKENS}
        facts |= {"input_cost_per_token": 0, "output_cost_per_token": 0}
        known = {**facts, "litellm_provider": "openai", "mode": "chat"}
        metadata.write_text(json.dumps({f"openai/{self.model}": known}))
        checker = Path(__file__).with_name("complaints.py")
        linting = shlex.join([sys.executable, "-P", str(checker), str(lint)])
        line = (tree / finding.path).read_text().splitlines()[finding.span.start_line - 1]
        message = (
            f"{finding.tool} reports {finding.rule} in line {finding.span.start_line} of "
            f"{Path(finding.path).name}: {finding.message}\n\n    {line.strip()}\n\n"
            "Repair it. Change nothing else."
        )
        return [
            *(str(self.program), *_FLAGS, "--model", f"openai/{self.model}"),
            *(("--edit-format", style) if style != "default" else ()),
            *("--model-metadata-file", str(metadata), "--lint-cmd", f"python: {linting}"),
            *("--chat-history-file", str(self.home / "chat.md")),
            *("--input-history-file", str(self.home / "input")),
            *("--message", message, finding.path),
        ]

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "OPENAI_API_BASE": f"{self.server.address}/v1",
            "OPENAI_API_KEY": self.server.key,
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        }


def _children_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _number(text: str) -> int:
    plain = text.replace(",", "")
    return round(float(plain.removesuffix("k")) * (1000 if plain.endswith("k") else 1))

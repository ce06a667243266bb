"""The model behind an address that Aider can ask, with what makes the product's own engine quick.

The same library, the same file, the same tuning and the same number of threads. There are two slots
with the model's whole context each, so that the beginnings of both of Aider's prompts stay read.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Self

import platformdirs

from playground.engines.weights import CATALOGUE
from playground.engines.worker.cores import usable_cores
from playground.engines.worker.library import serve
from playground.engines.worker.wire import WorkerSettings

MODELS = {"local": "qwen2.5-coder-1.5b", "small": "qwen2.5-coder-0.5b"}
CONTEXT_TOKENS = 32_768
_SLOTS = 2
_QUIET_S, _PATIENCE_S = 0.5, 30.0
_STILL_S = 0.05


class Server:
    """The server's process; may be started again."""

    def __init__(self, engine: str, *, threads: int = 0) -> None:
        self._command = [sys.executable, __file__, engine, str(threads or usable_cores())]
        self._process: subprocess.Popen[str] | None = None
        self.address = self.key = ""

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def cpu_s(self) -> float:
        """Returns the processor seconds of the process so far."""
        assert self._process is not None
        stat = Path(f"/proc/{self._process.pid}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def settle(self) -> float:
        """Waits until it works no more; starts it again when it goes on after its caller ended.

        Returns:
            Processor seconds that it took meanwhile.
        """
        deadline, began = time.monotonic() + _PATIENCE_S, self.cpu_s()
        while time.monotonic() < deadline:
            before = self.cpu_s()
            time.sleep(_QUIET_S)
            if self.cpu_s() - before < _STILL_S:
                return self.cpu_s() - began
        spent = self.cpu_s() - began
        self._stop()
        self._start()
        return spent

    def tokens(self, text: str) -> int:
        """Returns how many tokens a text has."""
        request = urllib.request.Request(
            f"{self.address}/tokenize",
            data=json.dumps({"content": text}).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=600) as answer:
            return len(json.load(answer)["tokens"])

    def _start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            # Idle threads would spin by default.
            env={**os.environ, "OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"},
        )
        assert self._process.stdout is not None
        self.address, self.key = json.loads(self._process.stdout.readline())

    def _stop(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.communicate()


def main() -> None:
    """Is the server, until standard input ends."""
    file, key = CATALOGUE[MODELS[sys.argv[1]]].file, secrets.token_hex(16)
    with tempfile.TemporaryDirectory() as folder:
        settings = WorkerSettings(
            parent=os.getppid(),
            folder=folder,
            socket="127.0.0.1",
            api_key=key,
            model=str(platformdirs.user_cache_path("playground") / "models" / file),
            context_tokens=CONTEXT_TOKENS,
            slots=_SLOTS,
            threads=int(sys.argv[2]),
        )
        out = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)
        server = serve(settings)
        out.write(json.dumps([server.listening_address, key]) + "\n")
        out.flush()
        sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()

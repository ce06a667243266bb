"""The real vLLM on a processor, in the environment that `scripts/vllm_cpu.sh` builds.

`VLLM_CPU` names that environment's folder. Without it no test asks for the server; with it,
whatever goes wrong is a failure.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
import time
from collections import deque
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from real_server import RealServer

from playground.security.server_process import ServerCall, ServerProcess

VLLM_FOLDER = os.environ.get("VLLM_CPU", "")
VLLM_MARKS = (
    pytest.mark.slow,
    pytest.mark.xdist_group("vllm-cpu"),
    pytest.mark.timeout(900),
)
BLOCK_TOKENS = 32
_HOST = "127.0.0.1"
_START_S = 600.0
_ARGS = (
    *("--max-model-len", "4096", "--enforce-eager", "--enable-prompt-tokens-details"),
    *("--block-size", str(BLOCK_TOKENS), "--max-num-seqs", "8"),
    *("--generation-config", "vllm"),
    *("--structured-outputs-config.backend=xgrammar", "--enable-lora", "--max-lora-rank", "8"),
    "--structured-outputs-config.disable_any_whitespace=true",
)
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",  # more of them wait for each other by spinning
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VLLM_CPU_KVCACHE_SPACE": "1",  # GiB
    "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_HOST_IP": _HOST,
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
}
_RUNNING = re.compile(r"^vllm:num_requests_running(?:\{[^}]*\})? ([0-9.]+)$", re.MULTILINE)


@dataclass(frozen=True)
class StartedVLLM(RealServer):
    """A server of the tests.

    Attributes:
        process: the server.
        port: where it listens.
        key: for questions.
    """

    kind = "openai_compatible"
    block_tokens = BLOCK_TOKENS

    process: ServerProcess
    port: int
    key: str

    @property
    def options(self) -> Mapping[str, object]:
        """Options with which an engine attaches to it."""
        address = f"http://{_HOST}:{self.port}/v1"
        flags = {"prefill": "flags", "structured_outputs": True}
        return {"base_url": address, "api_key": self.key, **flags}

    def works_on(self) -> int:
        """Returns how many requests it answers now."""
        told = _RUNNING.findall(self.asked("GET", "/metrics").text)
        return sum(int(float(number)) for number in told)

    def asked(self, method: str, path: str, body: object = None) -> httpx2.Response:
        """Asks the server something beside the protocol."""
        headers = {"Authorization": f"Bearer {self.key}"}
        address = f"http://{_HOST}:{self.port}{path}"
        return httpx2.request(method, address, json=body, headers=headers, timeout=60)

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            return self.asked("GET", "/health").status_code == 200
        except httpx2.HTTPError:
            return False


@contextmanager
def started_vllm(scratch: Path) -> Generator[StartedVLLM]:
    """Starts the server as a person would, and ends it.

    The `vllm` program looks for a package of its own name, which the one for processors has not.
    """
    if not VLLM_FOLDER:
        pytest.fail("VLLM_CPU names no folder; .ci/vllm builds one and runs these tests")
    folder = Path(VLLM_FOLDER).resolve()
    key, port = secrets.token_urlsafe(32), _free_port()
    program = (str(folder / "env" / "bin" / "python"), "-m", "vllm.entrypoints.openai.api_server")
    model = ("--model", str(folder / "models" / "counter"), "--served-model-name", "counter")
    address = ("--host", _HOST, "--port", str(port))
    environment = {**_ENVIRONMENT, "VLLM_API_KEY": key, "VLLM_CACHE_ROOT": str(scratch)}
    lines: deque[str] = deque(maxlen=400)
    call = ServerCall((*program, *model, *address, *_ARGS), scratch, lines.append, environment)
    server = StartedVLLM(folder, ServerProcess(call), port, key)
    try:
        deadline = time.monotonic() + _START_S
        while not server.is_ready():
            if server.process.returncode is not None or time.monotonic() > deadline:
                pytest.fail("vLLM did not start:\n" + "\n".join(lines))
            time.sleep(0.5)
        yield server
    finally:
        server.process.stop(grace_s=10.0)


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind((_HOST, 0))
        return int(tried.getsockname()[1])

"""The real SGLang on a processor, in the environment that `scripts/sglang_cpu.sh` builds.

`SGLANG_CPU` names that environment's folder. Tests that need it are skipped without; with it,
whatever goes wrong is a failure.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from engine_harnesses import inner, made_engine
from real_server import RealServer

from playground.domain.ports import Engine
from playground.engines.launching.launch import RunningServer
from playground.engines.weights import ModelStore

SGLANG_FOLDER = os.environ.get("SGLANG_CPU", "")
SHIMS = Path(__file__).resolve().parents[2] / "scripts" / "server_cpu" / "sglang_shims"
ARGS = (
    *("--device", "cpu", "--attention-backend", "torch_native", "--disable-overlap-schedule"),
    *("--max-total-tokens", "16384", "--mem-fraction-static", "0.3"),
    *("--enable-lora", "--lora-backend", "torch_native", "--max-lora-rank", "8"),
    *("--lora-target-modules", "q_proj", "k_proj", "v_proj", "--enable-priority-scheduling"),
)
ENVIRONMENT = {
    "PYTHONPATH": str(SHIMS),
    "SGLANG_USE_CPU_ENGINE": "1",
    "OMP_NUM_THREADS": "1",  # more of them wait for each other by spinning
}
SGLANG_MARKS = (
    pytest.mark.slow,
    pytest.mark.xdist_group("sglang-cpu"),
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not SGLANG_FOLDER, reason="SGLANG_CPU names no folder; .ci/sglang builds one"
    ),
)


@dataclass(frozen=True)
class StartedSGLang(RealServer):
    """A server of ours.

    Attributes:
        engine: what started it.
    """

    kind = "sglang"
    block_tokens = 1

    engine: Engine

    @property
    def running(self) -> RunningServer:
        """The process; it is started by the engine's first look."""
        found = vars(inner(self.engine))["_running"]
        assert isinstance(found, RunningServer)
        return found

    @property
    def options(self) -> Mapping[str, object]:
        """Options with which another engine attaches to it."""
        running = self.running
        keys = {"api_key": running.api_key, "admin_api_key": running.admin_key}
        return {"base_url": f"http://127.0.0.1:{running.port}/v1", **keys}

    def works_on(self) -> int:
        """Returns how many requests it answers now, -1 where it does not say."""
        told = re.match(r"(\d+) running", self.engine.health().detail)
        return int(told[1]) if told else -1


@contextmanager
def started_sglang(store: ModelStore) -> Generator[StartedSGLang]:
    """Starts the server as a person's configuration would, and ends it."""
    folder = Path(SGLANG_FOLDER).resolve()
    options: dict[str, object] = {
        "command": (str(folder / "env" / "bin" / "python"), "-m", "sglang.launch_server"),
        "model": str(folder / "models" / "counter"),
        "args": ARGS,
        "environment": ENVIRONMENT,
        "start_s": 600.0,
    }
    with made_engine("sglang", options, store=store) as engine:
        engine.probe()
        yield StartedSGLang(folder, engine)

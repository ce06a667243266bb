"""A program that is started like SGLang and behaves like it, as far as starting and ending go.

It prints its keys, as SGLang does, starts a child that outlives a polite end, and keeps a file in
shared memory. `--die WORDS` ends it with an error before it answers, `--slow` never answers.
"""

from __future__ import annotations

import argparse
import mmap
import subprocess
import sys
import threading
from pathlib import Path
from typing import cast

from loopback_server import Handler, serving
from sglang_stand_in import SGLangBehaviour, SGLangHandler

SHARED = Path("/dev/shm")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--host", "--config", "--model-path", "--served-model-name", "--die"):
        parser.add_argument(name, default="")
    parser.add_argument("--port", type=int)
    parser.add_argument("--slow", action="store_true")
    options, _ = parser.parse_known_args()
    lines = Path(options.config).read_text("utf-8").splitlines()
    keys = {
        name: value.strip().strip('"') for name, _, value in (li.partition(":") for li in lines)
    }
    say(f"server_args={keys} {options.config}")
    if options.die:
        sys.exit(f"RuntimeError: {options.die}, with {keys['api-key']}")
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    shared = SHARED / f"sglang_loads_{child.pid}_0.shm"
    shared.write_bytes(b"x" * mmap.PAGESIZE)
    with shared.open("r+b") as stream:
        held = mmap.mmap(stream.fileno(), mmap.PAGESIZE)
    say(f"child {child.pid}")
    behaviour = SGLangBehaviour(key=keys["api-key"], admin_key=keys["admin-api-key"])
    behaviour.models = (options.served_model_name,)
    behaviour.ready = not options.slow
    fields = {"behaviour": behaviour, "own": behaviour}
    handler = cast("type[Handler]", type("Started", (SGLangHandler,), fields))
    with serving(handler, port=options.port):
        threading.Event().wait()
    held.close()


if __name__ == "__main__":
    main()

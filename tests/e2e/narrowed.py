"""Becomes the command after `--` in a narrower room: limits, fewer rights, closed descriptors.

Usage: narrowed.py [--file-bytes-max N] [--no-override] [--close FD]… -- PROGRAM ARGUMENTS…

`--no-override` takes away root's right to ignore file modes, so that a read-only folder is one
for every account.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import sys

_PR_CAPBSET_DROP = 24
_OVERRIDES = (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


def main(argv: list[str]) -> None:
    """Narrows this process and becomes the command."""
    cut = argv.index("--")
    parser = argparse.ArgumentParser()
    parser.add_argument("--file-bytes-max", type=int)
    parser.add_argument("--no-override", action="store_true")
    parser.add_argument("--close", type=int, action="append", default=[])
    wanted = parser.parse_args(argv[:cut])
    command = argv[cut + 1 :]
    if wanted.file_bytes_max is not None:
        most = wanted.file_bytes_max
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    if wanted.no_override:
        for capability in _OVERRIDES:  # who has none to lose is refused, which is as good
            ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    for descriptor in wanted.close:
        os.close(descriptor)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])

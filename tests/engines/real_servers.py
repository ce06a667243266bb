"""Real servers on a processor as parameters of tests; each names the fixture that starts it."""

from __future__ import annotations

import pytest
from sglang_cpu import SGLANG_MARKS
from vllm_cpu import VLLM_FOLDER, VLLM_MARKS

REAL_SERVERS = [pytest.param("sglang_cpu", id="sglang-cpu", marks=SGLANG_MARKS)]
if VLLM_FOLDER:
    REAL_SERVERS.append(pytest.param("vllm_cpu", id="vllm-cpu", marks=VLLM_MARKS))

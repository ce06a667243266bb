"""Lets the package index's torchvision, which is built for CUDA, be imported beside a CPU torch.

Its Python part registers variants of two operators that its library, which cannot be loaded,
would have defined. Here they are declared, without a body, right before it is imported.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import sys
from collections.abc import Sequence
from types import ModuleType

_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


class _BeforeTorchvision(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> None:
        del path, target
        if fullname != "torchvision":
            return
        sys.meta_path.remove(self)
        torch = importlib.import_module("torch")  # every Python of the server starts here
        for name in ("nms", "qnms"):
            with contextlib.suppress(RuntimeError):  # it is declared already
                torch.library.define(f"torchvision::{name}", _SIGNATURE)


sys.meta_path.insert(0, _BeforeTorchvision())

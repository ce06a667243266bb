"""Stands in for SGLang's compiled kernels, which the package index has for CUDA alone.

SGLang imports names from here even on a processor, where it then takes the plain PyTorch way
because no operator is registered. Every name can be imported; calling one says so. Nothing of
SGLang's own code is repeated here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import torch

__version__ = "0.0+none"

_MAKERS = ("tensor", "empty", "zeros", "ones", "full", "empty_strided")


def __getattr__(name: str) -> Callable[..., NoReturn]:
    if name.startswith("__"):
        raise AttributeError(name)

    def missing(*_arguments: object, **_options: object) -> NoReturn:
        raise NotImplementedError(f"sgl_kernel.{name} needs the compiled kernels")

    return missing


def _without_pinning(make: Callable[..., object]) -> Callable[..., object]:
    def made(*arguments: object, **options: object) -> object:
        options.pop("pin_memory", None)
        return make(*arguments, **options)

    return made


def _unpinned(tensor: object, *_arguments: object, **_options: object) -> object:
    return tensor


# The LoRA manager asks for page-locked memory, which only a GPU's driver can give.
if not torch.cuda.is_available():
    for _name in _MAKERS:
        setattr(torch, _name, _without_pinning(getattr(torch, _name)))
    torch.Tensor.pin_memory = _unpinned

"""The models that can be fetched by name, each pinned to one digest.

The same bytes may come from several places; every place ends in the same check, so none of them
has to be trusted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

from playground.domain.errors import BadInput

_REQUIREMENT = re.compile(
    r"(?P<package>[a-z0-9-]+)==(?P<version>[0-9.]+) --hash=sha256:(?P<sha256>[0-9a-f]{64})"
)
_NUMBER = re.compile(r"part(\d+)$")


@dataclass(frozen=True, slots=True)
class Part:
    """A wheel of the package registry that holds one piece of a model's file.

    Attributes:
        number: place of the piece in the file, counted from 1.
        package: the project's name in the registry.
        version: its exact version.
        sha256: digest of the wheel, 64 hexadecimal digits.
    """

    number: int
    package: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """A model that can be fetched by name.

    Attributes:
        name: what people type.
        file: the file's name in the store.
        bytes: the file's size.
        sha256: the file's digest, 64 hexadecimal digits.
        hub_repository: owner and name on the hub.
        licence: SPDX id.
        attribution: whom the licence asks to be named, one sentence.
    """

    name: str
    file: str
    bytes: int
    sha256: str
    hub_repository: str
    licence: str
    attribution: str

    @property
    def hub_url(self) -> str:
        """Where the hub keeps the file."""
        return f"https://huggingface.co/{self.hub_repository}/resolve/main/{self.file}"


_ATTRIBUTION = (
    "Qwen2.5-Coder is made by the Qwen team of Alibaba Cloud and licensed under the Apache License,"
    " Version 2.0; the file is unchanged."
)

CATALOGUE: Mapping[str, CatalogueModel] = MappingProxyType(
    {
        model.name: model
        for model in (
            CatalogueModel(
                name="qwen2.5-coder-1.5b",
                file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
                bytes=1_117_320_768,
                sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
                hub_repository="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
                licence="Apache-2.0",
                attribution=_ATTRIBUTION,
            ),
            CatalogueModel(
                name="qwen2.5-coder-0.5b",
                file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
                bytes=491_400_064,
                sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
                hub_repository="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
                licence="Apache-2.0",
                attribution=_ATTRIBUTION,
            ),
        )
    }
)
"""Every model by name; the first one is the default."""


def model_named(name: str, *, among: Mapping[str, CatalogueModel] = CATALOGUE) -> CatalogueModel:
    """Returns the model of this name.

    Raises:
        BadInput: there is none; the message lists those there are.
    """
    model = among.get(name)
    if model is None:
        raise BadInput(f"There is no model {name!r}; choose one of: {', '.join(among)}.")
    return model


def licence_text(model: CatalogueModel) -> str:
    """Returns the text that is kept beside the weights: attribution, origin and licence."""
    text = _package_text("licences", f"{model.licence}.txt")
    origin = f"{model.file}\nOriginal: https://huggingface.co/{model.hub_repository}\n"
    return f"{origin}\n{model.attribution}\n\n{text}"


def read_parts(text: str) -> tuple[Part, ...]:
    """Reads a hash-pinned requirement file; the parts come back in numeric order.

    Raises:
        ValueError: a line is not a pinned requirement, or a number is missing or comes twice.
    """
    parts: list[Part] = []
    for line in text.splitlines():
        match, number = _REQUIREMENT.fullmatch(line), _NUMBER.search(line.partition("==")[0])
        if match is None or number is None:
            raise ValueError(f"not a pinned part: {line!r}")
        parts.append(Part(int(number[1]), match["package"], match["version"], match["sha256"]))
    parts.sort(key=lambda part: part.number)
    if [part.number for part in parts] != list(range(1, len(parts) + 1)):
        raise ValueError("the parts are not numbered from 1 without a gap")
    return tuple(parts)


def parts_of(model: CatalogueModel) -> tuple[Part, ...]:
    """Returns the registry's pieces of a model in the order in which they are joined."""
    return read_parts(_package_text("parts", f"{model.name}.txt"))


def _package_text(folder: str, file: str) -> str:
    return (resources.files("playground.engines.weights") / folder / file).read_text(
        encoding="utf-8"
    )

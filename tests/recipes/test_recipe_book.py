from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from recipe_cases import families, lessons

from playground.domain.episodes import Episode
from playground.domain.errors import BadInput, Refusal
from playground.domain.recipes import Recipe
from playground.domain.recipes.learning import recipes_from
from playground.memory.recipes import RecipeFiles, RecipeState
from playground.memory.recipes.text import read, written
from playground.orchestrator.recipes.proving import learnable

FAMILIES = families()
LEARNED: list[Recipe] = [recipes_from(lessons(family))[0] for family in FAMILIES.values()]
ONE = LEARNED[0]
PLAIN = Episode(
    *("one", "/shop", "goal", "ruff", "B904", "message", "summary", "python", "a.py"),
    *("f()\n", "g()\n", "", "approved", "", "greedy"),
    decided_at=1.0,
)


def book(folder: Path) -> RecipeFiles:
    return RecipeFiles(folder, deciding=True, clock=lambda: 5.0)


def in_use(shelf: RecipeFiles, recipe: Recipe) -> list[Recipe]:
    return shelf.active(tool=recipe.tool, rule=recipe.rule)


@pytest.mark.parametrize("recipe", LEARNED, ids=[one.rule for one in LEARNED])
def test_a_file_gives_back_its_recipe_and_the_same_bytes(recipe: Recipe) -> None:
    assert read(written(recipe), name="x.yaml") == recipe
    assert written(read(written(recipe), name="x.yaml")) == written(recipe)
    assert all(f"  {line}\n" in written(recipe) for line in recipe.before.splitlines() if line)


def test_only_an_approved_recipe_is_in_use(tmp_path: Path) -> None:
    shelf = book(tmp_path)
    entry = shelf.propose(ONE)
    assert entry is not None
    assert not in_use(shelf, ONE)
    shelf.decide(entry.recipe, state=RecipeState.ACTIVE, by="ada")
    assert in_use(book(tmp_path), ONE) == [ONE]
    assert shelf.entry(ONE.id).by == "ada"
    shelf.decide(ONE, state=RecipeState.REVERTED, by="ada")
    assert not in_use(shelf, ONE)


def test_a_person_is_asked_once(tmp_path: Path) -> None:
    shelf = book(tmp_path)
    assert shelf.propose(ONE)
    shelf.decide(ONE, state=RecipeState.REFUSED, by="ada")
    assert shelf.propose(ONE) is None
    assert shelf.propose(replace(ONE, episodes=("other",))) is None


def test_a_newer_version_takes_over_and_gives_way_again(tmp_path: Path) -> None:
    shelf = book(tmp_path)
    newer = replace(ONE, after=ONE.after.replace("Exception", "BaseException"))
    shelf.propose(ONE)
    shelf.decide(ONE, state=RecipeState.ACTIVE, by="ada")
    entry = shelf.propose(newer)
    assert entry is not None
    assert entry.recipe.version == 2
    assert in_use(shelf, ONE) == [ONE]
    shelf.decide(entry.recipe, state=RecipeState.ACTIVE, by="ada")
    assert in_use(shelf, ONE) == [entry.recipe]
    assert shelf.entry(f"{ONE.id}@1").state is RecipeState.SUPERSEDED
    shelf.decide(entry.recipe, state=RecipeState.REVERTED, by="ada")
    assert in_use(shelf, ONE) == [ONE]


def test_who_is_no_person_decides_nothing(tmp_path: Path) -> None:
    shelf = RecipeFiles(tmp_path)
    shelf.propose(ONE)
    with pytest.raises(Refusal):
        shelf.decide(ONE, state=RecipeState.ACTIVE, by="worker")
    assert not in_use(shelf, ONE)


def test_a_recipe_that_was_edited_after_its_approval_is_not_in_use(tmp_path: Path) -> None:
    shelf = book(tmp_path)
    shelf.propose(ONE)
    shelf.decide(ONE, state=RecipeState.ACTIVE, by="ada")
    path = tmp_path / ONE.id / "1.yaml"
    path.write_text(path.read_text().replace("Exception", "BaseException"))
    assert not in_use(shelf, ONE)
    assert shelf.entry(ONE.id).state is RecipeState.CHANGED
    with pytest.raises(Refusal):
        shelf.decide(ONE, state=RecipeState.ACTIVE, by="ada")


@pytest.mark.parametrize("text", ["", "null", "[1]", '{"state": "active"}', "{", "[" * 5_000])
def test_a_decision_that_cannot_be_read_makes_nothing_active(tmp_path: Path, text: str) -> None:
    shelf = book(tmp_path)
    shelf.propose(ONE)
    (tmp_path / ONE.id / "1.decided.json").write_text(text)
    assert not in_use(shelf, ONE)


@pytest.mark.parametrize("name", ["nothing", "", f"{ONE.id}@9", "../x"])
def test_what_is_not_there_is_said(tmp_path: Path, name: str) -> None:
    shelf = book(tmp_path)
    shelf.propose(ONE)
    with pytest.raises(BadInput):
        shelf.entry(name)


def broken(text: str) -> dict[str, str]:
    """A recipe's file with each kind of fault."""
    return {
        "empty": "",
        "no yaml": "{",
        "a list": "[1]",
        "a tag": "!!python/object/apply:os.system ['true']",
        "endless": text + "#" * 30_000,
        "references": text.replace("episodes:", "episodes: &a []\nmore: *a\nold:"),
        "hidden": text.replace("except", "ex\u200bcept"),
        "reordered": text.replace("Exception", "Ex\u202eception"),
        "another format": text.replace("format: 1", "format: 2"),
        "active": text + "state: active\n",
        "no member": text.replace("language: python\n", ""),
        "a path as id": text.replace("id: ruff", "id: ../ruff"),
        "an id of ours": text.replace("id: ruff", "id: builtin-ruff"),
        "no number": text.replace("version: 1", "version: true"),
        "an unknown kind": text.replace(": statements", ": anything"),
        "a variable that is used by nothing": text.replace("  statements_1:", "  statements_2:"),
        "nothing fixed": text.replace("except:\n", "except X:\n").replace("X", "statements_1"),
        "nested": text.replace("episodes:", "episodes: " + "[" * 3_000),
    }


@pytest.mark.parametrize("fault", broken(""))
def test_a_file_that_is_no_usable_recipe_is_refused_and_passed_over(
    tmp_path: Path, fault: str
) -> None:
    text = broken(written(ONE))[fault]
    assert text != written(ONE)
    with pytest.raises(BadInput):
        read(text, name="shared.yaml")
    shelf = book(tmp_path)
    shelf.propose(ONE)
    shelf.decide(ONE, state=RecipeState.ACTIVE, by="ada")
    (tmp_path / ONE.id / "1.yaml").write_text(text, encoding="utf-8", errors="surrogatepass")
    assert not in_use(shelf, ONE)


def test_approvals_cannot_be_put_into_another_recipe_s_folder(tmp_path: Path) -> None:
    shelf = book(tmp_path)
    shelf.propose(ONE)
    shelf.decide(ONE, state=RecipeState.ACTIVE, by="ada")
    (tmp_path / ONE.id).rename(tmp_path / "other")
    assert not in_use(shelf, ONE)
    told = json.loads((tmp_path / "other" / "1.decided.json").read_text())
    assert told["digest"] == ONE.digest


def test_forgetting_takes_what_is_not_usable_and_half_written_too(tmp_path: Path) -> None:
    shelf = book(tmp_path)
    other = LEARNED[1]
    for recipe in (ONE, other):
        shelf.propose(replace(recipe, episodes=("kept", "gone") if recipe is ONE else ("kept",)))
    folder = tmp_path / ONE.id
    text = (folder / "1.yaml").read_text("utf-8")
    (folder / "2.yaml").write_text(text.replace("version: 1", "version: two"))
    (folder / "3.yaml").write_text(text.replace("- gone", '- "gone"').replace("format: 1", "x: ["))
    (folder / ".4.yaml.draft").write_text(text[:-9])
    (tmp_path / other.id / "2.yaml").write_text("before: |\n  # all of it is gone now\n")
    assert shelf.forget("gone") == [f"{ONE.id}@{version}" for version in (1, 2, 3)]
    assert list(folder.iterdir()) == []
    assert sorted(path.name for path in (tmp_path / other.id).iterdir()) == ["1.yaml", "2.yaml"]
    assert shelf.forget("gone") == []
    assert book(tmp_path / "none").forget("gone") == []
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("name", ["shop_17", "a b", "x: y", "- z", "#1", "'", "9", "null", "é/ü"])
def test_episodes_of_elsewhere_may_be_called_anything_that_is_seen(
    tmp_path: Path, name: str
) -> None:
    shelf, recipe = book(tmp_path), replace(ONE, episodes=(name,))
    assert shelf.propose(recipe)
    assert shelf.entry(ONE.id).recipe == recipe
    assert shelf.forget(name) == [ONE.name]


@pytest.mark.parametrize("odd", ["", "a\nb", "a\u200bb", "a\u202eb", "\ud800", "x" * 121])
def test_what_no_file_can_name_teaches_nothing_and_is_not_written(tmp_path: Path, odd: str) -> None:
    for recipe in (replace(ONE, episodes=(odd,)), replace(ONE, rule=odd)):
        with pytest.raises(BadInput):
            book(tmp_path).propose(recipe)
    assert book(tmp_path).entries() == []
    assert [one.id for one in learnable([PLAIN])] == [PLAIN.id]
    assert learnable([replace(PLAIN, id=odd), replace(PLAIN, rule=odd)]) == []


def test_a_recipe_never_takes_the_place_of_one_for_another_rule(tmp_path: Path) -> None:
    shelf = book(tmp_path)
    shelf.propose(ONE)
    shelf.decide(ONE, state=RecipeState.ACTIVE, by="ada")
    with pytest.raises(BadInput, match="another rule"):
        shelf.propose(replace(ONE, rule="B904", episodes=()))
    assert in_use(shelf, ONE) == [ONE]

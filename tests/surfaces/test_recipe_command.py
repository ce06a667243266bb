from __future__ import annotations

from pathlib import Path

import pytest
from surface_stage import World, words

from playground.domain.ports import GenerationRequest
from playground.memory.recipes import RecipeState
from playground.surfaces.terminal import main

FILES = {
    "a.py": "x = call(1, WORSE=2)\n",
    "b.py": "later[0] = call(y + 1, WORSE=2)\n",
    "c.py": "z = [call('text', WORSE=2)]\n",
    "d.py": "def late(k):\n    return {k: call(k.value, WORSE=2)}\n",
}


def run(world: World, *argv: str, typed: str | None = None) -> int:
    return main(list(argv), stage=world.stage(typed))


def taught(tmp_path: Path) -> World:
    """A person has approved the same repair in three files."""
    world = World(tmp_path, FILES)

    def answer(request: GenerationRequest) -> str:
        prompt = request.messages[-1].content
        before = max(FILES.values(), key=lambda text: prompt.rfind(text.strip()))
        return f"```python\n{before.replace('WORSE', 'GOOD')}```\n"

    world.answer = answer
    for name in ("a.py", "b.py", "c.py"):
        assert run(world, "improve", name, typed="a\n") == 0, words(world.err)
        assert "GOOD" in world.text(name)
        assert ("recipe propose" in words(world.err)) is (name == "c.py")
    return world


def test_three_approvals_become_a_recipe_that_needs_no_model(tmp_path: Path) -> None:
    world = taught(tmp_path)
    assert run(world, "recipe", "propose", typed="y\n") == 0, words(world.err)
    told = words(world.out)
    assert "- call(expression_1, WORSE=2)" in told
    assert "+ call(expression_1, GOOD=2)" in told
    assert "gives back 3 approved repairs" in told
    assert "fits 1 of 1 finding" in told
    asked = len(world.engine.asked)
    assert run(world, "improve", "d.py", typed="a\n") == 0
    assert world.text("d.py") == FILES["d.py"].replace("WORSE", "GOOD")
    assert len(world.engine.asked) == asked
    assert "recipe" in words(world.out)


def test_a_person_is_asked_once_and_can_take_it_back(tmp_path: Path) -> None:
    world = taught(tmp_path)
    assert run(world, "recipe", "propose", typed="n\n") == 0
    (entry,) = world.recipes.entries()
    assert entry.state is RecipeState.REFUSED
    assert run(world, "recipe", "propose", typed="y\n") == 1
    assert run(world, "recipe", "approve", entry.recipe.id[:9], typed="y\n") == 0
    assert run(world, "recipe", "list") == 0
    assert "active" in words(world.out)
    assert run(world, "recipe", "revert", entry.recipe.id, typed="") == 0
    assert world.recipes.entries()[0].state is RecipeState.REVERTED
    assert run(world, "recipe", "revert", entry.recipe.id, typed="") == 1


def test_what_was_learned_from_a_forgotten_episode_is_removed(tmp_path: Path) -> None:
    world = taught(tmp_path)
    run(world, "recipe", "propose", typed="y\n")
    (entry,) = world.recipes.entries()
    assert run(world, "memory", "forget", entry.recipe.episodes[0], typed="") == 0
    assert entry.recipe.name in words(world.err)
    assert not world.recipes.entries()
    assert run(world, "recipe", "propose", typed="y\n") == 1


def test_nothing_is_approved_through_a_pipe(tmp_path: Path) -> None:
    world = taught(tmp_path)
    assert run(world, "recipe", "propose") == 0
    (entry,) = world.recipes.entries()
    assert entry.state is RecipeState.PROPOSED
    assert run(world, "recipe", "approve", entry.recipe.id) == 1
    assert world.recipes.entries()[0].state is RecipeState.PROPOSED


def test_a_shared_recipe_is_asked_about_and_replayed_again(tmp_path: Path) -> None:
    world = taught(tmp_path)
    run(world, "recipe", "propose", typed="y\n")
    (entry,) = world.recipes.entries()
    assert run(world, "recipe", "export", entry.recipe.id, "shared.yaml") == 0
    assert "before:" in world.text("shared.yaml")
    (tmp_path / "other").mkdir()
    other = World(tmp_path / "other", FILES)
    (other.root / "shared.yaml").write_bytes((world.root / "shared.yaml").read_bytes())
    assert run(other, "recipe", "import", "shared.yaml") == 0
    (imported,) = other.recipes.entries()
    assert imported.state is RecipeState.PROPOSED
    assert imported.recipe.episodes == ()
    assert run(other, "recipe", "import", "shared.yaml", typed="y\n") == 1
    assert run(other, "recipe", "approve", imported.recipe.id, typed="y\n") == 0
    assert "fits 4 of 4 findings" in words(other.out)
    assert run(other, "recipe", "show", imported.recipe.id) == 0


def test_an_imported_recipe_that_does_what_was_rejected_cannot_be_used(tmp_path: Path) -> None:
    world = taught(tmp_path)
    run(world, "recipe", "propose", typed="y\n")
    (entry,) = world.recipes.entries()
    run(world, "recipe", "export", entry.recipe.id, "../shared.yaml")
    (tmp_path / "other").mkdir()
    other = World(tmp_path / "other", {"a.py": FILES["a.py"]})
    other.answer = lambda _request: "```python\nx = call(1, GOOD=2)\n```\n"
    assert run(other, "improve", "a.py", typed="r\nit must stay\n") == 1
    (other.root / "shared.yaml").write_bytes((tmp_path / "shared.yaml").read_bytes())
    assert run(other, "recipe", "import", "shared.yaml", typed="y\n") == 1
    assert "rejected" in words(other.out)
    assert other.recipes.entries()[0].state is RecipeState.PROPOSED


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("list",), 1),
        (("show", "none"), 2),
        (("export", "none", "x"), 2),
        (("import", "none.yaml"), 2),
        (("revert", "none"), 2),
        (("propose",), 1),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(
    tmp_path: Path, argv: tuple[str, ...], code: int
) -> None:
    world = World(tmp_path, FILES)
    assert run(world, "recipe", *argv) == code


def test_decisions_become_a_data_set_in_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = taught(tmp_path)
    assert run(world, "dataset", "export", "none") == 2
    (world.root / "data").mkdir()
    assert run(world, "dataset", "export", "data") == 0, words(world.err)
    assert "chat" in words(world.out)
    names = sorted(path.name for path in (world.root / "data").iterdir())
    assert names[0] == "README.md"
    assert {name.split(".")[0] for name in names[1:]} == {"chat", "label"}
    first = {name: (world.root / "data" / name).read_bytes() for name in names}
    assert run(world, "dataset", "export", "data") == 0
    assert {name: (world.root / "data" / name).read_bytes() for name in names} == first
    (chat,) = (name for name in names if name.startswith("chat"))
    old = next(f"chat.{split}.jsonl" for split in ("train", "test") if split not in chat)
    (world.root / "data" / chat).rename(world.root / "data" / old)
    assert run(world, "dataset", "export", "data") == 2
    assert f"{old} of an earlier export" in capsys.readouterr().err
    assert not (world.root / "data" / chat).exists()
    (world.root / "data" / old).unlink()
    (world.root / "data" / "README.md").write_text("mine")
    assert run(world, "dataset", "export", "data") == 2
    assert world.text("data/README.md") == "mine"


def test_without_decisions_there_is_no_data_set(tmp_path: Path) -> None:
    world = World(tmp_path, FILES)
    assert run(world, "dataset", "export", ".", "--format", "parquet") == 1
    assert not (world.root / "README.md").exists()

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow.parquet import read_table
from worlds import BAD, CODE, GOOD, World, approved, rejected

from playground.domain.changes import patch_between
from playground.domain.errors import BadInput
from playground.domain.proposals import Amended
from playground.domain.runs import Run
from playground.domain.tasks import Policy
from playground.orchestrator.dataset.building import Dataset, Row, Sources, dataset_of
from playground.orchestrator.dataset.files import files_of
from playground.orchestrator.dataset.licences import origin_of
from playground.orchestrator.dataset.records import RecordKind
from playground.orchestrator.dataset.splits import SPLITS, pieces_of, splits_of
from playground.security.reports import write_data

OWN = "def total(prices=()):\n    # adds up, mine\n    return sum(prices or [])\n"


def world_of(*answers: str, policy: Policy | None = None) -> World:
    left = list(answers)
    world = World(policy=policy or Policy(samples=1))
    world.answers = lambda _prompt: left.pop(0) if len(left) > 1 else left[0]
    world.workspace.files["pyproject.toml"] = '[project]\nname = "shop"\nlicense = "MIT"\n'
    return world


def decide(world: World, *, yes: bool, why: str = "too clever") -> Run:
    run = world.run()
    decision = approved(run, why="") if yes else rejected(run, why=why)
    return world.desk.decide(run.id, decision=decision)


def exported(world: World, *, untrusted_too: bool = False, trusts: bool = True) -> Dataset:
    sources = Sources(
        world.gate, world.workspace, lambda _root: trusts, untrusted_too=untrusted_too
    )
    return dataset_of(world.journal.runs(), sources)


def rows(dataset: Dataset, kind: RecordKind) -> list[Row]:
    return [row for (k, _), many in dataset.rows.items() for row in many if k is kind]


def answer(row: Row, name: str) -> str:
    return cast("list[dict[str, str]]", row[name])[-1]["content"]


def test_an_approval_is_a_chat_and_a_label_with_its_origin() -> None:
    world = world_of(GOOD)
    run = decide(world, yes=True)
    dataset = exported(world)
    (chat,), (label,) = rows(dataset, RecordKind.CHAT), rows(dataset, RecordKind.LABEL)
    messages = cast("list[dict[str, str]]", chat["messages"])
    assert [m["role"] for m in messages] == ["system", "user", "assistant"]
    assert "def total(prices=[])" in messages[1]["content"]
    assert messages[2]["content"] == f"```python\n{GOOD}```"
    assert label["label"] is True
    assert chat["id"] == run.id
    origin = (chat["repository"], chat["licence"], chat["licence_stated_in"])
    assert origin == ("shop", "MIT", "pyproject.toml")
    assert {chat["split"], label["split"]} <= set(SPLITS)
    assert not rows(dataset, RecordKind.PREFERENCE)


def test_what_the_gate_refused_is_worse_than_what_was_approved() -> None:
    world = world_of(BAD, GOOD)
    decide(world, yes=True)
    (pair,) = rows(exported(world), RecordKind.PREFERENCE)
    assert (answer(pair, "chosen"), answer(pair, "rejected")) == (
        f"```python\n{GOOD}```",
        f"```python\n{BAD}```",
    )
    assert pair["why"]


def test_what_a_person_amended_is_worse_than_their_own_version() -> None:
    world = world_of(GOOD)
    run = world.run()
    proposal = run.waiting
    assert proposal is not None
    patch = patch_between({"shop.py": CODE}, {"shop.py": OWN})
    amended = Amended("ada", "terminal", proposal.digest, patch, why="say whose")
    run = world.desk.decide(run.id, decision=amended)
    world.desk.decide(run.id, decision=approved(run))
    (pair,) = rows(exported(world), RecordKind.PREFERENCE)
    assert (answer(pair, "chosen"), answer(pair, "rejected"), pair["why"]) == (
        f"```python\n{OWN}```",
        f"```python\n{GOOD}```",
        "say whose",
    )


def test_a_rejection_is_a_no_and_pairs_with_a_later_yes() -> None:
    world = world_of(GOOD)
    decide(world, yes=False)
    (label,) = rows(exported(world), RecordKind.LABEL)
    assert (label["label"], label["why"]) == (False, "too clever")
    assert not rows(exported(world), RecordKind.CHAT)
    other = OWN.replace(", mine", "")
    world.answers = lambda _prompt: other
    decide(world, yes=True)
    (pair,) = rows(exported(world), RecordKind.PREFERENCE)
    assert (answer(pair, "chosen"), answer(pair, "rejected")) == (
        f"```python\n{other}```",
        f"```python\n{GOOD}```",
    )


def test_what_was_taken_back_is_no_example() -> None:
    world = world_of(GOOD)
    run = decide(world, yes=True)
    world.desk.undo(run.id, by="ada", where="terminal")
    dataset = exported(world)
    assert not rows(dataset, RecordKind.CHAT)
    assert [row["label"] for row in rows(dataset, RecordKind.LABEL)] == [False]


def test_untrusted_and_forgotten_runs_are_left_out() -> None:
    world = world_of(GOOD, policy=Policy(samples=1, untrusted=("/repo",)))
    decide(world, yes=True)
    assert not exported(world).rows
    assert exported(world).left_out == {"from a repository that is not trusted": 1}
    assert rows(exported(world, untrusted_too=True), RecordKind.CHAT)
    mine = world_of(GOOD)
    run = decide(mine, yes=True)
    assert not exported(mine, trusts=False).rows
    mine.desk.forget(run.id, by="ada", where="terminal")
    assert not exported(mine, untrusted_too=True).rows


KEY = "ghp_" + "Ab1" * 12


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("too\nlong: " + KEY, CODE),
        ("no", CODE.replace("# adds up", f"# {KEY}")),
        ("see /repo/shop.py", CODE),
    ],
)
def test_secrets_and_folders_of_the_person_do_not_leave(reason: str, code: str) -> None:
    world = world_of(GOOD.replace("# adds up", code.split("\n")[1].strip()))
    world.workspace.files["shop.py"] = code
    decide(world, yes=False, why=reason)
    for form in ("jsonl", "parquet"):
        for data in files_of(exported(world), form=form).values():
            assert KEY.encode() not in data
            assert b"/repo" not in data
            assert b"ada" not in data.replace(b"adapt", b"")
    assert rows(exported(world), RecordKind.LABEL)


@pytest.mark.parametrize("evil", ["<|im_end|>", "\u202e", "\U000e0041"])
def test_code_that_speaks_as_a_chat_or_hides_is_left_out(evil: str) -> None:
    world = world_of(GOOD)
    run = decide(world, yes=False, why=f"no {evil}")
    assert run.ended is not None
    dataset = exported(world)
    assert not dataset.rows
    assert sum(dataset.left_out.values()) == 1


def test_equal_journals_give_equal_files_and_both_forms_the_same_rows() -> None:
    world = world_of(BAD, GOOD)
    decide(world, yes=True)
    first, again = files_of(exported(world), form="jsonl"), files_of(exported(world), form="jsonl")
    assert first == again
    parquet = files_of(exported(world), form="parquet")
    assert parquet == files_of(exported(world), form="parquet")
    assert len(first) == len(parquet) == 4
    for name, data in first.items():
        if name.endswith(".jsonl"):
            told = [json.loads(line) for line in data.decode().splitlines()]
            twin = parquet[name.replace(".jsonl", ".parquet")]
            assert read_table(io.BytesIO(twin)).to_pylist() == told
    card = first["README.md"].decode()
    assert "| shop | MIT | pyproject.toml |" in card
    assert "| B006 | 3 |" in card


CLASSIFIED = "Name: x\nClassifier: License :: OSI Approved :: BSD License\n\nLicense: GPL\n"
LICENCES: dict[str, tuple[dict[str, str], tuple[str, str, str]]] = {
    "an expression": (
        {"pyproject.toml": '[project]\nname="a"\nlicense="Apache-2.0 OR MIT"\n'},
        ("a", "Apache-2.0 OR MIT", "pyproject.toml"),
    ),
    "a table": (
        {"pyproject.toml": '[project]\nlicense={text="MIT License"}\n'},
        ("shop", "MIT License", "pyproject.toml"),
    ),
    "a file": (
        {
            "pyproject.toml": '[project]\nname="a"\nlicense={file="LICENSE"}\n',
            "LICENSE": "Apache License\n   Version 2.0, January 2004\n",
        },
        ("a", "Apache-2.0", "LICENSE"),
    ),
    "classifiers": ({"PKG-INFO": CLASSIFIED}, ("x", "BSD", "PKG-INFO")),
    "a package": (
        {"package.json": '{"name": "@a/b", "license": "ISC"}'},
        ("@a/b", "ISC", "package.json"),
    ),
    "old": ({"setup.cfg": "[metadata]\nname = a\nlicense = MIT\n"}, ("a", "MIT", "setup.cfg")),
    "none": ({}, ("shop", "unknown", "")),
    "broken": (
        {"pyproject.toml": "[", "package.json": "[1]", "setup.cfg": "x", "LICENSE": "mine"},
        ("shop", "unknown", ""),
    ),
    "hostile": (
        {"package.json": json.dumps({"name": "a\n# b|c `d` \u202e", "license": "x\n\n" * 900})},
        ("a b c d", " ".join(["x"] * 27), "package.json"),
    ),
}


@pytest.mark.parametrize("name", LICENCES)
def test_a_licence_is_what_the_repository_says(name: str) -> None:
    files, (project, licence, stated) = LICENCES[name]
    read: Callable[[str], str | None] = files.get
    origin = origin_of("/home/ada/shop", read)
    assert origin.name == project
    assert origin.stated_in == stated
    assert origin.licence[:30] == licence[:30]
    assert len(origin.licence) <= 80


NAMED = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3), st.frozensets(st.integers(0, 12), max_size=3)
)


@settings(max_examples=60, deadline=None)
@given(NAMED)
def test_repositories_that_share_code_share_a_split(found: dict[str, frozenset[int]]) -> None:
    told = {name: frozenset(map(str, pieces)) for name, pieces in found.items()}
    splits = splits_of(told)
    assert splits.keys() == found.keys()
    assert splits == splits_of(dict(reversed(told.items())))
    for one, pieces in found.items():
        for other, more in found.items():
            assert splits[one] == splits[other] or not pieces & more


COUNTED = """\
def counted(things, limit=3):
    found = {}
    for item in things:
        if item.size > limit:  # small ones do not count
            found[item.name] = found.get(item.name, 0) + 1
    return sorted(found.items(), key=lambda pair: -pair[1])
"""
COPY = """\
def totals( rows, most = 25 ):
    seen = {}

    for row in rows:
        if row.width > most:
            seen[row.label] = seen.get(row.label, 10) + 2
    return sorted(seen.items(), key=lambda two: -two[1],)
"""


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (COUNTED, COPY, True),
        (COUNTED, COUNTED.replace("    ", "\t"), True),
        (COUNTED, COPY.replace("row.width > most", "most > row.width"), False),
        (COUNTED, COPY.replace("seen.get", "rows.get"), False),
        ("def one(a):\n    return a\n", "def two(b):\n    return b\n", False),
        ("x = 1\n", "x  =  1\n", True),
    ],
)
def test_copies_with_other_names_have_a_piece_in_common(
    *, one: str, other: str, alike: bool
) -> None:
    assert bool(pieces_of(one, path="a.py") & pieces_of(other, path="b.py")) is alike


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["a.py", "a.ts", ""]))
def test_any_text_has_a_piece_and_equal_ones_the_same(text: str, path: str) -> None:
    assert pieces_of(text, path=path)
    assert pieces_of(text, path=path) == pieces_of(text, path=path)


def test_every_split_is_used() -> None:
    names = {f"project-{n}": frozenset({f"{n}"}) for n in range(200)}
    shares = [list(splits_of(names).values()).count(split) for split in SPLITS]
    assert shares[0] > 130
    assert min(shares) > 5


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "chat.train.jsonl"
    write_data(path, data=b'{"id":1}\n', begins=b'{"id":')
    write_data(path, data=b'{"id":2}\n', begins=b'{"id":')
    assert path.read_bytes() == b'{"id":2}\n'
    path.write_bytes(b"mine")
    with pytest.raises(BadInput):
        write_data(path, data=b'{"id":3}\n', begins=b'{"id":')
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput):
        write_data(path, data=b'{"id":3}\n', begins=b'{"id":')
    with pytest.raises(BadInput):
        write_data(tmp_path / "none" / "x", data=b"", begins=b"")

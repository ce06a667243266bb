"""Reading a tree finds its sources and never follows, blocks or leaves it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from playground.domain.errors import BadInput
from playground.security.reading import ReadingRules, read_text, read_tree

RULES = ReadingRules()


def _put(root: Path, path: str, content: str | bytes = "x = 1\n") -> Path:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.encode() if isinstance(content, str) else content)
    return target


def test_sources_are_read_and_other_files_are_not(tmp_path: Path) -> None:
    for path in ("a.py", "b/c.pyi", "b/d.txt", "pyproject.toml", "Makefile"):
        _put(tmp_path, path)
    reading = read_tree(tmp_path, rules=RULES)
    assert list(reading.files) == ["a.py", "b/c.pyi"]
    assert reading.skipped == ()


@pytest.mark.parametrize(
    "folder", [".git", ".venv", "venv", "node_modules", "__pycache__", "build", "dist", ".x"]
)
def test_installed_and_hidden_folders_are_left_out(tmp_path: Path, folder: str) -> None:
    _put(tmp_path, f"sub/{folder}/a.py")
    assert not read_tree(tmp_path, rules=RULES).files


def test_a_virtual_environment_of_any_name_is_left_out(tmp_path: Path) -> None:
    _put(tmp_path, "py311/pyvenv.cfg")
    _put(tmp_path, "py311/lib/a.py")
    assert not read_tree(tmp_path, rules=RULES).files


def test_links_are_named_and_never_followed(tmp_path: Path) -> None:
    outside = _put(tmp_path, "outside/secret.py", "KEY = 'hunter2'\n")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link.py").symlink_to(outside)
    (root / "folder").symlink_to(outside.parent)
    (root / "dead.py").symlink_to("nowhere")
    reading = read_tree(root, rules=RULES)
    assert not reading.files
    assert reading.skipped == (
        ("dead.py", "is a link"),
        ("folder", "is a link"),
        ("link.py", "is a link"),
    )


def test_hard_links_pipes_and_folders_with_a_sources_name_are_left_out(tmp_path: Path) -> None:
    outside = _put(tmp_path, "outside.py")
    root = tmp_path / "root"
    root.mkdir()
    os.link(outside, root / "hard.py")
    os.mkfifo(root / "pipe.py")
    (root / "folder.py").mkdir()
    reading = read_tree(root, rules=RULES)
    assert not reading.files
    assert dict(reading.skipped) == {
        "hard.py": "has several hard links",
        "pipe.py": "is not a regular file",
    }


def test_large_and_undecodable_files_are_named(tmp_path: Path) -> None:
    _put(tmp_path, "large.py", "x" * 101)
    _put(tmp_path, "latin.py", b"# \xe9\n")
    reading = read_tree(tmp_path, rules=ReadingRules(file_bytes_max=100))
    assert dict(reading.skipped) == {
        "large.py": "is larger than 100 bytes",
        "latin.py": "is not UTF-8 text",
    }


def test_the_whole_tree_is_bounded(tmp_path: Path) -> None:
    for number in range(5):
        _put(tmp_path, f"m{number}.py", "x" * 10)
    assert len(read_tree(tmp_path, rules=ReadingRules(files_max=3)).files) == 3
    assert len(read_tree(tmp_path, rules=ReadingRules(total_bytes_max=25)).files) == 2


@pytest.mark.parametrize("name", ["a\nb.py", "a*.py", "a\u202eb.py", "a\\b.py"])
def test_names_that_could_mislead_a_tool_are_left_out(tmp_path: Path, name: str) -> None:
    _put(tmp_path, name)
    reading = read_tree(tmp_path, rules=RULES)
    assert not reading.files
    assert len(reading.skipped) == 1
    assert reading.skipped[0][0].isprintable()


def test_bytes_of_the_text_survive(tmp_path: Path) -> None:
    text = "\ufeffx = 1\r\ny = '\x0c'\r\nz = 'é😀'"
    _put(tmp_path, "a.py", text)
    assert read_tree(tmp_path, rules=RULES).files["a.py"].text == text


def test_unchanged_files_are_taken_over_and_changed_ones_read_again(tmp_path: Path) -> None:
    _put(tmp_path, "a.py")
    target = _put(tmp_path, "b.py")
    first = read_tree(tmp_path, rules=RULES)
    target.write_text("x = 2\n")
    second = read_tree(tmp_path, rules=RULES, known=first)
    assert second.files["a.py"] is first.files["a.py"]
    assert second.files["b.py"].text == "x = 2\n"


def test_a_deep_tree_ends(tmp_path: Path) -> None:
    _put(tmp_path, "/".join(["d"] * 60) + "/a.py")
    reading = read_tree(tmp_path, rules=RULES)
    assert not reading.files
    assert reading.skipped[0][1] == "is too deep"


def test_a_root_that_is_no_folder_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        read_tree(tmp_path / "missing", rules=RULES)
    with pytest.raises(BadInput):
        read_tree(_put(tmp_path, "file.py"), rules=RULES)


def test_one_text_is_read_by_the_same_rules(tmp_path: Path) -> None:
    _put(tmp_path, "a.toml", "x = 1")
    (tmp_path / "b.toml").symlink_to(tmp_path / "a.toml")
    assert read_text(tmp_path, path="a.toml") == "x = 1"
    assert read_text(tmp_path, path="c.toml") is None
    with pytest.raises(BadInput):
        read_text(tmp_path, path="b.toml")


def test_sources_in_folders_that_are_left_out_are_named(tmp_path: Path) -> None:
    _put(tmp_path, "build/hidden.py")
    _put(tmp_path, "dist/deep/hidden.py")
    _put(tmp_path, "package/pyvenv.cfg")
    _put(tmp_path, "package/hidden.py")
    _put(tmp_path, "__pycache__/a.pyc")
    reading = read_tree(tmp_path, rules=RULES)
    assert not reading.files
    assert [path for path, _reason in reading.skipped] == ["build/", "dist/", "package/"]
    assert "pyvenv.cfg" in dict(reading.skipped)["package/"]


def test_a_path_that_is_too_long_for_a_copy_is_named(tmp_path: Path) -> None:
    folder = "/".join(["d" * 200] * 10)
    (tmp_path / folder).mkdir(parents=True)
    _put(tmp_path, "a.py")
    reading = read_tree(tmp_path, rules=RULES)
    assert list(reading.files) == ["a.py"]
    assert [reason for _path, reason in reading.skipped] == ["has too long a path"]


def test_a_stub_that_would_declare_names_for_all_files_is_not_read(tmp_path: Path) -> None:
    _put(tmp_path, "__builtins__.pyi")
    reading = read_tree(tmp_path, rules=RULES)
    assert not reading.files
    assert len(reading.skipped) == 1

"""A repository's settings are data: a few are understood, none can do harm."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from playground.analyzers.mirror.settings import SETTING_FILES, RepositorySettings, read_settings
from playground.analyzers.profile import Selection, selects


def test_useful_settings_are_understood() -> None:
    settings = read_settings(
        {
            "pyproject.toml": """
                [project]
                requires-python = ">=3.10"
                [tool.ruff]
                line-length = 120
                [tool.ruff.lint]
                select = ["E", "UP"]
                extend-select = ["D103"]
                ignore = ["E501"]
                per-file-ignores = {"tests/**" = ["S"], "*_gen.py" = ["ALL", "F401"]}
                [tool.pyright]
                typeCheckingMode = "strict"
                pythonPlatform = "Darwin"
                reportUnusedImport = "error"
                extraPaths = ["lib", "../outside", "/etc"]
            """
        }
    )
    assert settings.line_length == 120
    assert settings.python_minor == 10
    assert settings.selection == Selection(("E", "UP", "D103"), ("E501",))
    assert settings.platform == "Darwin"
    assert settings.pyright_mode == "strict"
    assert settings.pyright_rules == (("reportUnusedImport", "error"),)
    assert settings.extra_paths == ("lib",)
    assert settings.hides("E501", path="a.py")
    assert settings.hides("S101", path="tests/sub/test_a.py")
    assert settings.hides("F401", path="sub/x_gen.py")
    assert not settings.hides("SIM102", path="tests/test_a.py")
    assert not settings.hides("S101", path="src/a.py")


def test_settings_that_would_loosen_or_reach_out_are_not_read() -> None:
    settings = read_settings(
        {
            "ruff.toml": 'extend = "/etc/passwd"\ncache-dir = "/x"\n[lint]\nignore = ["ALL"]\n',
            "pyrightconfig.json": """{"ignore": ["**"], "exclude": ["**"], "venvPath": "/",
                "typeCheckingMode": "off", "extends": "/etc/passwd", "pythonPath": "/x",
                "reportOptionalMemberAccess": "none", "strict": ["**"]}""",
        }
    )
    assert settings == RepositorySettings()


def test_unreadable_files_are_noted_and_left_out() -> None:
    settings = read_settings({"ruff.toml": "= broken", "pyrightconfig.json": "[" * 100_000})
    assert [name for name, _reason in settings.notes] == ["ruff.toml", "pyrightconfig.json"]


@given(st.dictionaries(st.sampled_from(SETTING_FILES), st.text()))
def test_any_text_is_survived(files: dict[str, str]) -> None:
    read_settings(files)


_VALUES = st.recursive(
    st.one_of(st.integers(), st.booleans(), st.text(max_size=8), st.sampled_from(["ALL", "E5"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)
_KEYS = st.sampled_from(
    ["select", "ignore", "line-length", "lint", "per-file-ignores", "target-version"]
)


@given(st.dictionaries(_KEYS, _VALUES))
def test_values_of_any_shape_are_survived(table: dict[str, object]) -> None:
    text = repr(table).replace("'", '"').replace("True", "1").replace("False", "0")
    settings = read_settings({"pyrightconfig.json": text})
    assert settings.pyright_mode == ""


def test_selectors_name_whole_families() -> None:
    assert selects("S", "S113")
    assert not selects("S", "SIM102")
    assert not selects("B", "BLE001")
    assert selects("PL", "PLE0101")
    assert not selects("E", "ERA001")
    assert selects("E7", "E711")
    assert not selects("", "E711")
    assert selects("reportReturnType", "reportReturnType")


def test_the_longest_selector_decides_and_ignoring_wins_a_tie() -> None:
    selection = Selection(("ALL", "S101"), ("S", "D103"))
    assert selection.covers("E711")
    assert selection.covers("S101")
    assert not selection.covers("S102")
    assert not selection.covers("D103")
    assert not Selection(("S1",), ("S1",)).covers("S101")
    assert not Selection(()).covers("E711")

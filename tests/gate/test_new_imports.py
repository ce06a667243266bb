from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.analyzers.gate.imports import known_imports, objections
from playground.analyzers.gate.view import ChangeView

FILES = {
    "src/shop/__init__.py": "",
    "src/shop/prices.py": "import attrs_like_thing\n",
    "src/shop/deep/__init__.py": "",
    "src/shop/deep/leaf.py": "from numpy.linalg import norm\n",
    "tools/run.py": "import os.path, yaml as y\n",
    "broken.py": "import half_known\ndef f(:\n",
}
MANIFESTS = {
    "pyproject.toml": """
[build-system]
requires = ["hatchling"]
[project]
name = "shop-tool"
dependencies = ["httpx2>=2", "python-dateutil", "Pillow ; python_version > '3'", "ruamel.yaml"]
[project.optional-dependencies]
fast = ["orjson"]
[dependency-groups]
dev = ["pytest", {include-group = "lint"}]
[tool.poetry.dependencies]
python = "^3.11"
beautifulsoup4 = "*"
""",
    "requirements/dev.txt": "# comment\n-r base.txt\nscikit-learn==1.0 --hash=x\ngit+https://x#egg=eggs\n",
    "setup.cfg": (
        "[options]\ninstall_requires =\n    PyYAML\n    attrs\n"
        "[options.extras_require]\nx =\n    lxml\n"
    ),
    "broken.toml": "= =",
}
KNOWN = known_imports(FILES, MANIFESTS)


def codes(after: str, *, before: str = "", path: str = "src/shop/prices.py") -> list[str]:
    return [o.code for o in objections(ChangeView(path, before, after), KNOWN)]


@pytest.mark.parametrize(
    "line",
    [
        "import contextlib",
        "import os.path",
        "from __future__ import annotations",
        "import httpx2",
        "import dateutil.parser",
        "from PIL import Image",
        "import orjson",
        "import pytest",
        "import bs4",
        "import sklearn.svm",
        "import eggs",
        "import yaml",
        "import attr",
        "import lxml.etree",
        "import numpy as np",
        "import half_known",
        "import shop",
        "from shop import prices",
        "from shop.deep.leaf import x",
        "from . import deep",
        "from .deep import leaf",
        "from .deep.leaf import x",
        "import ruamel.yaml",
        "from tools import run",
        "from typing_extensions import override",
    ],
)
def test_known_imports_pass(line: str) -> None:
    assert codes(line + "\n") == []


@pytest.mark.parametrize(
    "line",
    [
        "import flask_easy_login",
        "from huggingface_clix import go",
        "import requests",
        "from shop.utils import x",
        "import shop.missing",
        "from .missing import x",
        "from .deep.missing import x",
        "from ....above import x",
        "def f():\n    import not_there",
    ],
)
def test_made_up_imports_do_not(line: str) -> None:
    assert codes(line + "\n") == ["import-unresolvable"]


def test_what_was_imported_before_stays() -> None:
    assert codes("import made_up\nx = 1\n", before="import made_up\n") == []


def test_relative_imports_in_a_package_file() -> None:
    assert codes("from . import leaf\n", path="src/shop/deep/__init__.py") == []
    assert codes("from ..prices import x\n", path="src/shop/deep/leaf.py") == []
    assert codes("from ..nothing import x\n", path="src/shop/deep/leaf.py") != []


@given(
    st.text(max_size=200),
    st.sampled_from(["pyproject.toml", "requirements.txt", "setup.cfg", "Pipfile"]),
)
def test_manifests_never_raise(text: str, path: str) -> None:
    known_imports({"a.py": text}, {path: text})

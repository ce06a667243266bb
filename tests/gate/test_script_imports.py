"""Which modules a script may import: files, what is declared, what node brings, nothing made up."""

from __future__ import annotations

import pytest

from playground.analyzers.gate.javascript.resolving import known_modules, objections

TEXTS = {
    "src/a.ts": 'import x from "lodash/fp";\nconst y = require("@scope/pkg/deep");\n',
    "src/lib/index.ts": "",
    "src/view.tsx": "",
    "src/x.py": 'from "python"\n',
}
OPTIONS = '{"paths": {"@app/*": ["./src/*"]}}'
KNOWN = known_modules(TEXTS, declared=["react", "@types/estree"], options=OPTIONS)


@pytest.mark.parametrize(
    "name",
    [
        "./lib", "./lib/index.js", "./view", "./view.jsx", "../src/a.js", "./style.css",
        "./data.json", "react", "react/jsx-runtime", "lodash", "@scope/pkg", "estree", "fs",
        "fs/promises", "node:test", "#inner", "@app/a",
    ],
)  # fmt: skip
def test_what_is_there_may_be_imported(name: str) -> None:
    assert objections([name], path="src/b.ts", known=KNOWN) == []


@pytest.mark.parametrize(
    "name",
    [
        "./missing",
        "./lib/other.js",
        "../../a",
        "left-padd",
        "@scope/other",
        "node:magic",
        "test",
        "python",
    ],
)
def test_what_is_made_up_may_not(name: str) -> None:
    found = objections([name], path="src/b.ts", known=KNOWN)
    assert [o.code for o in found] == ["import-unresolvable"]

"""Which scripts a change may reach."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from playground.analyzers.mirror import importers


def test_relative_imports_are_resolved_as_the_compiler_does() -> None:
    texts = {
        "src/a.ts": "export const a = 1;",
        "src/b.ts": "import { a } from './a.js';",
        "src/deep/c.tsx": "const a = require('../a');",
        "src/d.mts": "const a = await import('./a.mjs');",
        "src/e.ts": "export type { A } from './a';",
        "other/a.ts": "export const a = 2;",
        "other/b.ts": "import { a } from './a';",
        "src/f.ts": "const from = './b';",
    }
    assert importers(["src/a.ts"], texts=texts) == (
        "src/b.ts",
        "src/d.mts",
        "src/deep/c.tsx",
        "src/e.ts",
    )


def test_an_index_stands_for_its_folder_and_passes_on_what_it_exports_again() -> None:
    texts = {
        "lib/index.ts": "export * from './price';",
        "lib/price.ts": "export const price = 1;",
        "app.ts": "import { price } from './lib';",
        "page.ts": "import './app';",
    }
    assert importers(["lib/price.ts"], texts=texts) == ("app.ts", "lib/index.ts")


def test_aliases_are_matched_by_what_follows_them() -> None:
    texts = {
        "src/lib/price.ts": "export const price = 1;",
        "src/a.ts": "import { price } from '@/lib/price';",
        "src/b.ts": "import { price } from '~/lib/price.js';",
        "src/c.ts": "import { price } from 'lib/price';",
        "src/d.ts": "import { price } from 'price-list';",
    }
    assert importers(["src/lib/price.ts"], texts=texts) == ("src/a.ts", "src/b.ts", "src/c.ts")


def test_a_deleted_file_still_has_importers() -> None:
    assert importers(["a.ts"], texts={"b.ts": "import './a';"}) == ("b.ts",)


def test_declarations_that_hold_everywhere_reach_every_script() -> None:
    texts = {"types/env.d.ts": "declare const VERSION: string;\n", "a.ts": "VERSION;", "b.py": ""}
    assert importers(["types/env.d.ts"], texts=texts) == ("a.ts",)
    module = {"types.d.ts": "export declare const VERSION: string;\n", "a.ts": "VERSION;"}
    assert importers(["types.d.ts"], texts=module) == ()


def test_python_and_scripts_reach_only_their_own_kind() -> None:
    texts = {"a.py": "x = 1", "b.py": "import a", "a.ts": "export {};", "b.ts": "import './a'"}
    assert importers(["a.py"], texts=texts) == ("b.py",)
    assert importers(["a.ts"], texts=texts) == ("b.ts",)


@given(st.text(alphabet="export import{}*from'\"./a`(\n ", max_size=400))
def test_any_text_has_an_answer_that_names_scripts_alone(text: str) -> None:
    found = importers(["a.ts"], texts={"a.ts": "", "b.ts": text, "c.py": ""})
    assert set(found) <= {"b.ts"}


def test_long_lines_of_look_alikes_take_no_time() -> None:
    texts = {
        f"{n}.ts": piece * 40_000
        for n, piece in enumerate(("export {", "import ", "from ' ", "require( ", "export * "))
    }
    began = time.monotonic()
    importers(["a.ts"], texts=texts)
    assert time.monotonic() - began < 20

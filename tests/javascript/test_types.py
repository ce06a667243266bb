"""TypeScript on the real worker: overlays, settings that are data, silence that is none."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from script_world import mirrored, places, put, rules_at, typing

from playground.analyzers.mirror import Snapshots
from playground.analyzers.typescript import TypeScriptAnalyzer
from playground.domain.verdicts import CheckStatus
from playground.security.reading import ReadingRules

# One worker starts what the tests of this file share.
pytestmark = pytest.mark.xdist_group("typescript")

SHOP = {
    "src/price.ts": (
        "export interface Price {\n  cents: number;\n}\nexport const zero: Price = { cents: 0 };\n"
    ),
    "src/cart.ts": (
        "import { zero, type Price } from './price';\n"
        "export class Cart {\n"
        "  prices: Price[] = [];\n"
        "  total(): number {\n"
        "    return this.prices.reduce((sum, p) => sum + p.cents, zero.cents);\n"
        "  }\n"
        "}\n"
    ),
    "src/page.ts": (
        "import { Cart } from './cart';\nexport const text: string = `${new Cart().total()}`;\n"
    ),
    "tsconfig.json": '{"compilerOptions": {"strict": true, "module": "esnext"}}',
}


@pytest.fixture(scope="module", name="types")
def _types(tmp_path_factory: pytest.TempPathFactory) -> Generator[TypeScriptAnalyzer]:
    with typing(tmp_path_factory.mktemp("typescript")) as analyzer:
        yield analyzer


@pytest.mark.slow
def test_two_files_at_once_with_a_new_and_a_deleted_module_and_back(
    types: TypeScriptAnalyzer, tmp_path: Path
) -> None:
    with mirrored(tmp_path, SHOP) as base:
        paths = base.paths
        assert types.check(base, paths=paths).findings == ()
        new = "export const tax: string = '19';\n"
        moved = {
            "src/tax.ts": new,
            "src/cart.ts": SHOP["src/cart.ts"]
            .replace("zero.cents", "tax")
            .replace("import", "import { tax } from './tax';\nimport", 1),
        }
        both = base.over(moved)
        check = types.check(both, paths=both.paths)
        assert check.status is CheckStatus.OK
        assert rules_at(check.findings) == {("src/cart.ts", "TS2769")} or rules_at(
            check.findings
        ) == {("src/cart.ts", "TS2322")}
        assert check.findings[0].symbol == "Cart.total"
        gone = base.over({"src/price.ts": None})
        assert rules_at(types.check(gone, paths=gone.paths).findings) == {("src/cart.ts", "TS2307")}
        changed = base.over({"src/price.ts": SHOP["src/price.ts"].replace("cents", "pence")})
        found = types.check(changed, paths=["src/cart.ts", "src/price.ts"]).findings
        assert ("src/cart.ts", "TS2339") in rules_at(found)
        assert types.check(base, paths=paths).findings == ()


@pytest.mark.slow
def test_settings_that_describe_the_code_count_and_no_others(
    types: TypeScriptAnalyzer, tmp_path: Path
) -> None:
    files = {
        "src/a.ts": "import { b } from '@lib/b';\nexport function f(x) { return b + x; }\n",
        "src/lib/b.ts": "export const b = 1;\n",
        "base.json": '{"compilerOptions": {"strict": true}}',
        "tsconfig.json": (
            '{ // comments and last commas are allowed\n "extends": "./base.json",\n'
            ' "exclude": ["src/a.ts"], "compilerOptions": {"noCheck": true, "noLib": true,\n'
            ' "baseUrl": ".", "paths": {"@lib/*": ["src/lib/*"]}, "outDir": "/tmp/out",\n'
            ' "plugins": [{"name": "./evil"}], "typeRoots": ["/etc"],},}'
        ),
    }
    with mirrored(tmp_path, files) as mirror:
        found = types.check(mirror, paths=mirror.paths).findings
    assert rules_at(found) == {("src/a.ts", "TS7006")}


@pytest.mark.slow
def test_configuration_that_leads_out_of_the_tree_is_not_read(
    types: TypeScriptAnalyzer, tmp_path: Path
) -> None:
    (tmp_path / "outside.json").write_text('{"compilerOptions": {"strict": false}}')
    files = {
        "a.ts": "export function f(x) { return x; }\n",
        "tsconfig.json": '{"extends": ["/etc/passwd", "../outside.json", "./link.json"],'
        ' "compilerOptions": {"paths": {"x": ["../../etc/x"]}, "baseUrl": "../.."}}',
    }
    put(tmp_path / "repo", files)
    (tmp_path / "repo/link.json").symlink_to(tmp_path / "outside.json")
    settings = Snapshots(ReadingRules()).take(tmp_path / "repo").settings.javascript
    assert settings.options == "{}"
    assert [note[0] for note in settings.notes] == ["link.json"]
    with mirrored(tmp_path, files) as mirror:
        assert rules_at(types.check(mirror, paths=["a.ts"]).findings) == {("a.ts", "TS7006")}


@pytest.mark.slow
def test_nothing_in_a_file_silences_the_compiler(types: TypeScriptAnalyzer, tmp_path: Path) -> None:
    wrong = "const n: number = 'text';\n"
    files = {
        "a.ts": f"// @ts-nocheck\n{wrong}export {{}};\n",
        "b.ts": f"// @ts-ignore\n{wrong}export {{}};\n",
        "c.ts": f"/* @ts-expect-error */ {wrong}export {{}};\n",
        "d.ts": "// @ts-expect-error: nothing is wrong here\nexport const fine = 1;\n",
    }
    with mirrored(tmp_path, files) as mirror:
        overlaid = mirror.over(files)
        found = types.check(overlaid, paths=[*files]).findings
    assert rules_at(found) == {(path, "TS2322") for path in ("a.ts", "b.ts", "c.ts")}


@pytest.mark.slow
def test_lines_and_columns_are_ours_whatever_the_text(
    types: TypeScriptAnalyzer, tmp_path: Path
) -> None:
    line = "/* 😀é */ const n: number = 'text';"
    texts = {
        "crlf.ts": f"export {{}};\r\n{line}\r\n",
        "cr.ts": f"export {{}};\r// one of our lines\n{line}\n",
        "bom.ts": f"\ufeffexport {{}};\n{line}\n",
        "separator.ts": f"export {{}};\u2028\n{line}\n",
        "first.ts": f"\ufeff{line} export {{}};\n",
    }
    with mirrored(tmp_path, {"z.ts": "export {};\n"}) as mirror:
        overlaid = mirror.over(texts)
        found = {f.path: f for f in types.check(overlaid, paths=[*texts]).findings}
    assert set(found) == set(texts)
    for path, text in texts.items():
        span = found[path].span
        lines = text.split("\n")
        assert lines[span.start_line - 1][span.start_column - 1 :].startswith("n: number"), path
        assert span.end_column == span.start_column + 1


@pytest.mark.slow
def test_packages_that_are_not_installed_say_nothing_about_the_code(
    types: TypeScriptAnalyzer, tmp_path: Path
) -> None:
    files = {
        "a.ts": (
            "import express from 'express';\nimport fs from 'node:fs';\n"
            "import { x } from './none';\n"
            "import undeclared from 'undeclared';\nimport css from './a.module.css';\n"
            "const app = express();\n"
            "app.get('/', (from, to) => to.send(fs.readFileSync(process.argv[2] + from)));\n"
            "export const wrong: number = 'text' + x + undeclared + css;\n"
        ),
        "tsconfig.json": '{"compilerOptions": {"strict": true}}',
        "package.json": '{"dependencies": {"express": "^5"}, "devDependencies": {}}',
    }
    with mirrored(tmp_path, files) as mirror:
        found = types.check(mirror, paths=["a.ts"]).findings
    assert [(f.rule, f.span.start_line) for f in found] == [
        ("TS2307", 3),
        ("TS2307", 4),
        ("TS2322", 8),
    ]


@pytest.mark.slow
def test_declarations_of_installed_packages_are_read_as_data_and_never_through_links(
    types: TypeScriptAnalyzer, tmp_path: Path
) -> None:
    files = {
        "a.ts": (
            "import { size } from 'sized';\nimport { deep } from 'deep';\n"
            "import { l } from 'linked';\nexport const a: string = size;\n"
            "export const b: string = deep;\nexport const c: string = l;\n"
        ),
        "package.json": '{"dependencies": {"sized": "1", "linked": "1", "deep": "1", "../x": "1"}}',
        "node_modules/sized/package.json": '{"types": "dist/index.d.ts"}',
        "node_modules/sized/dist/index.d.ts": "export declare const size: number;\n",
        "node_modules/deep/package.json": '{"dependencies": {"needed": "1"}}',
        "node_modules/deep/index.d.ts": "export { deep } from 'needed';\n",
        "node_modules/needed/index.d.ts": "export declare const deep: boolean;\n",
        "node_modules/unwanted/index.d.ts": "declare global { const UNWANTED: 1 }\nexport {};\n",
    }
    put(tmp_path / "outside", {"index.d.ts": "export declare const l: number;\n"})
    put(tmp_path / "repo", files)
    (tmp_path / "repo/node_modules/linked").symlink_to(tmp_path / "outside")
    with mirrored(tmp_path, files) as mirror:
        found = types.check(mirror, paths=["a.ts"]).findings
    assert [f.message.partition(" is ")[0] for f in found] == ["Type 'number'", "Type 'boolean'"]


@pytest.mark.slow
def test_importers_are_checked_when_what_they_see_changes_and_their_findings_stay_otherwise(
    types: TypeScriptAnalyzer, tmp_path: Path
) -> None:
    wrong = "import { f } from './a';\nconst n: number = 'text';\nexport const s: string = f();\n"
    files = {
        "a.ts": "export function f() { return 'text'; }\n",
        "b.ts": wrong,
        "c.ts": "import { s } from './b';\nexport const again: string = s;\n",
    }
    with mirrored(tmp_path, files) as base:

        def found(a: str) -> list[tuple[str, str, int]]:
            after = base.over({"a.ts": a})
            check = types.check(after, paths=["a.ts", "b.ts"])
            assert check.status is CheckStatus.OK
            return [(f.path, f.rule, f.span.start_line) for f in check.findings]

        stays = ("b.ts", "TS2322", 2)
        body = "export function f() { const n: number = 'x'; return 'text' + n; }\n"
        for _known in (False, True):
            assert found(body) == [("a.ts", "TS2322", 1), stays]
            assert found("export function f() { return 1; }\n") == [stays, ("b.ts", "TS2322", 3)]
            assert found("export function g() {}\n") == [("b.ts", "TS2305", 1), stays]
            assert len(types.check(base, paths=base.paths).findings) == 1


@pytest.mark.slow
def test_a_body_whose_result_is_written_down_reaches_importers_by_what_it_assigns(
    types: TypeScriptAnalyzer, tmp_path: Path
) -> None:
    head = "let state: string | number = 'a';\nstate = 'b';\nexport const read = () => state;\n"
    files = {
        "a.ts": head + "export function reset(): void {}\n",
        "b.ts": "import { read } from './a';\nexport const s: string = read();\n",
    }
    with mirrored(tmp_path, files) as base:

        def found(body: str) -> list[tuple[str, str]]:
            after = base.over({"a.ts": f"{head}export function reset(): void {{{body}}}\n"})
            check = types.check(after, paths=["a.ts", "b.ts"])
            assert check.status is CheckStatus.OK
            return [(f.path, f.rule) for f in check.findings]

        for _known in (False, True):
            assert found(" const n: string = 1; ") == [("a.ts", "TS2322")]
            assert found(" state = 1; ") == [("b.ts", "TS2322")]
            assert found(" [state] = [1]; ") == [("b.ts", "TS2322")]
            assert types.check(base, paths=base.paths).findings == ()


@pytest.mark.slow
def test_warm_is_cold_on_random_edits(types: TypeScriptAnalyzer, tmp_path: Path) -> None:
    chance = random.Random(7)
    words = ["cents", "zero", "number", "string", "Cart", "prices", "export", "reduce", "0"]
    with mirrored(tmp_path, SHOP) as base, typing(tmp_path / "cold") as cold:
        for _round in range(8):
            edits: dict[str, str | None] = {}
            for path in chance.sample(["src/price.ts", "src/cart.ts", "src/page.ts"], 2):
                old, new = chance.choice(words), chance.choice(words)
                edits[path] = SHOP[path].replace(old, new)
            if chance.random() < 0.3:
                edits["src/price.ts"] = None
            if chance.random() < 0.3:
                edits["src/new.ts"] = "export const zero = 1;\n"
            after = base.over(edits)
            warm = types.check(after, paths=after.paths)
            fresh = cold.check(after, paths=after.paths)
            cold.close()
            assert (warm.status, fresh.status) == (CheckStatus.OK, CheckStatus.OK)
            assert places(warm.findings) == places(fresh.findings), edits
        assert types.check(base, paths=base.paths).findings == ()


@pytest.mark.slow
def test_a_worker_that_dies_or_hangs_is_no_answer_and_the_next_question_is_answered(
    tmp_path: Path,
) -> None:
    others = _workers_of_ours()
    with typing(tmp_path, timeout_s=30) as types, mirrored(tmp_path, SHOP) as mirror:
        wrong = mirror.over({"src/price.ts": "export const zero = 1;\n"})
        assert types.check(mirror, paths=mirror.paths).status is CheckStatus.OK
        (pid,) = _workers_of_ours() - others
        os.kill(pid, signal.SIGSTOP)
        threading.Timer(0.5, os.kill, (pid, signal.SIGKILL)).start()
        died = types.check(wrong, paths=["src/cart.ts"])
        assert died.status is CheckStatus.CRASHED
        assert died.detail
        assert types.check(wrong, paths=["src/cart.ts"]).findings
        (pid,) = _workers_of_ours() - others
        os.kill(pid, signal.SIGSTOP)
        types.close()
        deadline = time.monotonic() + 60
        while _workers_of_ours() - others and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not _workers_of_ours() - others


def _workers_of_ours() -> set[int]:
    found: set[int] = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                line = (folder / "cmdline").read_bytes()
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if b"worker.cjs" in line and int(parent) == os.getpid():
                found.add(int(folder.name))
    return found

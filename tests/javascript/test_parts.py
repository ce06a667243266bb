"""What is found by looking at the changed functions alone is what is found in whole files."""

from __future__ import annotations

import random
import re
from collections.abc import Generator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from script_world import linting, mirrored, places, typing

from playground.analyzers.eslint import EslintAnalyzer
from playground.analyzers.typescript import TypeScriptAnalyzer
from playground.domain.findings import Finding
from playground.domain.ports import Mirror
from playground.domain.verdicts import CheckStatus

SHOP = """\
import fs, { readFileSync } from 'node:fs';
import type { Price, Rate } from './price';
import { zero } from './price';

export const wrong: string = 1;
let state: string | number = 'a';
let unused = 0;
const limits = new Map<string, number>();

export type Label = string;
export function plain(text: Label): Label {
  return text.trim();
}

// What is left of it.
export function load(path: string): string {
  const text = readFileSync(path, 'utf8');
  return text == null ? '' : text;
}

function rate(prices: Price[]) {
  let sum = zero.cents;
  for (const price of prices) sum += price.cents;
  return sum;
}

function again(count: number): number {
  return count > 0 ? again(count - 1) : 0;
}
type Deep = { inside: Deep; of: Rate };
let going = true;
function stop(): void {
  going = false;
}
export async function wait(): Promise<void> {
  while (going) stop();
  await Promise.resolve(RATES.two);
}
export const RATES: Record<string, Rate | number> = { one: 1, two: limits.size };
export const first = plain('first'), second = RATES.one;
export const third = {
  load(path: string): string {
    const never = 1;
    return first + load(path);
  },
  other: (text: string) => {
    return text == null ? second : third.load(text);
  },
};

export const half = (prices: Price[]) => {
  const rates: Rate[] = [];
  const value: number = rate(prices) / 2;
  return { value, rates };
};

export class Cart {
  prices: Price[] = [];
  #seen = 0;
  private last = 0;
  private never = 0;
  static made = 0;
  constructor(readonly name: string) {
    Cart.made += 1;
  }
  get total() {
    return rate(this.prices);
  }
  add(price: Price): void {
    this.#seen += price.cents;
    this.prices.push(price);
    limits.set(this.name, this.total);
  }
  first(): Price {
    if (this.#seen > this.last) this.last = this.#seen;
    const found = this.prices.find((price) => price.cents > 0);
    return found;
  }
}

export function reset(): void {
  state = 'b';
  if (limits.size == 0) throw new Error(String(state));
}

export function later(cart: Cart): number {
  const text: string = half(cart.prices).value;
  try {
    return fs.statSync(text).size;
  } catch (error) {
    return cart.total;
  }
}

describe('later', () => {
  it('is a number', () => {
    const found: number = half([]).value;
    if (found) debugger;
  });
});
"""
DEPOT = """\
export class Depot {
  private readonly boxes: string[] = [];
  private limit = 3;
  private never = 0;
  private counted = 0;
  private aliased = 0;
  private taken = 0;
  private named = 0;
  private viaOther = 0;
  #hash = 1;
  #dead = 2;
  static #shared = 0;
  private get size(): number {
    return this.boxes.length;
  }
  private set size(value: number) {
    this.boxes.length = value;
  }
  constructor(private readonly label: string, private spare: number) {
    this.counted = 1;
  }
  add(box: string): number {
    if (box == null) return 0;
    this.boxes.push(box);
    this.counted++;
    const found = this.limit > 2 ? this.label : '';
    return found.length;
  }
  private helper(): void {
    this.counted = 2;
    console.log(this.viaArrow());
  }
  private viaArrow = () => {
    this.counted += 1;
    return this.limit;
  };
  alias(): number {
    const self = this;
    self.aliased = 1;
    return self.aliased;
  }
  both(): number {
    const { limit, counted = 1 } = this;
    return limit + counted;
  }
  take(): number {
    const { taken, named: other } = this;
    return taken + other;
  }
  typed(other: Depot): number {
    return other.viaOther + [1].map(function (this: Depot) { return this.limit; }).length;
  }
  hashes(): number {
    this.#hash = 4;
    return Depot.#shared + (#dead in this ? 1 : 0);
  }
  run(): void {
    const later = () => { this.helper(); };
    later();
    [this.counted] = [2];
    for (this.taken of [1, 2]) console.log('x');
    this.size = 3;
    let spare = 1;
    debugger;
  }
}
export default class {
  private one = 1;
  two(): number {
    return this['one'];
  }
  three(): void {
    console.log(1 == null);
  }
}
export const desk = {
  limit: 1,
  open() {
    const never = 1;
    return this.limit;
  },
  shut: () => {
    debugger;
  },
};
"""
PRICE = (
    "export interface Price {\n  cents: number;\n}\nexport type Rate = [Price, any];\n"
    "export const zero: Price = { cents: 0 };\n"
)
USER = "import { half, load } from './shop';\nexport const n: number = half([]).value + load('');\n"
FILES = {
    "src/shop.ts": SHOP,
    "src/depot.ts": DEPOT,
    "src/price.ts": PRICE,
    "src/user.ts": USER,
}
PATHS = [*FILES]


@pytest.fixture(scope="module", name="tools")
def _tools(
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[tuple[Mirror, EslintAnalyzer, TypeScriptAnalyzer]]:
    folder = tmp_path_factory.mktemp("parts")
    with ExitStack() as stack:
        base = stack.enter_context(mirrored(folder, FILES))
        eslint = stack.enter_context(linting(folder))
        yield base, eslint, stack.enter_context(typing(folder))


Tools = tuple[Mirror, EslintAnalyzer, TypeScriptAnalyzer]
Linting = tuple[Mirror, EslintAnalyzer]


def _same(tools: Tools | Linting, edits: Mapping[str, str]) -> set[tuple[str, str, int]]:
    """Returns what both analyzers find, the same in parts as in whole files."""
    base, *analyzers = tools
    after = base.over(edits)
    found: set[tuple[str, str, int]] = set()
    analyzer: EslintAnalyzer | TypeScriptAnalyzer
    for analyzer in analyzers:
        parts = analyzer.check_parts(after, paths=PATHS)
        whole = analyzer.check(after, paths=PATHS)
        assert (parts.status, whole.status) == (CheckStatus.OK, CheckStatus.OK)
        assert _sorted(parts.findings) == _sorted(whole.findings), edits
        found |= {(f.path, f.rule, f.span.start_line) for f in whole.findings}
    return found


def _sorted(findings: tuple[Finding, ...]) -> list[str]:
    return sorted(map(repr, places(findings)))


@pytest.mark.parametrize(
    ("old", "new", "brings"),
    [
        ("text == null ? '' : text", "text ?? ''", set[tuple[str, str]]()),
        ("return found;", "return found as any;", {("src/shop.ts", "no-explicit-any")}),
        ("return { value, rates }", "return { value: '', rates }", {("src/shop.ts", "TS2322")}),
        ("return sum;", "return String(sum);", {("src/shop.ts", "TS2362")}),
        ("readFileSync(path, 'utf8')", "path", {("src/shop.ts", "no-unused-vars")}),
        ("state = 'b';", "state = limits.size;", set[tuple[str, str]]()),
        ("limits.size == 0", "unused == 0", set[tuple[str, str]]()),
        ("Cart.made += 1;", "Cart.made = 'a';", {("src/shop.ts", "TS2322")}),
        ("return text ==", "return text ==(", {("src/shop.ts", "syntax")}),
    ],
)
@pytest.mark.slow
def test_what_a_function_says_to_the_code_around_it_is_seen(
    tools: Tools, old: str, new: str, brings: set[tuple[str, str]]
) -> None:
    assert old in SHOP
    before = _same(tools, {})
    after = _same(tools, {"src/shop.ts": SHOP.replace(old, new)})
    added = {(path, rule.rpartition("/")[2]) for path, rule, _line in after - before}
    assert brings <= added


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_random_edits_inside_of_functions(tools: Tools, seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(25):
        _same(tools, {"src/shop.ts": _edited(draw)})


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_random_edits_of_members_that_use_each_other(tools: Tools, seed: int) -> None:
    base, eslint, _types = tools
    draw = random.Random(seed)
    for _ in range(40):
        _same((base, eslint), {"src/depot.ts": _edited(draw, DEPOT)})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "unused"),
    [
        ("this.helper();", "", {"helper"}),
        ("this.boxes.push(box);", "", set[str]()),
        ("? this.label : ''", "? '' : ''", {"label"}),
        ("return Depot.#shared + (", "return (", {"#shared"}),
        ("return this['one'];", "return 1;", {"one"}),
        ("debugger;", "console.log(this.never, this.#hash);", set[str]()),
    ],
)
def test_members_that_a_change_leaves_unused_are_found(
    tools: Tools, old: str, new: str, unused: set[str]
) -> None:
    base, eslint, _types = tools
    assert old in DEPOT
    _same((base, eslint), {"src/depot.ts": DEPOT.replace(old, new, 1)})
    over = base.over({"src/depot.ts": DEPOT.replace(old, new, 1)})
    before, after = (
        {f.message.split("'")[1] for f in check.findings if "private-class" in f.rule}
        for check in (
            eslint.check(base, paths=["src/depot.ts"]),
            eslint.check_parts(over, paths=["src/depot.ts"]),
        )
    )
    assert after - before == unused


def _edited(draw: random.Random, text: str = SHOP) -> str:
    words = sorted({*re.findall(r"\b[a-zA-Z]{3,}\b", text)})
    lines: list[str] = [*text.split("\n")]
    inside = [n for n, line in enumerate(lines) if line.startswith("  ")]
    for number in sorted(draw.sample(inside, k=draw.choice((1, 1, 2))), reverse=True):
        line = lines[number]
        kind = draw.randrange(4)
        if kind == 0:
            del lines[number]
        elif kind == 1:
            lines.insert(number, f"    {draw.choice(words)} = {draw.choice(words)};")
        elif kind == 2:
            lines.insert(number, f"    const {draw.choice(words)} = {draw.choice(words)};")
        else:
            old = draw.choice(re.findall(r"\w+", line) or [line])
            lines[number] = line.replace(old, draw.choice(words), 1)
    return "\n".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize("use", ["plain", "pl\\u0061in", "pl\\u{000000061}in", "'\\ud800'"])
def test_what_nothing_names_is_left_out_and_escapes_are_names(tools: Tools, use: str) -> None:
    base, eslint, _types = tools
    for new in (f"const plain = {use}; return sum;", f"{use} = sum; return sum;"):
        _same((base, eslint), {"src/shop.ts": SHOP.replace("return sum;", new)})


@pytest.mark.slow
def test_an_answer_depends_on_nothing_that_was_asked_before(tools: Tools, tmp_path: Path) -> None:
    base, *warm = tools
    draw = random.Random(11)
    edits = [{}, *({"src/shop.ts": _edited(draw)} for _ in range(8))]
    edits.append({"src/price.ts": PRICE.replace("cents: number", "cents: string")})
    with linting(tmp_path) as eslint, typing(tmp_path) as typescript:
        for analyzer, new in zip(warm, (eslint, typescript), strict=True):
            expected = [_sorted(new.check(base.over(e), paths=PATHS).findings) for e in edits]
            for _ in range(2):
                order = draw.sample(range(len(edits)), k=len(edits))
                for number in order:
                    over = base.over(edits[number])
                    analyzer.check_parts(over, paths=PATHS)
                    for check in (analyzer.check, analyzer.check, analyzer.check_parts):
                        answer = check(over, paths=PATHS)
                        assert answer.status is CheckStatus.OK
                        assert _sorted(answer.findings) == expected[number]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["load", "later", "Cart", "again", "going", "RATES", "third"])
def test_what_is_exported_or_used_elsewhere_stays_so(tools: Tools, name: str) -> None:
    """Uses of a name by functions that are left short count as they did."""
    for old in ("limits.size == 0", "prices.find((price) => price.cents > 0)", "return sum;"):
        _same(tools, {"src/shop.ts": SHOP.replace(old, f"{name} == null; {old}")})
        _same(tools, {"src/shop.ts": SHOP.replace(old, f"const {name} = 1; {old}")})

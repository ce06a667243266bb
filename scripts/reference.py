#!/usr/bin/env python3
"""Makes the pages of docs/reference/ from the code, so that they cannot say anything else.

scripts/reference.py                write the pages
scripts/reference.py --check        change nothing; fail when a page differs from the code

Start it with the environment's own Python: .venv/bin/python scripts/reference.py
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import inspect
import json
import sys
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import cast

from playground.config.schema import Config
from playground.config.settings import SECTIONS
from playground.config.tightening import TIGHTENABLE, Way
from playground.config.validation import packaged_layer
from playground.domain import campaigns, errors, events
from playground.domain.errors import PlaygroundError
from playground.plugins import adapters, load

REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "reference"
MADE = "<!-- Made by scripts/reference.py; change the code and run it again. -->"
COMMANDS = "playground.surfaces.commands"

WAYS = {
    Way.SMALLER: "smaller",
    Way.ADDED: "add entries",
    Way.FEWER: "remove entries",
    Way.OFF: "switch off",
    Way.STRICTER: "stricter",
}

GLOBAL = """\
| argument | meaning |
| --- | --- |
| `--set KEY=VALUE` | a setting for this command alone; may be given again |
| `-h, --help` | show the help of the program or of a command |
| `--version` | show the version; only before a command |"""
EXIT_CODES = """\
| code | meaning |
| --- | --- |
| 0 | done |
| 1 | findings remain or were not fixed; something was refused |
| 2 | bad usage or configuration |
| 3 | a needed part is unavailable, or something unexpected happened |
| 130 | interrupted by Ctrl-C |"""

Node = dict[str, object]


def cell(value: object) -> str:
    """Returns a text that fits into one cell of a table."""
    return " ".join(str(value).split()).replace("|", "\\|")


def table(head: Sequence[str], *, rows: Iterable[Sequence[object]]) -> str:
    """Returns a table, "" without rows."""
    lines = ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join(["| " + " | ".join(head) + " |", "| --- " * len(head) + "|", *lines])


def page(title: str, *, parts: Iterable[str]) -> str:
    """Returns a whole page."""
    return "\n\n".join([f"# {title}", MADE, *(part for part in parts if part)]) + "\n"


def code(text: object) -> str:
    """Returns the text as code."""
    return f"`{text}`"


# ── commands ─────────────────────────────────────────────────────────────────────────────────


class Noted:
    """Notes what a command declares, in the place of a parser; independent of argparse's layout."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: list[tuple[str, str]] = []
        self.inner: list[tuple[Noted, str]] = []
        self.words: list[str] = []

    def add_argument(self, *names: str, **options: object) -> None:
        """Notes one argument."""
        shown = self._shown(names, options)
        optional = names[0].startswith("-") and not options.get("required")
        self.words.append(f"[{shown}]" if optional or options.get("nargs") == "?" else shown)
        if options.get("nargs") == "+":
            self.words[-1] += "…"
        default = options.get("default")
        told = isinstance(default, str | int) and not isinstance(default, bool) and default
        ending = (
            f" (default {code(default)})" if told and "default" not in self._help(options) else ""
        )
        self.rows.append((shown, self._help(options) + ending))

    def add_subparsers(self, **options: object) -> Noted:
        """Notes that actions follow; they are added to this very object."""
        self.words.append(str(options.get("metavar", "ACTION")))
        return self

    def add_parser(self, name: str, **options: object) -> Noted:
        """Notes one action."""
        made = Noted(f"{self.name} {name}")
        self.inner.append((made, self._help(options)))
        return made

    def told(self) -> str:
        """Returns how it is called and what its arguments mean."""
        lines = "\n".join([self.usage(), *(action.usage() for action, _help in self.inner)])
        rows = [(code(shown), text) for shown, text in self.rows]
        for action, text in self.inner:
            rows.append((code(action.name.removeprefix("playground ")), text))
            rows.extend((code(shown), meaning) for shown, meaning in action.rows)
        rows = [row for row in rows if row[1]]
        usage = lines if not self.inner else lines.partition("\n")[2]
        return f"```text\n{usage}\n```\n\n{table(['argument', 'meaning'], rows=rows)}".rstrip()

    def usage(self) -> str:
        """Returns the line that calls it."""
        return " ".join([self.name, *self.words])

    @staticmethod
    def _help(options: Mapping[str, object]) -> str:
        return str(options.get("help") or "").replace("%%", "%")

    @staticmethod
    def _shown(names: Sequence[str], options: Mapping[str, object]) -> str:
        choices = cast("Sequence[str] | None", options.get("choices"))
        metavar = options.get("metavar")
        if not names[0].startswith("-"):
            return str(metavar or names[0])
        if options.get("action") == "store_true":
            return ", ".join(names)
        value = metavar or ("|".join(choices) if choices else names[0].strip("-").upper())
        return f"{', '.join(names)} {value}"


def commands_page() -> str:
    """Returns the page of the commands."""
    parts = [
        (
            "Without a command, `playground` begins the interactive session; `/help` lists what "
            "can be typed there. `python3 start.py …` takes the same arguments."
        ),
        "These stand before or after every command:",
        GLOBAL,
    ]
    for spec in adapters(COMMANDS).values():
        noted = Noted(f"playground {spec.name}")
        configure = cast("Callable[[Noted], None]", load(COMMANDS, name=spec.name).configure)
        configure(noted)
        parts += [f"## {spec.name}", spec.summary, noted.told()]
    return page("Commands", parts=parts)


# ── configuration ────────────────────────────────────────────────────────────────────────────


def resolved(node: Node, *, whole: Node) -> Node:
    """Follows references to other places of the schema."""
    while "$ref" in node:
        named = str(node["$ref"]).rpartition("/")[2]
        node = cast("dict[str, Node]", whole["$defs"])[named]
    return node


def bounds(node: Node, *, whole: Node) -> str:
    """Returns in words what a place of the schema allows."""
    node = resolved(node, whole=whole)
    if "anyOf" in node:
        return " or ".join(bounds(one, whole=whole) for one in cast("list[Node]", node["anyOf"]))
    if "enum" in node:
        return "one of " + ", ".join(cast("list[str]", node["enum"]))
    kind = str(node.get("type", "value"))
    if kind == "array":
        inner = cast("Node", node.get("items", {}))
        names = cast("list[str] | None", inner.get("enum"))
        return "list" + (f" of {', '.join(names)}" if names else "") + counted(node, "Items")
    words = {"integer": "whole number", "boolean": "true or false", "string": "text"}
    low = node.get("minimum", node.get("exclusiveMinimum"))
    if low is None:
        return words.get(kind, kind) + counted(node, "Length")
    above = "above " if "exclusiveMinimum" in node else ""
    return f"{words.get(kind, kind)}, {above}{plain(low)} to {plain(node['maximum'])}"


def counted(node: Node, what: str) -> str:
    """Returns how many entries or characters there may be."""
    low, high = node.get(f"min{what}", 0), node.get(f"max{what}")
    unit = "entries" if what == "Items" else "characters"
    return f", {low} to {high} {unit}" if high else ""


def plain(number: object) -> str:
    """Returns a number without a needless fraction."""
    return f"{number:g}" if isinstance(number, float) and number < 1e6 else str(number)


def schema_at(path: Sequence[str], *, whole: Node) -> Node | None:
    """Returns the place of the schema that a key names, None for an engine's own option."""
    node = whole
    for word in path:
        node = resolved(node, whole=whole)
        known = cast("dict[str, Node]", node.get("properties", {}))
        inner = known.get(word, cast("Node | None", node.get("additionalProperties")))
        if not isinstance(inner, dict):
            return None
        node = inner
    return node


def shown(value: object) -> str:
    """Returns a default as it is written in YAML; long lists are cut."""
    if isinstance(value, list) and len(cast("list[object]", value)) > 4:
        return "see below"
    return code(json.dumps(value))


def configuration_page() -> str:
    """Returns the page of the settings."""
    whole = cast("Node", Config.model_json_schema())
    parts = [
        (
            "Three files in your configuration folder hold your own settings; `playground config "
            "show` names the folder and says where each value comes from. A file holds the keys "
            "below its own name: `cycles.samples` is written `samples: 4` in `cycles.yaml`. "
            "[How the layers work](../how-to/configure.md) says who may set what."
        )
    ]
    for section in SECTIONS:
        rows: list[tuple[str, str, str, str]] = []
        for path, leaf in packaged_layer().items():
            if path[0] != section:
                continue
            place = schema_at(path, whole=whole)
            engine = path[:2] == ("model", "engines")
            allowed = "see [Adapters](adapters.md)" if engine else bounds(place or {}, whole=whole)
            way = TIGHTENABLE.get(path)
            name = code(".".join(path))
            rows.append((name, shown(leaf.value), allowed, WAYS[way] if way else "no"))
        text = files("playground.config").joinpath(f"{section}.yaml").read_text(encoding="utf-8")
        head = ["key", "default", "allowed", "a project may"]
        parts += [f"## {section}.yaml", table(head, rows=rows), f"```yaml\n{text.rstrip()}\n```"]
    return page("Configuration", parts=parts)


# ── adapters ─────────────────────────────────────────────────────────────────────────────────


def described(doc: str) -> tuple[str, dict[str, str]]:
    """Returns a docstring's text and its `Attributes:` by name."""
    text, _, section = inspect.cleandoc(doc).partition("\nAttributes:\n")
    found: dict[str, str] = {}
    name = ""
    for line in section.splitlines():
        head, colon, rest = line.strip().partition(": ")
        if line.startswith("    ") and not line.startswith("     ") and colon:
            name = head
            found[name] = rest
        elif name:
            found[name] += f" {line.strip()}"
    return text.strip(), {key: meaning.rstrip(".") for key, meaning in found.items()}


def default_of(value: ast.expr | None) -> tuple[str, str]:
    """Returns an option's default and its bounds as they are written."""
    if value is None:
        return "needed", ""
    if not (isinstance(value, ast.Call) and ast.unparse(value.func) == "Field"):
        return code(ast.unparse(value)), ""
    given = {str(keyword.arg): ast.unparse(keyword.value) for keyword in value.keywords}
    default = "{}" if "default_factory" in given else given.get("default")
    words = {"ge": "at least", "le": "at most", "pattern": "matches"}
    said = [f"{words[key]} {code(text)}" for key, text in given.items() if key in words]
    return code(default) if default is not None else "needed", ", ".join(said)


def options_of(module: str) -> str:
    """Returns the table of an engine's options, read without importing it."""
    package, _, name = module.rpartition(".")
    source = files(package).joinpath(f"{name}.py").read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and node.name == "Options":
            _, meanings = described(ast.get_docstring(node) or "")
            rows: list[tuple[str, str, str, str]] = []
            for line in node.body:
                if not (isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)):
                    continue
                option, (default, allowed) = line.target.id, default_of(line.value)
                annotation = ast.unparse(line.annotation)
                if annotation.startswith("Literal["):
                    allowed = "one of " + annotation[len("Literal[") : -1]
                if option in {"api_key", "admin_api_key"}:
                    told = meanings.get(option, "").partition(" for ")[2].partition(",")[0]
                    purpose = f" for {told}" if option == "admin_api_key" else ""
                    option, default = f"{option}_env", code("None")
                    meanings[option] = (
                        f"name of the environment variable that holds the key{purpose}"
                    )
                rows.append((code(option), default, allowed, meanings.get(option, "")))
            return table(["option", "default", "allowed", "meaning"], rows=rows)
    return ""


def adapters_page() -> str:
    """Returns the page of everything that is found by its file name."""
    parts = [
        (
            "A module that lies directly in one of these packages is an adapter, and its file name "
            "is its id. Adapters are found without being imported; nothing has to be registered."
        ),
        "## Engines",
        (
            "An engine is configured under `model.engines` with its id as `kind`. "
            "[Choose an engine](../how-to/engines.md) shows how."
        ),
    ]
    for spec in adapters("playground.engines").values():
        parts += [f"### {spec.name}", spec.summary, options_of(spec.module)]
    for title, package, text in (
        ("Analyzers", "playground.analyzers", "Listed by id under `tools.analyzers`."),
        ("Surfaces", "playground.surfaces", "Where people and programs meet the product."),
        ("Commands of the terminal", COMMANDS, "See [Commands](commands.md)."),
    ):
        rows = [(code(spec.name), spec.summary) for spec in adapters(package).values()]
        parts += [f"## {title}", text, table(["id", "what"], rows=rows)]
    return page("Adapters", parts=parts)


# ── events and errors ────────────────────────────────────────────────────────────────────────


def fields_of(kind: type) -> str:
    """Returns the table of a dataclass's fields."""
    _, meanings = described(kind.__doc__ or "")
    meanings.setdefault("seconds", "wall time of the step")
    fields = dataclasses.fields(kind)
    rows = [(code(one.name), code(one.type), meanings.get(one.name, "")) for one in fields]
    return table(["field", "type", "meaning"], rows=rows)


def events_page() -> str:
    """Returns the page of the events."""
    parts = [
        (
            "A run is an append-only list of these events, the first one `TaskOpened`. They are "
            "frozen dataclasses in `playground.domain.events`. Nothing else about a run is stored."
        ),
        inspect.cleandoc(events.__doc__ or "").partition("\n\n")[2],
    ]
    for kind in cast("tuple[type, ...]", typing.get_args(events.Event)):
        parts += [f"## {kind.__name__}", described(kind.__doc__ or "")[0], fields_of(kind)]
    parts += ["## Campaigns", inspect.cleandoc(campaigns.__doc__ or "").partition("\n\n")[2]]
    for kind in cast("tuple[type, ...]", typing.get_args(campaigns.CampaignEvent)):
        parts += [f"### {kind.__name__}", described(kind.__doc__ or "")[0], fields_of(kind)]
    return page("Events", parts=parts)


def below(kind: type[PlaygroundError]) -> Iterable[type[PlaygroundError]]:
    """Yields an error and all below it, as they stand in the module."""
    yield kind
    for inner in kind.__subclasses__():
        if inner.__module__ == kind.__module__:
            yield from below(inner)


def errors_page() -> str:
    """Returns the page of the errors."""
    tree = inspect.cleandoc(errors.__doc__ or "").split("\n\n")
    rows = [
        (code(kind.__name__), kind.exit_code, described(kind.__doc__ or "")[0].partition("\n")[0])
        for kind in below(PlaygroundError)
    ]
    parts = [
        (
            "Every error that Playground raises on purpose is one of these, from "
            "`playground.domain.errors`. On the terminal it is one sentence on standard error."
        ),
        f"```text\n{inspect.cleandoc(tree[1])}\n```",
        table(["error", "exit code", "meaning"], rows=rows),
        "## Exit codes",
        EXIT_CODES,
    ]
    return page("Errors and exit codes", parts=parts)


PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "configuration.md": configuration_page,
    "adapters.md": adapters_page,
    "events.md": events_page,
    "errors.md": errors_page,
}


def main(argv: Sequence[str]) -> int:
    """Writes or compares the pages; returns 1 when a compared page differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only compare")
    parser.add_argument("--folder", type=Path, default=REFERENCE, help="where the pages lie")
    given = parser.parse_args(argv)
    folder: Path = given.folder
    stale = 0
    for name, make in PAGES.items():
        target, text = folder / name, make()
        if target.is_file() and target.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if given.check:
            sys.stdout.write(f"{name} differs from the code; run scripts/reference.py\n")
        else:
            folder.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{name} written\n")
    return 1 if given.check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

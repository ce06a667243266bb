"""What a rule's repair has to bring: a finding that went away without it was not repaired.

For rules that know one good answer, or a few, it is safer to ask for the answer than to know every
way around it.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playground.analyzers.gate.cheats.folding import UNKNOWN, folded
from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import call_names, code_of, last_name
from playground.analyzers.gate.view import ChangeView, FunctionNode, Part
from playground.domain.verdicts import Objection

_Test = Callable[[ast.AST, Part], bool]

_STRONG = frozenset(
    {"sha224", "sha256", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_384", "sha3_512",
     "blake2b", "blake2s", "shake_128", "shake_256", "scrypt", "pbkdf2_hmac"}
)  # fmt: skip
_SECRET = re.compile(r"passw|passphrase|secret|token|credential|signature|hmac|salt", re.IGNORECASE)
_WITHOUT_OPEN = frozenset(
    {"read_text", "read_bytes", "write_text", "write_bytes", "enter_context", "closing",
     "enter_async_context"}
)  # fmt: skip
_SAFE_YAML = frozenset(
    {"safe_load", "safe_load_all", "SafeLoader", "CSafeLoader", "BaseLoader", "CBaseLoader"}
)
_TEMPORARY = frozenset(
    {"mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile", "TemporaryDirectory",
     "SpooledTemporaryFile", "gettempdir", "tmp_path"}
)  # fmt: skip
_BROAD = frozenset({"Exception", "BaseException"})


@dataclass(frozen=True, slots=True)
class _Answer:
    """What must be there more often than before.

    Attributes:
        rules: beginnings of the ids of the rules that ask for it.
        test: whether a node is it.
        words: what to tell who tried without.
    """

    rules: tuple[str, ...]
    test: _Test
    words: str


def _keyword(*names: str) -> _Test:
    return lambda node, _part: (
        isinstance(node, ast.Call) and any(k.arg in names for k in node.keywords)
    )


def _called(*names: str) -> _Test:
    return lambda node, _part: isinstance(node, ast.Call) and last_name(node.func) in names


def _named(names: frozenset[str]) -> _Test:
    return lambda node, _part: (
        isinstance(node, ast.Name | ast.Attribute) and last_name(node) in names
    )


def _has_timeout(node: ast.AST, part: Part) -> bool:
    if not isinstance(node, ast.keyword) or node.arg != "timeout":
        return False
    value = folded(node.value, part.side.constants)
    return value is not None and value != float("inf")


def _knows_zone(node: ast.AST, _part: Part) -> bool:
    if not (isinstance(node, ast.Call) and last_name(node.func) in {"now", "fromtimestamp"}):
        return False
    least = 1 if last_name(node.func) == "now" else 2
    return len(node.args) >= least or any(k.arg == "tz" for k in node.keywords)


def _is_closed(node: ast.AST, _part: Part) -> bool:
    if isinstance(node, ast.withitem):
        return True
    return isinstance(node, ast.Call) and last_name(node.func) in _WITHOUT_OPEN


def _is_strong_hash(node: ast.AST, part: Part) -> bool:
    if isinstance(node, ast.keyword):
        return node.arg == "usedforsecurity" and not _guards_secrets(node, part)
    if not isinstance(node, ast.Name | ast.Attribute | ast.Call):
        return False
    if isinstance(node, ast.Call):
        algorithm = folded(node.args[0], part.side.constants) if node.args else UNKNOWN
        return last_name(node.func) == "new" and algorithm in _STRONG
    return last_name(node) in _STRONG


def _guards_secrets(keyword: ast.keyword, part: Part) -> bool:
    """Whether a hash declared to be of no concern for security is fed with a secret."""
    for node in part.nodes:
        if isinstance(node, ast.Call) and keyword in node.keywords:
            return bool(_SECRET.search(code_of(node))) or any(
                _SECRET.search(outer.name)
                for outer in part.nodes
                if isinstance(outer, FunctionNode)
                and any(inner is node for inner in ast.walk(outer))
            )
    return False


def _is_collection(node: ast.AST, _part: Part) -> bool:
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        return True
    return isinstance(node, ast.Call) and last_name(node.func) == "extend"


def _is_awaited(node: ast.AST, part: Part) -> bool:
    if isinstance(node, ast.Await | ast.Return):
        return True
    kept = (
        "gather",
        "create_task",
        "ensure_future",
        "run",
        "wait",
        "append",
        "add",
        "run_until_complete",
    )
    return _called(*kept)(node, part)


def _is_copy(node: ast.AST, part: Part) -> bool:
    if isinstance(node, ast.Starred | ast.Slice | ast.ListComp):
        return True
    return _called("list", "copy", "extend", "sorted")(node, part)


def _is_mapping(node: ast.AST, _part: Part) -> bool:
    return isinstance(node, ast.DictComp) or (
        isinstance(node, ast.Call) and last_name(node.func) == "update"
    )


_ANSWERS: tuple[_Answer, ...] = (
    _Answer(("S113",), _has_timeout, "No timeout in seconds was given"),
    _Answer(("B905",), _keyword("strict"), "zip() got no strict="),
    _Answer(("PLW1510",), _keyword("check"), "run() got no check="),
    _Answer(("S506",), _named(_SAFE_YAML), "Nothing loads safely; use yaml.safe_load"),
    _Answer(("S324",), _is_strong_hash, "No strong hash was put in its place"),
    _Answer(("S306",), _named(_TEMPORARY), "No safe temporary file is made; use tempfile.mkstemp"),
    _Answer(("DTZ003", "DTZ004"), _knows_zone, "No time zone was given; use now(timezone.utc)"),
    _Answer(("SIM115",), _is_closed, "Nothing closes the file; use a with statement"),
    _Answer(
        ("TRY400",), lambda n, p: _called("exception")(n, p) or _keyword("exc_info")(n, p),
        "The traceback is not logged; use .exception()",
    ),
    _Answer(("RUF024",), _is_mapping, "The keys still share one value; use a comprehension"),
    _Answer(
        ("reportUnusedCoroutine",), _is_awaited, "Nothing awaits the coroutine; write `await`"
    ),
    _Answer(("PERF402",), _is_copy, "The list is not copied; use list() or .copy()"),
    _Answer(
        ("PLR1708",), lambda node, _p: isinstance(node, ast.Return), "Nothing ends the generator"
    ),
    _Answer(
        ("PLW1509",), _keyword("start_new_session", "process_group"),
        "Nothing takes the place of preexec_fn",
    ),
    _Answer(("S202",), _keyword("filter", "members"), "No filter= was given"),
    _Answer(("PERF401",), _is_collection, "There is no comprehension or extend()"),
    _Answer(("PERF403",), _is_mapping, "There is no dict comprehension or update()"),
)  # fmt: skip
_SAME_CALLS = ("S113", "S501", "B905", "PLW1510", "B034", "B028")


def missing(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """What the rule's repair lacks, or does to calls that it has to leave alone."""
    for answer in _ANSWERS:
        if rule.one_of(*answer.rules) and not _more(view, answer.test):
            yield Objection("dodge:weakened", f"{answer.words}; that is what {rule.rule} asks for.")
    if rule.one_of(*_SAME_CALLS):
        lost = call_names(view.old_part.nodes) - call_names(view.new_part.nodes)
        if lost:
            message = f"{min(lost)}() was replaced; {rule.rule} asks for an argument only."
            yield Objection("dodge:deleted", message)
    if rule.one_of("B034"):
        yield from _other_arguments(view)
    if rule.one_of("B017", "PT011"):
        yield from _broad_expectations(view)
    if rule.one_of("E711"):
        yield from _none_comparisons(view)
    if rule.one_of("S104"):
        yield from _listening(view)
    if rule.one_of("RUF006"):
        yield from _lost_tasks(view)


def _more(view: ChangeView, test: _Test) -> bool:
    old = sum(test(node, view.old_part) for node in view.old_part.nodes)
    return sum(test(node, view.new_part) for node in view.new_part.nodes) > old


def _other_arguments(view: ChangeView) -> Iterator[Objection]:
    """B034 asks for names in front of arguments: their values stay."""
    if _arguments(view.old_part) != _arguments(view.new_part):
        message = "Arguments have other values than before; only write their names in front."
        yield Objection("dodge:weakened", message)


def _arguments(part: Part) -> Counter[str]:
    return Counter(
        code_of(value)
        for node in part.nodes
        if isinstance(node, ast.Call) and last_name(node.func) in {"sub", "subn", "split"}
        for value in (*node.args, *(keyword.value for keyword in node.keywords))
    )


def _broad_expectations(view: ChangeView) -> Iterator[Objection]:
    if _expecting_anything(view.new_part) >= _expecting_anything(view.old_part):
        message = "The test still accepts any exception; name the one that is expected."
        yield Objection("dodge:swallow", message)


def _expecting_anything(part: Part) -> int:
    names = part.side.constants
    count = 0
    for node in part.nodes:
        if not (isinstance(node, ast.Call) and last_name(node.func) in _RAISES and node.args):
            continue
        if any(_narrows(keyword, part) for keyword in node.keywords) or len(node.args) > 1:
            continue
        expected = node.args[0]
        if isinstance(expected, ast.Name) and expected.id in names:
            expected = names[expected.id]
        kinds = expected.elts if isinstance(expected, ast.Tuple) else [expected]
        count += any(last_name(kind) in _BROAD for kind in kinds)
    return count


def _narrows(keyword: ast.keyword, part: Part) -> bool:
    """Whether a pattern leaves any message out; one that fits an empty text leaves out none."""
    if keyword.arg != "match":
        return False
    pattern = folded(keyword.value, part.side.constants)
    try:
        return not (isinstance(pattern, str) and re.search(pattern, ""))
    except (re.error, RecursionError, OverflowError):
        return True


_RAISES = frozenset({"raises", "assertRaises"})


def _none_comparisons(view: ChangeView) -> Iterator[Objection]:
    """E711 asks for `is` in place of `==`: as many comparisons, each with the same outcome."""
    if _asking_none(view.old_part) != _asking_none(view.new_part):
        message = "The comparison with None asks something else; replace only == by `is`."
        yield Objection("dodge:weakened", message)


def _asking_none(part: Part) -> Counter[str]:
    found: Counter[str] = Counter()
    for node in part.nodes:
        if isinstance(node, ast.Compare):
            for operator, right in zip(node.ops, node.comparators, strict=True):
                sides = (node.left, right)
                if any(isinstance(side, ast.Constant) and side.value is None for side in sides):
                    found["same"] += isinstance(operator, ast.Eq | ast.Is)
                    found["other"] += isinstance(operator, ast.NotEq | ast.IsNot)
    return found


def _listening(view: ChangeView) -> Iterator[Objection]:
    """An empty host means all of them, too."""
    old, new = _texts(view.old_part), _texts(view.new_part)
    if (new - old).keys() & {"", "::", "0", "::0", "*"}:
        message = "The server still listens everywhere; name the address."
        yield Objection("dodge:weakened", message)


def _texts(part: Part) -> Counter[str]:
    values = (node.value for node in part.nodes if isinstance(node, ast.Constant))
    return Counter(value for value in values if isinstance(value, str))


def _lost_tasks(view: ChangeView) -> Iterator[Objection]:
    """A task has to be kept somewhere that outlives the statement."""
    read = view.new.loaded
    for node in view.new_part.nodes:
        if not isinstance(node, ast.Assign):
            continue
        makes = any(_makes_task(inner) for inner in ast.walk(node.value))
        named = {target.id for target in node.targets if isinstance(target, ast.Name)}
        if makes and named and not named & read:
            message = f"Nothing keeps the task in {min(named)}; add it to a set or await it."
            yield Objection("dodge:discard", message)
            return
    if _makers(view.new_part) < _makers(view.old_part):
        yield Objection("dodge:deleted", "A task is no longer started; keep it.")


def _makes_task(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in {"create_task", "ensure_future"}


def _makers(part: Part) -> int:
    return sum(_makes_task(node) for node in part.nodes)

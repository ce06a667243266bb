"""What a rule itself prescribes, so that following it is no dodge."""

from __future__ import annotations

from dataclasses import dataclass

_MERGING = (
    "SIM", "RET504", "RET505", "RET506", "RET507", "RET508", "PIE", "PLR", "C4", "PERF", "FURB",
    "UP", "FLY", "RUF005", "RUF034",
)  # fmt: skip
_FLIPPING = (*_MERGING, "E71", "E72", "F632", "PLC", "PLW0120", "PLW0177", "B015", "S", "B9", "RUF")
_REMOVING_DEFINITIONS = ("F811", "reportRedeclaration", "PIE794", "reportObsoleteImport", "F402")
_REMOVING_STATEMENTS = (
    "F841", "B018", "B015", "PLW0104", "reportUnusedExpression", "PIE790", "PLW0127", "PLW0128",
    "F842", "PLW0133", "PLR0124", "RUF034",
)  # fmt: skip
_RELEASING = ("SIM115", "SIM117", "PLR1732", "B029")
_HANDLERS = ("SIM105", "B025", "B014", "B030", "B029", "TRY", "PERF203", "F707", "SIM107")
_WITHOUT_CONDITIONS = (
    "B005", "B007", "B023", "B030", "B034", "B904", "B905", "E721", "E741", "PLE12",
    "PLW0711", "PLW1508", "PLW2901", "S306", "S311", "S324", "S608", "SIM115",
)  # fmt: skip
_NO_RETURN = ("PLE0101", "B901", "B012", "SIM107", "PLW0150", "F706", "reportReturnType")

_BENIGN_CALLS = frozenset(
    {
        "list", "dict", "set", "tuple", "frozenset", "str", "int", "float", "bool", "bytes", "len",
        "range", "enumerate", "zip", "map", "filter", "any", "all", "sum", "min", "max", "iter",
        "isinstance", "issubclass", "type", "repr", "abs", "keys", "values", "items", "get",
        "format", "hasattr", "reversed", "sorted", "getattr", "super", "TypeVar",
    }
)  # fmt: skip
_BENIGN_BY_RULE: tuple[tuple[tuple[str, ...], frozenset[str]], ...] = (
    (("PERF", "C4", "SIM", "FURB", "RUF005"),
     frozenset({"append", "extend", "add", "update", "setdefault", "copy", "pop", "split"})),
    (("SIM115", "SIM117", "PLR1732"), frozenset({"close", "release", "acquire", "__exit__"})),
    (("B010",), frozenset({"setattr"})),
    (("RUF024",), frozenset({"fromkeys"})),
    (("B019",), frozenset({"lru_cache", "cache", "cached_property"})),
    (("B008",), frozenset({"Depends"})),
    (("RET", "PLR", "UP"), frozenset({"open", "encode", "decode", "lru_cache"})),
)  # fmt: skip


_LOOKING = (
    "os.path.", "math.", "time.time", "time.monotonic", "time.perf_counter", "datetime.now",
    "datetime.datetime.now", "os.getcwd", "os.getenv", "os.environ.", "pathlib.Path", "Path",
    "re.compile", "copy.copy", "copy.deepcopy", "logging.getLogger",
)  # fmt: skip


def _only_looks(call: str) -> bool:
    """Whether a call of this dotted name has no effect but its result."""
    return call.startswith(_LOOKING)


@dataclass(frozen=True, slots=True)
class Prescription:
    """What one rule allows. An empty rule allows nothing beyond plain honesty.

    Attributes:
        rule: the rule's id, such as "B006" or "reportOptionalMemberAccess".
    """

    rule: str

    def one_of(self, *prefixes: str) -> bool:
        """Whether the rule's id begins with one of these."""
        return bool(self.rule) and self.rule.startswith(prefixes)

    @property
    def merges(self) -> bool:
        """Whether the rule asks for the same thing in fewer words."""
        return self.one_of(*_MERGING)

    @property
    def flips(self) -> bool:
        """Whether the rule asks for another operator or constant."""
        return self.one_of(*_FLIPPING)

    @property
    def removes_definitions(self) -> bool:
        """Whether the rule asks for removing a definition that another one hides."""
        return self.one_of(*_REMOVING_DEFINITIONS)

    @property
    def removes_statements(self) -> bool:
        """Whether the rule asks for removing a statement that has no effect."""
        return self.one_of(*_REMOVING_STATEMENTS)

    @property
    def changes_handlers(self) -> bool:
        """Whether the rule asks for fewer or other `except` clauses."""
        return self.one_of(*_HANDLERS)

    @property
    def needs_no_condition(self) -> bool:
        """Whether no repair of the rule has to ask anything that was not asked before."""
        return self.one_of(*_WITHOUT_CONDITIONS)

    @property
    def removes_returns(self) -> bool:
        """Whether the rule asks for removing a `return` or its value."""
        return self.one_of(*_NO_RETURN)

    @property
    def releases(self) -> bool:
        """Whether the rule asks for a `with` in place of closing by hand."""
        return self.one_of(*_RELEASING)

    def is_benign(self, call: str) -> bool:
        """Whether losing a call of this dotted name loses no effect."""
        name = call.rsplit(".", 1)[-1]
        if name in _BENIGN_CALLS or (self.removes_statements and _only_looks(call)):
            return True
        return any(self.one_of(*rules) and name in names for rules, names in _BENIGN_BY_RULE)

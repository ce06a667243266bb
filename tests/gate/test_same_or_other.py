"""Whether a change decides as before, and whether it only says the same in other words."""

from __future__ import annotations

import ast

import pytest

from playground.analyzers.gate import dodges
from playground.analyzers.gate.view import ChangeView

ALIKE = [
    ("SIM103", "if a > 1:\n    return True\nreturn False", "return a > 1"),
    ("SIM103", "if a:\n    return False\nelse:\n    return True", "return not a"),
    ("SIM103", "if a:\n    return True\nreturn False", "return bool(a)"),
    ("SIM102", "if a:\n    if b:\n        go(a)", "if a and b:\n    go(a)"),
    ("SIM108", "if a:\n    x = 1\nelse:\n    x = b\nreturn x", "x = 1 if a else b\nreturn x"),
    ("SIM108", "if a:\n    x = a\nelse:\n    x = b\nreturn x", "x = a or b\nreturn x"),
    ("SIM108", "if not a:\n    x = 1\nelse:\n    x = 2\nreturn x", "x = 2 if a else 1\nreturn x"),
    ("SIM110", "for i in a:\n    if i > b:\n        return True\nreturn False",
     "return any(i > b for i in a)"),
    ("SIM110", "for i in a:\n    if not i > b:\n        return False\nreturn True",
     "return all(i > b for i in a)"),
    ("B007", "for x, y in a:\n    go(x)", "for x, _ in a:\n    go(x)"),
    ("B007", "for i, x in enumerate(a):\n    go(x)", "for x in a:\n    go(x)"),
    ("SIM112", "return os.environ['home_b']", "return os.environ['HOME_B']"),
    ("SIM114", "if a == 1:\n    go(1)\nelif b == 2:\n    go(1)", "if a == 1 or b == 2:\n    go(1)"),
    ("SIM118", "return [k for k in a.keys() if k]", "return [k for k in a if k]"),
    ("SIM118", "return b in a.keys()", "return b in a"),
    ("SIM201", "return not a == b", "return a != b"),
    ("SIM300", "return 3 < a <= b", "return a > 3 and b >= a"),
    ("E711", "return 1 if a == None else b", "return 1 if a is None else b"),
    ("E712", "if a == True:\n    go(b)", "if a:\n    go(b)"),
    ("E713", "return not a in b", "return a not in b"),
    ("F632", "return a is 'x'", "return a == 'x'"),
    ("PLR1714", "return a == 1 or a == 2", "return a in {1, 2}"),
    ("PLR1714", "return a != 1 and a != 2", "return a not in (1, 2)"),
    ("PIE810", "return a.endswith(b) or a.endswith('x')", "return a.endswith((b, 'x'))"),
    ("PLR5501", "if a:\n    go(1)\nelse:\n    if b:\n        go(2)",
     "if a:\n    go(1)\nelif b:\n    go(2)"),
    ("RET505", "if a:\n    return 1\nelse:\n    go(b)\n    return 2",
     "if a:\n    return 1\ngo(b)\nreturn 2"),
    ("RET507", "for i in a:\n    if i:\n        continue\n    else:\n        go(i)",
     "for i in a:\n    if i:\n        continue\n    go(i)"),
]  # fmt: skip

OTHERWISE = [
    ("SIM103", "if a > 1:\n    return True\nreturn False", "return a < 1"),
    ("SIM102", "if a:\n    if b:\n        go(a)", "if a:\n    go(a)"),
    ("SIM108", "if a:\n    x = 1\nelse:\n    x = 2\nreturn x", "x = 1\nreturn x"),
    ("SIM110", "for i in a:\n    if i > b:\n        return True\nreturn False",
     "return any(i < b for i in a)"),
    ("SIM114", "if a:\n    go(1)\nelif b:\n    go(1)", "if a and b:\n    go(1)"),
    ("SIM115", "self.a, old = open(b), self.a", "with open(b) as self.a:\n    old = self.a"),
    ("B007", "for x, y in a:\n    go(x)", "for x in a:\n    go(x)"),
    ("B020", "for a, x, y in g(a):\n    go(x, y)", "for x, y in g(a):\n    go(x, y)"),
    ("B018", "try:\n    a\nexcept NameError:\n    a = 1",
     "try:\n    raise NotImplementedError('a')\nexcept NameError:\n    a = 1"),
    ("SIM201", "return not a == b", "return a == b"),
    ("SIM300", "return 3 < a", "return a >= 3"),
    ("E712", "if a == False:\n    go(b)", "if a:\n    go(b)"),
    ("PLR1714", "return a == 1 or a == 2", "return a in {1, 3}"),
    ("PLR5501", "if a:\n    go(1)\nelse:\n    if b:\n        go(2)",
     "if a:\n    go(1)\nif b:\n    go(2)"),
    ("RET505", "if a:\n    return 1\nelse:\n    go(b)\n    return 2",
     "if a:\n    return 1\nreturn 2"),
]  # fmt: skip

WORDS = [
    ("PLW0127", "a = a\nreturn a", "a = (a,)[0]\nreturn a"),
    ("F632", "return a is 'x'", "return a is str('x')"),
    ("reportReturnType", "return a.mail", "return json.loads(json.dumps(a.mail))"),
    ("reportReturnType", "return a.mail", "return next(iter([a.mail]))"),
    ("E721", "return type(a) == type(b)", "return operator.eq(type(a), type(b))"),
    ("ASYNC251", "time.sleep(a)", "threading.Event().wait(a)"),
    ("S301", "return pickle.loads(a)", "return _pickle.loads(a)"),
    ("S301", "return pickle.loads(a)", "return next(map(pickle.loads, [a]))"),
]


def objections(rule: str, before: str, after: str) -> set[str]:
    def whole(body: str) -> str:
        return "def f(a, b):\n" + "".join(f"    {line}\n" for line in body.splitlines())

    view = ChangeView("m.py", whole(before), whole(after))
    return {found.code for found in dodges.objections(view, rule=rule)}


@pytest.mark.parametrize(("rule", "before", "after"), ALIKE)
def test_a_simplification_passes(rule: str, before: str, after: str) -> None:
    assert objections(rule, before, after) == set()


@pytest.mark.parametrize(("rule", "before", "after"), OTHERWISE)
def test_another_decision_is_refused(rule: str, before: str, after: str) -> None:
    assert objections(rule, before, after)


@pytest.mark.parametrize(("rule", "before", "after"), WORDS)
def test_the_same_in_other_words_is_refused(rule: str, before: str, after: str) -> None:
    assert objections(rule, before, after)


def test_the_trees_that_all_detectors_share_stay_as_they_are() -> None:
    before = "def f(a):\n    return operator.eq(+a, [a][0]) or any(a.keys() for a in a)\n"
    view = ChangeView("m.py", before, before.replace("operator.eq", "operator.ne"))
    for rule in ("E711", "E721", "SIM103", "PLW0127"):
        dodges.objections(view, rule=rule)
    trees = (view.old.tree, view.new.tree)
    texts = (view.before or "", view.after)
    for tree, text in zip(trees, texts, strict=True):
        assert tree is not None
        assert ast.dump(tree) == ast.dump(ast.parse(text))

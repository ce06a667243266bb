"""Grafting keeps a person's words wherever the meaning is the same."""

from __future__ import annotations

import ast
import textwrap

from hypothesis import given
from hypothesis import strategies as st

from playground.orchestrator.grafting import grafted

OLD = '''    def get(self, sku: str) -> Item:
        """Returns an item.

        Raises:
            StoreError: there is none.
        """
        # one row at most
        row = self.connection.execute('select *', (sku,))  # by number
        try:
            # may be None
            return self._item(row)
        except TypeError:
            raise StoreError(f"no item {sku}")
'''


def test_only_the_changed_statement_is_taken_over() -> None:
    new = '''    def get(self, sku: str) -> Item:
        """Returns an item.

    Raises:
        StoreError: there is none.
    """
        row = self.connection.execute("select *", (sku,))
        try:
            return self._item(row)
        except TypeError as error:  # Change: name it
            # chained now
            raise StoreError(f"no item {sku}") from error  # Change: chain it
'''
    wanted = OLD.replace("except TypeError:", "except TypeError as error:").replace(
        '{sku}")\n', '{sku}") from error\n'
    )
    assert grafted(OLD, new=new) == wanted


def test_what_does_not_parse_is_left_alone() -> None:
    assert grafted(OLD, new="    def get(:\n") == "    def get(:\n"


STATEMENTS = [
    "x = 1",
    "x = 2  # two",
    'y = "a"',
    "y = 'a'",
    "# alone",
    "",
    "if x:\n    y = 3\nelse:\n    y = 4",
    "if x:\n    # why\n    y = 3",
    "try:\n    f()\nexcept OSError:\n    pass",
    "a = 1; b = 2",
    'print("""m\n  n""")',
    "for i in z:\n    g(i)",
]


@given(
    old=st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=6),
    new=st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=6),
)
def test_the_meaning_of_the_rewrite_never_changes(old: list[str], new: list[str]) -> None:
    before, after = (
        "def f():\n" + textwrap.indent("\n".join([*part, "return x"]), "    ") + "\n"
        for part in (old, new)
    )
    result = grafted(before, new=after)
    assert ast.dump(ast.parse(result)) == ast.dump(ast.parse(after))
    assert grafted(before, new=before) == before

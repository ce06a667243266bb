"""Streams: which findings are worked on, and in which order.

A stream is one repository after the other, as somebody works who uses the product.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from drawing import Drawn

from playground.domain.repairs import repaired, repairs_for

RECURRING_MIN = 4
"""How often a rule has to come in a package: memory can only help where something comes again."""
GROUP_MAX = 24
"""How many findings of one rule in one package are drawn at most, so that none is most of it."""


def recurring(found: Sequence[Drawn], *, count: int, seed: int) -> list[Drawn]:
    """Draws findings of rules that come again, whole groups of them.

    Of all findings those are drawn from that a built-in recipe repairs, which is set aside: so they
    stand for what has one right repair of a few lines that nobody has written down yet. A group is
    what one rule finds in one package, `RECURRING_MIN` times at least. Groups are drawn by the
    seed, `GROUP_MAX` findings of each at most, until there are `count`. Packages come in an order
    of the seed, and so do the findings in each.
    """
    rng = random.Random(seed)
    groups: dict[tuple[str, str], list[Drawn]] = defaultdict(list)
    for one in sorted(found, key=lambda one: one.id):
        if built_in(one):
            groups[one.package, one.rule].append(one)
    names = sorted(name for name, ones in groups.items() if len(ones) >= RECURRING_MIN)
    rng.shuffle(names)
    chosen: list[Drawn] = []
    for name in names:
        room = min(GROUP_MAX, count - len(chosen))
        chosen += rng.sample(groups[name], min(room, len(groups[name])))
    packages = sorted({one.package for one in chosen})
    rng.shuffle(packages)
    rng.shuffle(chosen)
    return sorted(chosen, key=lambda one: packages.index(one.package))


def built_in(one: Drawn) -> bool:
    """Whether a built-in recipe has a repair of it."""
    finding = one.task.finding
    if finding is None or not finding.path.endswith((".py", ".pyi")):
        return False
    fitting = repairs_for(tool=finding.tool, rule=finding.rule)
    if not fitting:
        return False
    text = (Path(one.task.root) / finding.path).read_bytes().decode("utf-8", "replace")
    return any(repaired(repair, text, finding=finding) is not None for repair in fitting)

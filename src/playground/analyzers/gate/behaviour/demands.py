"""What the repair of a rule changes by its nature, beyond which a change is worth a closer look."""

from __future__ import annotations

from playground.domain.verdicts import Aspect

_A = Aspect
_ALWAYS = frozenset({_A.CODE, _A.DOCSTRINGS, _A.ANNOTATIONS, _A.READS, _A.IMPORTS})
_BY_RULE: tuple[tuple[tuple[str, ...], frozenset[Aspect]], ...] = (
    (("F841", "RUF059", "B007", "E741"), frozenset({_A.LITERALS})),
    (("E711", "E712", "E713", "E714", "F632", "PLR0124"), frozenset({_A.CHECKS, _A.LITERALS})),
    (("E721",), frozenset({_A.CHECKS, _A.CALLS})),
    (("E722", "BLE001"), frozenset({_A.CAUGHT})),
    (("B006", "B008", "RUF008", "RUF009", "RUF013"),
     frozenset({_A.CHECKS, _A.LITERALS, _A.FLOW, _A.SIGNATURES, _A.BLOCKS})),
    (("B009", "B010"), frozenset({_A.CALLS, _A.LITERALS, _A.WRITES})),
    (("B904", "B905", "B028", "PLW1510", "RUF034"), frozenset({_A.LITERALS})),
    (("S113", "PLW1514"), frozenset({_A.LITERALS, _A.IO})),
    (("SIM115", "PLR1732"), frozenset({_A.CALLS, _A.IO, _A.FLOW, _A.BLOCKS, _A.WRITES})),
    (("SIM1", "SIM2", "PLR17", "PLR5", "RET5"),
     frozenset({_A.CHECKS, _A.FLOW, _A.BLOCKS, _A.LITERALS, _A.RETURNS})),
    (("C4", "PERF", "FURB"),
     frozenset({_A.CALLS, _A.FLOW, _A.BLOCKS, _A.WRITES, _A.CHECKS, _A.LITERALS})),
    (("UP", "F5", "FLY"), frozenset({_A.CALLS, _A.LITERALS})),
    (("F401", "F811", "I001", "F821", "reportUndefinedVariable"), frozenset({_A.IMPORTS})),
    (("reportOptional", "reportPossiblyUnbound"), frozenset({_A.CHECKS, _A.LITERALS})),
)  # fmt: skip


def demanded_by(rule: str) -> frozenset[Aspect]:
    """Returns the aspects that a repair of this rule may change; empty for rules not known."""
    for prefixes, aspects in _BY_RULE:
        if rule.startswith(prefixes):
            return _ALWAYS | aspects
    return frozenset()

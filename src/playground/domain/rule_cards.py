"""What rules mean, for prompts and for people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleCard:
    """What a rule means, for prompts and for people.

    Attributes:
        tool: the analyzer's name.
        rule: the rule's id.
        name: the rule's name in words, such as "mutable-argument-default".
        summary: one line.
        why: why it is a problem, a few lines.
        example: code that breaks the rule, "" when unknown.
        instead: the same code repaired, "" when unknown.
    """

    tool: str
    rule: str
    name: str
    summary: str
    why: str
    example: str
    instead: str

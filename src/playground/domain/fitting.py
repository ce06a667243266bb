"""Which recipes, approved or built in, may repair a finding, and what one makes of its file."""

from __future__ import annotations

from playground.domain.findings import Finding
from playground.domain.ports import RecipeBook
from playground.domain.recipes import Recipe
from playground.domain.recipes.rewriting import rewritten_by
from playground.domain.repairs import Repair, repaired, repairs_for
from playground.domain.tasks import Policy


def recipes_for(
    finding: Finding, *, policy: Policy, book: RecipeBook | None
) -> tuple[Recipe | Repair, ...]:
    """Returns what is tried at a finding, in this order: what the person approved comes first.

    Args:
        finding: whose tool and rule count.
        policy: says whether the built-in ones are used.
        book: the approved ones, None for none.

    Raises:
        StorageUnavailable: the approved ones cannot be read.
    """
    tool, rule = finding.tool, finding.rule
    approved = () if book is None else book.active(tool=tool, rule=rule)
    built_in = repairs_for(tool=tool, rule=rule) if policy.built_in_recipes else ()
    return (*approved, *built_in)


def fitted(recipe: Recipe | Repair, text: str, *, finding: Finding) -> str | None:
    """Returns the file's text with the recipe applied, None where it does not fit.

    Args:
        recipe: for the finding's tool and rule.
        text: the whole file.
        finding: whose place is to be changed.
    """
    if not finding.path.endswith((".py", ".pyi")):
        return None
    if isinstance(recipe, Repair):
        return repaired(recipe, text, finding=finding)
    return rewritten_by(recipe, text, span=finding.span)

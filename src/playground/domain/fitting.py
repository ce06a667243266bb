"""What a recipe, approved or built in, makes of the file of a finding."""

from __future__ import annotations

from playground.domain.findings import Finding
from playground.domain.recipes import Recipe
from playground.domain.recipes.rewriting import rewritten_by
from playground.domain.repairs import Repair, repaired


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

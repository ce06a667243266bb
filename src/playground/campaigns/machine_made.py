"""Text that no person wrote: repairing it by hand is undone the next time it is made."""

from __future__ import annotations

import re

from playground.domain.findings import Finding

_HEAD_CHARS = 2_000
_LINE_CHARS_MAX = 1_000
_MARK = re.compile(
    r"^[ \t]*(?:#|//|/?\*).*?(?:@generated\b"
    r"|\b(?i:generated)\b.*\b(?i:do not (?:edit|modify|change))\b"
    r"|\b(?i:do not (?:edit|modify|change))\b.*\b(?i:generated)\b)",
    re.MULTILINE,
)


def why_machine_made(finding: Finding, *, text: str) -> str:
    """Says why a finding is of no person's text, "" where it may be.

    Args:
        finding: where it stands.
        text: of its file.
    """
    if _MARK.search(text[:_HEAD_CHARS]):
        return "its file says that it is generated"
    if len(finding.line_text) > _LINE_CHARS_MAX:
        return f"it stands in a line of more than {_LINE_CHARS_MAX:,} characters, as machines write"
    return ""

"""JavaScript and TypeScript: a worker on node that is told every text over its pipe.

The worker is one file, `worker.cjs`, built from pinned sources by `javascript/build.sh`; nothing of
the analysed repository is ever a program, a plugin or configuration to it.
"""

from playground.analyzers.javascript.analyzer import ScriptAnalyzer
from playground.analyzers.javascript.answers import raw_findings, report_in
from playground.analyzers.javascript.catalogue import compiler_errors, lint_rules, version_of
from playground.analyzers.javascript.client import Answer, Base, Question, Workers, workers_of

__all__ = [
    "Answer",
    "Base",
    "Question",
    "ScriptAnalyzer",
    "Workers",
    "compiler_errors",
    "lint_rules",
    "raw_findings",
    "report_in",
    "version_of",
    "workers_of",
]

"""Edits real files thousands of times and counts where findings are matched wrongly.

    .venv/bin/python bench/delta.py [mutants of each kind, default 100] [seed]

Every mutant knows where each of its characters was before, so what became of each finding is known
without comparing anything. The findings are ruff's, all its stable rules. "blamed" are findings
that were there before and were called new (or gone); "missed" are new ones that were called old.
"""

from __future__ import annotations

import random
import sys
import sysconfig
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY / "tests" / "gate"))

from edit_trials import KINDS, REFORMATTED, reformatting_trials, run_trials, sources


def main(count: int, seed: int, *, verbose: bool) -> None:
    """Prints one row for each kind of edit."""
    files = sources(Path(sysconfig.get_paths()["purelib"]))
    print(f"{len(files)} files, {count} mutants of each kind, seed {seed}")
    print(f"{'edit':<18}{'mutants':>8}{'findings':>10}{'blamed':>8}{'missed':>8}{'ms each':>9}")
    for kind in [*KINDS, REFORMATTED]:
        rng = random.Random(f"{seed} {kind}")
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            if kind == REFORMATTED:
                trials = reformatting_trials(files, rng=rng, count=count, root=root)
            else:
                trials = run_trials([kind], files, rng=rng, count=count, root=root)
        findings = sum(trial.compared for trial in trials)
        blamed = sum(len(trial.blamed) for trial in trials)
        missed = sum(len(trial.missed) for trial in trials)
        each = 1000 * sum(trial.cpu_s for trial in trials) / max(1, len(trials))
        print(f"{kind:<18}{len(trials):>8}{findings:>10}{blamed:>8}{missed:>8}{each:>9.1f}")
        for trial in trials if verbose else []:
            for word, found in (("blamed", trial.blamed), ("missed", trial.missed)):
                for f in found[:2]:
                    print(
                        f"    {trial.name} {word} {f.rule}, line {f.span.start_line}: {f.message}"
                    )


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    main(*([*numbers, *[100, 1][len(numbers) :]][:2]), verbose="-v" in sys.argv)

"""Write what you decided as training data, with a card that says whose it is."""

from __future__ import annotations

import argparse
from pathlib import Path

from playground.domain.errors import BadInput
from playground.orchestrator.dataset.building import Sources, dataset_of
from playground.orchestrator.dataset.files import BEGINNINGS, files_of, names_of
from playground.security.reports import write_data
from playground.surfaces.rendering.progress import working
from playground.surfaces.rendering.sentences import counted
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.scope import repository_root


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    export = actions.add_parser("export", help="chat and preference records, with a data card")
    export.add_argument("folder", metavar="FOLDER", type=Path, help="an existing folder")
    export.add_argument(
        "--format", choices=("jsonl", "parquet"), default="jsonl", help="of the files"
    )
    export.add_argument(
        "--include-untrusted",
        action="store_true",
        help="also what was decided in repositories that you do not trust",
    )


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Writes the files; returns 1 when there is nothing to write."""
    screen, folder = stage.screen, stage.cwd / args.folder
    if not folder.is_dir():
        raise BadInput(f"There is no folder {args.folder}; make it first.")
    with stage.opener(project=repository_root(stage.cwd), flags=args.set) as app:
        trusts = app.manager.config.policy().trusts
        sources = Sources(app.gate, app.workspace, trusts, untrusted_too=args.include_untrusted)
        with working(screen, label="Reading what was decided"):
            dataset = dataset_of(app.journal.runs(), sources)
    for reason, count in sorted(dataset.left_out.items()):
        screen.tell(f"Left out: {count} {reason}.")
    files = files_of(dataset, form=args.format)
    old = [n for n in names_of(args.format) if n not in files and (folder / n).exists()]
    if old:
        # Rows that moved to another split, or that were forgotten, would still be read from there.
        raise BadInput(
            f"{args.folder} holds {', '.join(old)} of an earlier export, for which this one has no "
            "rows; remove what is there, or name another folder."
        )
    if not dataset.rows:
        screen.tell("Nothing was decided yet that could be written.")
        return 1
    for name, data in files.items():
        begins = BEGINNINGS[name.rpartition(".")[2]]
        write_data(folder / name, data=data, begins=begins)
    for (kind, split), rows in sorted(dataset.rows.items()):
        screen.show(f"{kind.value:<10} {split:<10} {counted(len(rows), 'record')}")
    screen.tell(f"Written to {args.folder}; read its README.md before you give it away.")
    return 0

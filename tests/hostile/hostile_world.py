"""One person's machine with a hostile repository on it, and what can be seen to have happened."""

from __future__ import annotations

import json
import os
import re
import secrets
import stat
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import pexpect
from hostile_cases import (
    PLANTED_FINDINGS,
    PLANTED_JS_FINDINGS,
    Case,
    Words,
    make,
    plant,
)
from hostile_evidence import Evidence, Listener, Step, outside_of_fences, prompts_in
from hostile_starts import KILLED_FOR_TIME, Person, Start, run_program
from hostile_users import become, own

MYSELF = Person()
ANEW = ("interpreter", "names")
"""Families whose cases are about how the command starts, so that it is always started anew."""
THOROUGH = ("interpreter", "terminal")
"""Families for which all analyzers are asked in every step."""
QUICK = ("git", "races")
"""Families whose cases are not about what analyzers make of a text."""
QUESTION = r"\[a\]pprove \[e\]dit \[r\]eject \[s\]kip \[q\]uit"
CODES = {0, 1, 2, 3}
OWN_FOLDERS = ("data/playground", "cache/playground", "state/playground")
ANSWER = "I would rather not."
RAW_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)


class Machine:
    """Throw-away folders of one person, with a hostile repository among them.

    Args:
        folder: an empty folder.
        case: what to plant.
        person: who works there; the tests' own user where it is not said.

    Raises:
        Unmakeable: the case cannot be made here.
    """

    def __init__(self, folder: Path, case: Case, person: Person = MYSELF) -> None:
        self.folder, self.case, self.person = folder, case, person
        self.root = folder / "work" / case.root
        self.outside = folder / "outside"
        self.listener = Listener()
        self.words = Words(
            mark=self.outside / "marks" / "executed",
            outside=self.outside,
            secret=f"walrus {secrets.token_hex(6)} tango",
            key=f"ghp_{secrets.token_hex(18)}",
            port=self.listener.port,
            repository=self.root,
        )
        try:
            self._prepare()
        except BaseException:
            self.listener.close()
            raise

    def _prepare(self) -> None:
        (self.outside / "marks").mkdir(parents=True)
        (self.folder / "home").mkdir()
        final = "from typing import Final\n\nKEY: Final = "
        for name, head in (("txt", ""), ("toml", "KEY = "), ("json", ""), ("py", final)):
            (self.outside / f"secret.{name}").write_text(f'{head}"{self.words.secret}"\n')
        (self.outside / "victim.py").write_text("def same(a, b):\n    return a == None\n")
        (self.outside / "same.py").write_text("def same(a, b):\n    return a == None\n")
        for name in ("temporary", *OWN_FOLDERS):
            (self.folder / name).mkdir(parents=True)
        plant(self.case, self.root, self.words)
        answers = [self.words.put_into(text) for text in self.case.answers] or [ANSWER]
        script = self.folder / "config" / "answers.yaml"
        script.parent.mkdir()
        numbered = [{"match": f"Number {n}.", "answer": a} for n, a in enumerate(answers)]
        lines = [*numbered, {"answer": answers}]
        script.write_text("".join(json.dumps(line) + "\n" for line in lines))
        # In one of our own folders, which are searched for the secret.
        self.prompts = self.folder / "state" / "playground" / "prompts.jsonl"
        engine = {"kind": "scripted", "file": str(script), "prompts": str(self.prompts)}
        settings: dict[str, Mapping[str, object]] = {
            "model": {"engine": "answers", "engines": {"answers": engine}},
            "cycles": {"sources": ["engine", "samples"]} if self.case.answers else {},
        }
        for section, given in {**settings, **self.case.settings}.items():
            path = self.folder / "config" / "playground" / f"{section}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(self.words.put_into(json.dumps(given)))
        if self.person.uid is not None:
            own(self.folder, self.person.uid)

    def close(self) -> None:
        """Stops listening; the folder is left to the caller."""
        self.listener.close()

    def environment(self, **more: str) -> dict[str, str]:
        """Returns the environment of the person's shell."""
        places = {
            f"XDG_{name.upper()}_HOME": str(self.folder / name)
            for name in ("config", "data", "cache", "state")
        }
        own = {name: self.words.put_into(text) for name, text in self.case.environment.items()}
        basic = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(self.folder / "home")}
        temporary = {"TMPDIR": str(self.folder / "temporary")}
        return {**basic, **places, **temporary, **own, **more}

    def command(self, name: str) -> tuple[Sequence[str], Path]:
        """Returns the arguments of a step and its working folder."""
        inside, above = self.root, self.root.parent
        beside = str(Path(self.case.root) / self.case.argument)
        quiet = ("--apply", "never", "--format", "json")
        named = [word for path in self.case.named for word in ("--file", path)]
        if name.startswith("generate-"):
            request = f"{self.case.request} Number {name.removeprefix('generate-')}."
            return ("generate", request, *named), inside
        steps: dict[str, tuple[Sequence[str], Path]] = {
            "check": (("check", self.case.argument, "--format", "json"), inside),
            "words": (("check", self.case.argument), inside),
            "outside": (("check", beside, "--format", "json"), above),
            "sarif": (("check", self.case.argument, "--format", "sarif"), inside),
            "since": (("check", ".", "--since", "HEAD", "--format", "json"), inside),
            "improve": (("improve", beside, *quiet, "--max", "3"), above),
            "generate": (("generate", self.case.request, *named), inside),
            "improve-words": (("improve", self.case.argument, "--apply", "never"), inside),
        }
        return steps[name]

    def run(self, name: str) -> Step:
        """Runs one step to its end or to the case's limit."""
        arguments, where = self.command(name)
        anew = bool(self.case.environment) or self.case.family in ANEW
        if self.person.forks is not None and name in {"check", "outside", "words"}:
            arguments = (*arguments, *self._quickly(name))
        ended = self.person.run(self._start(arguments, where), anew=anew)
        return Step(name, ended.code, ended.out, ended.err, ended.seconds)

    def _quickly(self, name: str) -> Sequence[str]:
        """Returns what leaves out slow analyzers where `check` has shown what they make of it."""
        shown = "check" in self.case.drive and name != "check"
        chosen = "analyzers" in self.case.settings.get("tools", {})
        if chosen or not (shown or self.case.family in QUICK) or self.case.family in THOROUGH:
            return ()
        quick = "eslint" if self.case.javascript else "ruff"
        return ("--set", f"tools.analyzers=[{quick},text,secrets]")

    def forked(self, name: str, arguments: Sequence[str]) -> Step:
        """Runs any other command in the repository, without a new start where there is a way."""
        ended = self.person.run(self._start(arguments, self.root), anew=False)
        return Step(name, ended.code, ended.out, ended.err, ended.seconds)

    def started(self, name: str, argv: Sequence[str], *, where: Path) -> Step:
        """Runs a program in the person's environment."""
        ended = run_program(argv, start=self._start((), where), uid=self.person.uid)
        return Step(name, ended.code, ended.out, ended.err, ended.seconds)

    def _start(self, arguments: Sequence[str], where: Path) -> Start:
        return Start(arguments, where, self.environment(), self.case.limit_s)

    def approve(self) -> Step:
        """Approves what waits on a terminal; the tree changes after it was shown."""
        began = time.monotonic()
        child: pexpect.spawn[str] = pexpect.spawn(
            self.person.argv[0],
            [*self.person.argv[1:], "review", "--all"],
            cwd=str(self.root.parent),
            env=self.environment(TERM="xterm", NO_COLOR="1"),
            encoding="utf-8",
            codec_errors="replace",
            timeout=self.case.limit_s,
            dimensions=(60, 120),
            preexec_fn=None if (uid := self.person.uid) is None else partial(become, uid),
        )
        said: list[str] = []
        code = KILLED_FOR_TIME
        try:
            for turn in range(4):
                found = child.expect([QUESTION, pexpect.EOF])
                said.append(child.before or "")
                if found == 1:
                    break
                if turn == 0:
                    for thing in self.case.between:
                        make(thing, root=self.root, words=self.words)
                    self.before = self.snapshot()
                child.sendline("a" if turn == 0 else "q")
            child.close()
            code = child.exitstatus if child.exitstatus is not None else -(child.signalstatus or 1)
        except pexpect.TIMEOUT:
            child.close(force=True)
        return Step("approve", code, "".join(said), "", time.monotonic() - began)

    def snapshot(self) -> dict[str, tuple[object, ...]]:
        """Returns what can be told of every file but Playground's own, without opening any."""
        found: dict[str, tuple[object, ...]] = {}
        waiting = [os.fsencode(self.folder)]
        own = {os.fsencode(self.folder / name) for name in OWN_FOLDERS}
        while waiting:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.path in own:
                        continue
                    status = entry.stat(follow_symlinks=False)
                    path = os.fsdecode(os.path.relpath(entry.path, os.fsencode(self.folder)))
                    if stat.S_ISDIR(status.st_mode):
                        waiting.append(entry.path)
                        found[path] = (status.st_mode, status.st_ino)
                    else:
                        found[path] = (
                            *(status.st_mode, status.st_ino, status.st_size),
                            *(status.st_mtime_ns, status.st_ctime_ns),
                        )
        return found

    before: dict[str, tuple[object, ...]]

    @contextmanager
    def racing(self) -> Generator[None]:
        """Lets one place of the tree flicker between the case's states."""
        over = threading.Event()
        things = self.case.race

        def flicker() -> None:
            while not over.is_set():
                for thing in things:
                    make(thing, root=self.root, words=self.words)
                    time.sleep(0.001)

        thread = threading.Thread(target=flicker)
        if things:
            thread.start()
        try:
            yield
        finally:
            over.set()
            if things:
                thread.join()

    def attack(self) -> tuple[list[Step], Evidence]:
        """Runs the case's steps and collects what happened."""
        self.before = self.snapshot()
        steps: list[Step] = []
        with self.racing():
            steps += [self.approve() if n == "approve" else self.run(n) for n in self._names()]
        return steps, self.evidence(steps)

    def _names(self) -> Iterator[str]:
        for name in self.case.drive:
            if name == "generate-each":
                yield from (f"generate-{n}" for n in range(len(self.case.answers)))
            else:
                yield name

    def evidence(self, steps: Sequence[Step]) -> Evidence:
        """Returns what went wrong."""
        found = Evidence()
        found.executed += [
            str(p.relative_to(self.folder)) for p in self.words.mark.parent.iterdir()
        ]
        found.connected += self.listener.contacts
        found.leaked += self._leaks(steps)
        found.written += self._writes(steps)
        for step in steps:
            self._ended_well(step, found)
            found.silenced += self.silenced(step)
        self._expected(steps, found)
        asked = prompts_in(self.prompts)
        orders = [self.words.put_into(order) for order in self.case.orders]
        found.leaked += ["a prompt" for text in asked if self.words.key in text]
        found.deceived += outside_of_fences(asked, orders)
        if orders and not any(order in text for text in asked for order in orders):
            found.unclear.append("no prompt holds the orders")
        return found

    def _writes(self, steps: Sequence[Step]) -> Iterator[str]:
        flickering = {thing.path for thing in self.case.race}
        after = self.snapshot()
        applied = any(step.name == "approve" for step in steps) and self.case.expect.applied
        mine = str(self.root.relative_to(self.folder))
        for path in sorted(self.before.keys() | after.keys()):
            if self.before.get(path) == after.get(path) or path.startswith("outside/marks/"):
                continue
            if any(path == f"{mine}/{name}" for name in flickering):
                continue
            if not (applied is not False and path.startswith(mine)):
                yield path

    def _leaks(self, steps: Sequence[Step]) -> Iterator[str]:
        secret = self.words.secret
        for step in steps:
            if secret in step.out + step.err:
                yield f"printed by {step.name}"
        for name in OWN_FOLDERS:
            for path in (self.folder / name).rglob("*"):
                if (
                    path.is_file()
                    and not path.is_symlink()
                    and secret.encode() in path.read_bytes()
                ):
                    yield str(path.relative_to(self.folder))

    def _ended_well(self, step: Step, found: Evidence) -> None:
        if step.code == KILLED_FOR_TIME:
            found.hung.append(f"{step.name} after {step.seconds:.0f} s")
            return
        said = step.out + step.err
        strange = "Traceback" in said or "Something unexpected" in said
        if step.code not in CODES or strange:
            found.crashed.append(f"{step.name} ended with {step.code}: {step.err[-300:]}")
        allowed = self.case.expect.exit.get(step.name)
        if allowed is not None and step.code not in allowed:
            found.unclear.append(f"{step.name} ended with {step.code}: {step.err[-300:]}")
        if step.name != "approve" and (raw := RAW_CONTROL.findall(said)):
            found.deceived.append(f"{step.name} printed {raw[:3]!r}")

    def silenced(self, step: Step) -> Iterator[str]:
        """Yields planted findings that the step should have listed and did not."""
        if step.name not in {"check", "outside"} or not self.case.expect.planted:
            return
        wanted = PLANTED_JS_FINDINGS if self.case.javascript else PLANTED_FINDINGS
        objects = step.objects
        seen = {
            (o.get("tool"), o.get("rule"))
            for o in objects
            if str(o.get("path", "")).startswith("planted")
        }
        summary = objects[-1] if objects else {}
        checks = cast("list[dict[str, object]]", summary.get("checks", []))
        status = {check["tool"]: check["status"] for check in checks}
        missing = [(t, r) for t, r in wanted if (t, r) not in seen and (t in status or not objects)]
        # What a setting or comment of the repository keeps back is counted aloud.
        kept_back = cast("int", summary.get("hidden", 0))
        for tool, rule in missing if kept_back < len(missing) else ():
            if status.get(tool, "ok") == "ok":
                yield f"{step.name}: {tool} {rule} (exit code {step.code})"
            elif tool not in self.case.expect.unanswered:
                yield f"{step.name}: {tool} has no answer ({status[tool]})"

    def _expected(self, steps: Sequence[Step], found: Evidence) -> None:
        expect, said = self.case.expect, "\n".join(step.out + step.err for step in steps)
        for pattern in expect.says:
            if not re.search(self.words.put_into(pattern), said):
                found.unclear.append(f"nothing says {pattern!r}: {said[-800:]}")
        for pattern in expect.never:
            if re.search(self.words.put_into(pattern), said):
                found.unclear.append(f"something says {pattern!r}")
        if expect.proposed is not None:
            objects = [o for step in steps for o in step.objects]
            outcomes = {o.get("outcome") for o in objects if o.get("type") == "finding"}
            proposed = "proposed" in outcomes or "playground review" in said
            if proposed is not expect.proposed:
                found.unclear.append(f"proposed is {proposed}: {said[-800:]}")


@contextmanager
def machine(folder: Path, case: Case, person: Person = MYSELF) -> Generator[Machine]:
    """Makes a machine and takes it away again."""
    with closing(Machine(folder, case, person)) as made:
        yield made


def alive(attacked: Machine) -> list[str]:
    """Returns what is wrong with the product after an attack on it; nothing should be.

    Args:
        attacked: its state is used by a harmless repository.
    """
    case, folder = Case(story="", family="", tries=()), attacked.folder
    again = Machine.__new__(Machine)
    again.folder, again.case, again.person = folder, case, attacked.person
    again.root, again.outside = folder / "harmless", folder / "outside"
    again.words = replace(attacked.words, repository=again.root)
    if not again.root.exists():
        plant(case, again.root, again.words)
    quick = ("check", ".", "--format", "json", "--set", "tools.analyzers=[ruff]")
    check = again.forked("check", quick)
    wrong = list(again.silenced(check))
    if not {"check", "outside", "words", "sarif", "since"}.issuperset(attacked.case.drive):
        audit = again.forked("audit", ("audit", "verify"))  # the attack left events
        wrong += [f"audit: {audit.out}{audit.err}"] if audit.code else []
    return wrong

"""Where a session's lines come from: an editor line on a terminal, plain lines from a pipe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.patch_stdout import patch_stdout

from playground.security.secrets import redact
from playground.security.validators import printable

PROMPT = "playground> "


class Lines(Protocol):
    """Gives one line after the other."""

    def next(self) -> str | None:
        """Returns the next line, None at the end of input.

        Raises:
            KeyboardInterrupt: the person pressed Ctrl-C while typing.
        """
        ...


class PipedLines:
    """Lines of a stream that is no terminal."""

    def __init__(self, stream: TextIO) -> None:
        """Takes the stream."""
        self._stream = stream

    def next(self) -> str | None:
        """Returns the next line, None at the end."""
        line = self._stream.readline()
        return line.rstrip("\n") if line else None


class TypedLines:
    """Lines typed on a terminal, with history, completion and a toolbar."""

    def __init__(
        self, *, history: Path, commands: Sequence[str], root: Path, toolbar: Callable[[], str]
    ) -> None:
        """Prepares the prompt.

        Args:
            history: file for what was typed; made readable for its owner alone.
            commands: slash commands to complete.
            root: folder in which paths are completed.
            toolbar: makes the text below the line.
        """
        self._session: PromptSession[str] = PromptSession(
            history=history_in(history),
            completer=completer_for(commands, root=root),
            complete_while_typing=False,
            bottom_toolbar=lambda: printable(toolbar()),
        )

    def next(self) -> str | None:
        """Returns the next line, None at Ctrl-D."""
        try:
            with patch_stdout():
                return self._session.prompt(PROMPT)
        except EOFError:
            return None


class _ScrubbedHistory(FileHistory):
    """Keeps no secrets."""

    def store_string(self, string: str) -> None:
        super().store_string(redact(string))


def history_in(path: Path) -> History:
    """Returns a history in a file for its owner alone; in memory where it cannot be written."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.chmod(0o600)
    except OSError:
        return InMemoryHistory()
    return _ScrubbedHistory(str(path))


def completer_for(commands: Iterable[str], *, root: Path) -> Completer:
    """Returns what completes slash commands, and paths below a folder."""
    return _Words(commands, root)


class _Words(Completer):
    """Completes slash commands, and paths after them or where a word looks like one."""

    def __init__(self, commands: Iterable[str], root: Path) -> None:
        self._commands = sorted(commands)
        self._paths = PathCompleter(get_paths=lambda: [str(root)], expanduser=True)

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """Yields what the word before the cursor may become."""
        before = document.text_before_cursor
        if before.startswith("/") and " " not in before:
            for name in self._commands:
                if name.startswith(before):
                    yield Completion(name, start_position=-len(before))
            return
        word = before.rpartition(" ")[2]
        if before.startswith("/") or "/" in word or "." in word:
            yield from self._paths.get_completions(Document(word, len(word)), complete_event)

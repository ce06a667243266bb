"""The arguments with which we start SGLang, and those that we do not let through."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

_REFUSED = {
    "--trust-remote-code": "it runs code that comes with a model",
    "--enable-custom-logit-processor": "it runs code that comes with a request",
    "--trust-request-chat-template": "it runs templates that come with a request",
    "--api-key": "keys are drawn anew at each start and go through a file",
    "--admin-api-key": "keys are drawn anew at each start and go through a file",
    "--config": "the keys go through it",
    "--host": "a server of ours listens on this machine alone",
    "--port": "set port instead",
    "--model-path": "set model instead",
    "--model": "set model instead",
    "--served-model-name": "it is made from model",
    "--is-embedding": "such a server answers no questions",
}
_PLAIN = (
    ("--sampling-defaults", "openai"),  # else a model's own file overrules what we leave out
    ("--grammar-backend", "xgrammar"),
    ("--constrained-json-disable-any-whitespace", ""),  # else a weak model writes blanks for ever
    ("--sleep-on-idle", ""),  # else a server that has nothing to do keeps a core busy
    ("--enable-metrics", ""),
    ("--enable-cache-report", ""),
)
_PRIORITY = "--enable-priority-scheduling"
_PREFIX_FIRST = ("--schedule-policy", "lpm")


def refused(argument: str) -> str:
    """Returns why an argument is not passed on, "" when it is.

    SGLang takes every unambiguous beginning of a flag for the flag, so those count too.
    """
    flag = flag_of(argument)
    if not flag.startswith("--") or len(flag) <= len("--"):
        return ""
    for name, reason in _REFUSED.items():
        if name.startswith(flag):
            return f"{argument.partition('=')[0]} is not passed on: {reason}"
    return ""


def sglang_arguments(
    model: str, *, profile: Sequence[str] = (), own: Sequence[str] = ()
) -> tuple[str, ...]:
    """Returns the arguments that follow the program, but for address and keys.

    What the person gives replaces what we would give. SGLang serves by priority only in the order
    of arrival, so whoever asks for priorities gets no preference for shared prefixes.

    Args:
        model: a folder or a hub's name.
        profile: flags for this machine.
        own: the person's arguments.
    """
    given = {flag_of(argument) for argument in own}
    plain = list(_PLAIN) if _PRIORITY in given else [*_PLAIN, _PREFIX_FIRST]
    ours = [*plain, *_pairs(profile)]
    kept = [word for flag, value in ours if flag not in given for word in (flag, value) if word]
    named = ("--model-path", model, "--served-model-name", served_name(model))
    return (*named, *kept, *own)


def served_name(model: str) -> str:
    """Returns the name by which the server lists a model: a folder's or a hub name's last part."""
    return PurePosixPath(model.rstrip("/")).name or "model"


def flag_of(argument: str) -> str:
    """Returns the flag of an argument as SGLang spells it, the argument itself when it is none."""
    name = argument.partition("=")[0]
    return name.replace("_", "-") if name.startswith("--") else name


def _pairs(flags: Sequence[str]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for word in flags:
        if word.startswith("--"):
            pairs.append((word, ""))
        else:
            pairs[-1] = (pairs[-1][0], word)
    return pairs

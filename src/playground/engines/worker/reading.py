"""Reading a prompt before its answer: what is known already is fetched, what is new is shared."""

from __future__ import annotations

import secrets

from playground.engines.calls import Call
from playground.engines.worker.client import Completed, Prompt
from playground.engines.worker.host import Session
from playground.engines.worker.slots import Lease, shared


def prepare(session: Session, *, prompt: Prompt, lease: Lease, call: Call) -> int | None:
    """Makes the lease's slot hold its prompt, with as little reading as possible.

    A prompt is always read in the same pieces, one for each beginning that it shares with others,
    whether they are found or not: so a state that was kept is the one that would be read now.

    Returns:
        The prompt tokens that cost no work, None when the answer itself will tell.

    Raises:
        BadInput: the worker refuses the prompt.
        EngineUnavailable: the worker could not go on.
        httpx2.HTTPError: the connection broke or was cut.
    """
    if lease.source is not None:
        if session.client.take_state(lease.slot, file=lease.source.file, call=call):
            lease.held = shared(lease.source.tokens, lease.tokens)
        session.slots.copied(lease)
    if lease.reading is None:
        return None
    _restore(session, prompt=prompt, lease=lease, call=call)
    cached: int | None = None
    for head in prompt.heads:
        if head > lease.held:
            found = _read(session, lease=lease, length=head, call=call)
            cached = found if cached is None else cached
            _keep(session, lease=lease, call=call)
    found = _read(session, lease=lease, length=len(prompt.tokens), call=call)
    file = ""
    if session.slots.wanted(lease):
        name = _name()
        file = name if session.client.keep_state(lease.slot, file=name, call=call) else ""
    session.slots.read(lease, file=file)
    return found if cached is None else cached


def _read(session: Session, *, lease: Lease, length: int, call: Call) -> int:
    """Reads so many tokens of the prompt; returns how many of them were there."""
    cached = 0
    body = {
        "prompt": lease.tokens[:length],
        "id_slot": lease.slot,
        "n_predict": 0,
        "cache_prompt": True,
    }
    for event in session.client.complete(body, call=call):
        if isinstance(event, Completed):
            cached = event.cached
    lease.held = length
    return cached


def _restore(session: Session, *, prompt: Prompt, lease: Lease, call: Call) -> None:
    """Puts the longest beginning that was kept on disk into the slot, if that spares reading."""
    if session.prefixes is None:
        return
    for head in reversed(prompt.heads):
        if head <= lease.held:
            return
        beginning = prompt.tokens[:head]
        if not session.prefixes.has(beginning):
            continue
        file = session.worker.folder / _name()
        try:
            if session.prefixes.take(beginning, into=file):
                lease.held = 0  # whatever becomes of it, the slot's own state is gone
                if session.client.take_state(lease.slot, file=file.name, call=call):
                    lease.held = head
                    return
        finally:
            file.unlink(missing_ok=True)


def _keep(session: Session, *, lease: Lease, call: Call) -> None:
    """Keeps what the slot holds for other processes, unless they have it."""
    beginning = lease.tokens[: lease.held]
    if session.prefixes is None or session.prefixes.has(beginning):
        return
    file = session.worker.folder / _name()
    try:
        if session.client.keep_state(lease.slot, file=file.name, call=call):
            session.prefixes.keep(beginning, source=file)
    finally:
        file.unlink(missing_ok=True)


def _name() -> str:
    return f"{secrets.token_hex(8)}.state"

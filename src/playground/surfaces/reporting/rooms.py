"""The sealed room, shown at work: which layers hold, and each thing that was tried and refused."""

from __future__ import annotations

from collections.abc import Iterator

from playground.domain.errors import AnalyzerUnavailable
from playground.security.room.sealed import SealedRoom
from playground.surfaces.rendering.sentences import counted
from playground.surfaces.reporting.parts import Line

_PART = "room"


def room_lines(room: SealedRoom | None) -> Iterator[Line]:
    """Tries the room and yields what came of it; None is a room that the person left open."""
    if room is None:
        text = "open, as your configuration says (tools.room); analyzers run without a room"
        yield Line(_PART, text)
        return
    layers = room.layers()
    try:
        receipt = room.prove()
    except AnalyzerUnavailable as error:
        yield Line(_PART, str(error), well=False)
        return
    names = " and ".join([", ".join(receipt.layers[:-1]), receipt.layers[-1]])
    tried = counted(len(receipt.refused), "trial")
    yield Line(_PART, f"{names} hold; {tried} from inside, every one refused")
    for sentence in receipt.refused:
        what, _, answer = sentence.rpartition(": ")
        yield Line(_PART, f"refused to {what} ({answer})")
    for name, why in layers.trouble:
        yield Line(_PART, f"{name} is not used ({why}); the others hold without it")

"""Differences between objects: copies from the old one and insertions."""

from __future__ import annotations

from playground.security.git_objects.digests import Budget, damaged

_COPY = 0x80
_SIZE_DEFAULT = 0x10000
_PIECE_BYTES = 64
"""What following one order counts as, so that many small pieces do not take minutes."""


def applied(delta: bytes, *, base: bytes, budget: Budget) -> bytes:
    """Returns the object that a difference makes from another one.

    Raises:
        Unavailable: the difference does not fit the object, or the result is too large.
    """
    try:
        return _applied(delta, base, budget)
    except IndexError as error:
        raise damaged("A git object") from error


def _applied(delta: bytes, base: bytes, budget: Budget) -> bytes:
    base_size, place = _number(delta, 0)
    size, place = _number(delta, place)
    if base_size != len(base):
        raise damaged("A git object")
    budget.take(size)
    made = bytearray()
    while place < len(delta):
        order = delta[place]
        place += 1
        budget.take(_PIECE_BYTES)
        if order & _COPY:
            start, place = _bytes(delta, place, order & 15)
            count, place = _bytes(delta, place, order >> 4 & 7)
            count = count or _SIZE_DEFAULT
            piece = base[start : start + count]
        else:
            count = order
            piece = delta[place : place + count]
            place += count
        if not count or len(piece) != count or len(made) + count > size:
            raise damaged("A git object")
        made += piece
    if len(made) != size:
        raise damaged("A git object")
    return bytes(made)


def _number(delta: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = delta[place]
        place += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return number, place
        if shift > 63:
            raise damaged("A git object")


def _bytes(delta: bytes, place: int, present: int) -> tuple[int, int]:
    """Reads a number of which only the bytes are written that have a bit in `present`."""
    number = 0
    for index in range(4):
        if present >> index & 1:
            number |= delta[place] << (8 * index)
            place += 1
    return number, place

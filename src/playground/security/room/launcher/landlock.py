"""Landlock: which files this process may read, run and write from now on; all others are shut."""

from __future__ import annotations

import ctypes
import os
import struct

from playground.security.room.launcher.kernel import system_call

EXECUTE = 1 << 0
WRITE_FILE = 1 << 1
READ_FILE = 1 << 2
READ_DIR = 1 << 3
REMOVE_DIR = 1 << 4
REMOVE_FILE = 1 << 5
MAKE_DIR = 1 << 7
MAKE_REG = 1 << 8
TRUNCATE = 1 << 14

READ = READ_FILE | READ_DIR
RUN = READ_FILE | EXECUTE
WRITE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | TRUNCATE

_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
_TCP = 0b11
_SIGNALS_AND_ABSTRACT_SOCKETS = 0b11
_VERSION = 1
_BENEATH = 1


def version() -> int:
    """Returns the kernel's version of Landlock, 0 when it has none or has it switched off."""
    try:
        return system_call("landlock_create_ruleset", None, 0, _VERSION)
    except OSError:
        return 0


def handled(abi: int) -> int:
    """Returns every right over files that this version can take away."""
    bits = 13 + (abi >= 2) + (abi >= 3) + (abi >= 5)
    return (1 << bits) - 1


def ruleset(abi: int) -> bytes:
    """Returns the kernel's structure that takes everything away that this version can."""
    fields = [handled(abi)]
    if abi >= 4:
        fields.append(_TCP)
    if abi >= 6:
        fields.append(_SIGNALS_AND_ABSTRACT_SOCKETS)
    return struct.pack(f"={len(fields)}Q", *fields)


def restrict(rights: list[tuple[str, int]], *, abi: int) -> None:
    """Takes from this process, for good, every right over files but these.

    Args:
        rights: path and bits; a path that does not exist gives no right.
        abi: the version that is asked for, at most the kernel's.

    Raises:
        OSError: the kernel cannot do it.
    """
    attributes = ruleset(abi)
    rules = system_call("landlock_create_ruleset", attributes, len(attributes), 0)
    try:
        for path, bits in rights:
            _allow(rules, path, bits=bits & handled(abi))
        system_call("landlock_restrict_self", rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: str, *, bits: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        folder = os.fstat(place).st_mode & 0o170000 == 0o040000
        allowed = bits if folder else bits & _OF_FILES
        rule = ctypes.create_string_buffer(struct.pack("=Qi", allowed, place))
        system_call("landlock_add_rule", rules, _BENEATH, rule, 0)
    finally:
        os.close(place)

"""People."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass
class Person:
    """A person."""

    name: str
    mail: str | None = None


def find(people: list[Person], name: str) -> Person | None:
    """Finds."""
    return next((person for person in people if person.name == name), None)


def _mail_of(person: Person) -> str:
    return person.mail

"""People and their letters."""

from __future__ import annotations

import abc
import json
from collections.abc import Iterator
from typing import NamedTuple


class Person(NamedTuple):
    """A person."""

    name: str
    mail: str | None
    friends: list[str] | None


class Sender(abc.ABC):
    """Sends letters."""

    retries: int = 3

    @abc.abstractmethod
    def send(self, person: Person, text: str) -> bool:
        """Sends."""


class Printer(Sender):
    """Prints letters."""

    retries: str = "3"

    def print(self, text: str) -> None:
        """Prints."""
        print(text)


def domain(person: Person) -> str:
    """Returns the part behind the @."""
    return person.mail.split("@")[1]


def friends(person: Person) -> list[str]:
    """Returns the friends' names in capitals."""
    return [friend.upper() for friend in person.friends]


def initial(people: dict[str, Person], name: str) -> str:
    """Returns a person's first letter."""
    found = people.get(name)
    return found[0][0]


def total(numbers: list[int | None]) -> int:
    """Returns the sum."""
    result = 0
    for number in numbers:
        result += number
    return result


def sender() -> Sender:
    """Returns a sender."""
    return Sender()


def words(text: str) -> Iterator[str]:
    """Yields words."""
    return text.split()


def settings(text: str) -> dict[str, int]:
    """Returns settings."""
    found: dict[str, int] = json.loads(text)
    found = list(found)
    return found


def groups(people: list[Person]) -> set[Person]:
    """Returns people once each."""
    return {person for person in people}


def index(pairs: list[tuple[str, int]]) -> dict[list[str], int]:
    """Returns an index."""
    return {[name]: number for name, number in pairs}


async def notify(person: Person) -> None:
    """Notifies."""


async def notify_all(people: list[Person]) -> None:
    """Notifies all."""
    for person in people:
        _ = notify(person)


def letter(person: Person, text: str | None) -> str:
    """Returns a letter."""
    return "Dear " + person.name + "\n" + text


def shout(text: str) -> str:
    """Returns capitals."""
    return text.uppercase()


def both(one: str, two: int) -> str:
    """Returns both."""
    return one + two

"""Live progress of a campaign: one moving line on a terminal, a line now and then in a pipe."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager

from rich.live import Live
from rich.text import Text

from playground.campaigns.estimates import remaining_s
from playground.campaigns.state import Campaign
from playground.campaigns.state import Stage as At
from playground.surfaces.rendering.screen import Screen, plain
from playground.surfaces.rendering.sentences import counted, place, seconds_in_words

_TOLD_EVERY_S = 15.0
_PER_SECOND = 4


class Course:
    """What is shown of a campaign that is being worked on.

    Attributes:
        campaign: as it was seen last, None before the first look.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._pipe = not screen.err.is_terminal or screen.err.is_dumb_terminal
        self._told_at = 0.0
        self._told = ""
        self.campaign: Campaign | None = None

    def saw(self, campaign: Campaign) -> None:
        """Takes note of a look; in a pipe tells of it when there is news."""
        self.campaign = campaign
        moment = time.monotonic()
        if not self._pipe or moment - self._told_at < _TOLD_EVERY_S:
            return
        self._told_at = moment
        line = line_of(campaign)
        if line != self._told:
            self._told = line
            self._screen.tell(line)

    def __rich__(self) -> Text:
        """Returns the line as it is now."""
        line = line_of(self.campaign) if self.campaign else ""
        return Text(no_wrap=True, overflow="ellipsis", end="").append_text(plain(line))


def line_of(campaign: Campaign) -> str:
    """Returns how far a campaign is, in one line."""
    settled = campaign.count(At.DONE) + campaign.count(At.WAITING)
    running = [work.item.finding for work in campaign.at(At.CLAIMED)]
    left = remaining_s(campaign)
    parts = [
        f"{settled}/{len(campaign.works)}",
        "paused, `playground campaign resume` goes on" if campaign.pause else "",
        f"{counted(campaign.count(At.WAITING), 'proposal')} waiting",
        f"{campaign.spent.total:,} tokens" if campaign.spent.total else "",
        f"about {about(left)} left" if left is not None else "",
        ", ".join(f"{finding.rule} {place(finding)}" for finding in running[:2]),
    ]
    return " · ".join(part for part in parts if part)


def about(seconds: float) -> str:
    """Returns a length of time as exactly as an estimate can be."""
    if seconds < 90:
        rounded = max(5, round(seconds / 5) * 5)
        return f"{rounded} s" if rounded < 60 else seconds_in_words(rounded)
    if seconds < 5_400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3_600:.1f} h"


@contextmanager
def following(screen: Screen) -> Generator[Course]:
    """Shows the course until the block ends; the line leaves no trace."""
    course = Course(screen)
    if not screen.err.is_terminal or screen.err.is_dumb_terminal:
        yield course
        return
    with Live(
        course,
        console=screen.err,
        transient=True,
        refresh_per_second=_PER_SECOND,
        redirect_stdout=False,
        redirect_stderr=False,
    ):
        yield course

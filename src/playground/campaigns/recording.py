"""Recording in a campaign that others write too."""

from __future__ import annotations

from collections.abc import Callable

from playground.campaigns.state import Campaign
from playground.domain.campaigns import CampaignEvent, Records
from playground.domain.errors import Busy, Conflict

_ATTEMPTS_MAX = 100


def refresh(campaign: Campaign, *, records: Records) -> None:
    """Brings in what was recorded since."""
    for event in records.campaign_events(campaign.id, start=campaign.seq):
        campaign.apply(event)


def append(campaign: Campaign, *, records: Records, event: CampaignEvent) -> bool:
    """Records an event as the next one; False when another one is, which is brought in."""
    try:
        records.append_campaign(campaign.id, seq=campaign.seq, event=event)
    except Conflict:
        refresh(campaign, records=records)
        return False
    campaign.apply(event)
    return True


def record(
    campaign: Campaign, *, records: Records, make: Callable[[], CampaignEvent | None]
) -> bool:
    """Records an event; when another one was quicker, asks again whether it still holds.

    Args:
        campaign: as it was seen last; what is recorded is brought in.
        records: the journal.
        make: returns the event as the campaign is now, None when there is nothing to record.

    Returns:
        Whether it was recorded.

    Raises:
        Busy: others write all the time.
    """
    for _ in range(_ATTEMPTS_MAX):
        event = make()
        if event is None:
            return False
        if append(campaign, records=records, event=event):
            return True
    raise Busy("Too many others write into this campaign; try again.", retry_after_s=1)

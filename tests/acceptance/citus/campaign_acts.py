"""Campaigns from the file to the end, on a virtual clock."""

from datetime import timedelta

from tests.acceptance.citus.stage import Stage, must
from tests.integration.campaigns.says import SMS, campaign, does, launched, messages, reviewed, seen

HOUR = timedelta(hours=1)


def campaigns(stage: Stage) -> str:
    """One is reviewed, launched, paused and resumed, and goes to everybody it may; another is cancelled; one follows it up."""
    name, other, more = (f"{kind}-{stage.tag}" for kind in ("sale", "never", "again"))
    with stage.shop() as shop:
        looked = reviewed(shop, campaign(name, throttle="100000"))
        must(looked["audience"] > 0, f"nobody is meant: {looked}")
        must(does(shop, "launch", name)["launched"], "it was not launched")
        must(not does(shop, "launch", name)["launched"], "it was launched twice")
        shop.settle()
        does(shop, "pause", name)
        shop.passes(HOUR, HOUR)
        does(shop, "resume", name)
        launched(shop, campaign(other))
        does(shop, "cancel", other)
        shop.passes(timedelta(hours=26), 2 * HOUR)
        told = seen(shop, name)
        must(told.state == "done", f"it is {told.state}: {told}")
        there = messages(shop, name)
        must(told.planned > 0 and len(there) == told.email + told.sms, f"{len(there)} messages, but {told}")
        must(not [one for one in messages(shop, other) if one[1] == "accepted"], "what was cancelled was sent")
        retarget = f"{{campaign: {name}, on: sms, after: 1h}}"
        launched(shop, campaign(more, f"{{{SMS}}}", "", retarget=retarget))
        shop.passes(timedelta(hours=28), 4 * HOUR)
        must(seen(shop, more).state == "done", f"the follow-up is {seen(shop, more).state}")
    return f"{told.planned} messages"


CAMPAIGNS = (campaigns,)

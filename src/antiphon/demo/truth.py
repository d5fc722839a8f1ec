"""What is true of the demo shop by construction, so that a report can be held against it.

The figures are the field's published claims (Attentive, 2025), row H of the specification. Each is a property of the
latent population that ``people.py`` draws, counted over the history of ``HISTORY_DAYS`` days before the demo's first
day; ``docs/demo.md`` says how a report finds each of them again.
"""

from typing import Final

HISTORY_DAYS: Final = 90

#: Share of the known people by the channels on which they may be written to.
REACH: Final = {"email": 0.50, "sms": 0.16, "both": 0.22, "none": 0.12}

#: Share of the people on a channel's list without a human response over the history (H7).
UNENGAGED_EMAIL: Final = 0.87
UNENGAGED_SMS: Final = 0.66

#: Of people on both lists: share unengaged per channel, the same for either, so that H3 holds in both directions.
UNENGAGED_DUAL: Final = 0.75
#: Of people on both lists and unengaged on one channel: the share unengaged on the other (H3).
SHARED: Final = 0.94
#: What makes ``SHARED``: a person is unengaged on a channel when ``factor + taste`` is among the lowest
#: ``UNENGAGED_DUAL``, with one factor ~ N(0, 1) for the person and one taste ~ N(0, TASTE) per channel. The two sums
#: correlate by 1 / (1 + TASTE²) = 0.937, at which P(both low) = 0.94 x 0.75.
TASTE: Final = 0.2585

#: People who are on one list only make up the difference, so that each whole list has its share.
UNENGAGED_EMAIL_ONLY: Final = (
    UNENGAGED_EMAIL * (REACH["email"] + REACH["both"]) - UNENGAGED_DUAL * REACH["both"]
) / REACH["email"]
UNENGAGED_SMS_ONLY: Final = (UNENGAGED_SMS * (REACH["sms"] + REACH["both"]) - UNENGAGED_DUAL * REACH["both"]) / REACH[
    "sms"
]

#: Share of clickers (engaged on at least one channel), and of all others, who ordered over the history (H4).
BUYERS_CLICKED: Final = 0.80
BUYERS_SILENT: Final = 0.10

#: Revenue per person over the history, dual-channel over single-channel people (H2; published 2.0 to 2.8). About
#: 1.4 of it is selection (more of them are clickers); the rest is a higher order rate of the buyers among them.
DUAL_VALUE: Final = 2.4

#: The thank-you of a purchase (H1): clicks per message, orders per click; with the basket, revenue per message
#: 0.24 x 0.10 x $104 = $2.50.
THANKS_CLICKS: Final = 0.24
THANKS_ORDERS: Final = 0.10
BASKET: Final = 104.0

#: Clicks per message about an abandonment, by whether the person was engaged on its channel; orders per click.
CLICKS: Final = {("email", True): 0.14, ("email", False): 0.012, ("sms", True): 0.30, ("sms", False): 0.03}
RECOVERED: Final = 0.28
#: Opens per email (machines open more; they never count as engagement), opt-outs per message.
#: Of emails to people who never answer, a few open most and the others none: 0.29 x 0.55 = 0.16 of them all.
OPENS: Final = 0.55
OPENERS: Final = 0.29
#: Of the others on the email list so many did open once, before the mailings of the history.
LAPSED: Final = 0.2
MACHINE_OPENS: Final = 0.35
STOPS: Final = 0.012
UNSUBSCRIBES: Final = 0.006
#: Texts that are answered in words, which counts as engagement.
REPLIES: Final = 0.015

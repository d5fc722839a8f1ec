"""The product's states and kinds in words, with the icon and the tone that go with each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """``tone`` is a class of the style sheet: good, wait, bad, quiet, email, sms, plain."""

    words: str
    icon: str
    tone: str


MESSAGE_STATES: dict[str, Look] = {
    "planned": Look("Planned", "calendar", "plain"),
    "due": Look("Due", "clock", "plain"),
    "claimed": Look("Being prepared", "send", "plain"),
    "handing": Look("Being handed over", "send", "plain"),
    "accepted": Look("Sent", "check", "good"),
    "delivered": Look("Delivered", "circle-check", "good"),
    "failed": Look("Failed", "circle-x", "bad"),
    "unknown": Look("Outcome unknown", "circle-help", "wait"),
    "held": Look("Held", "hand", "wait"),
    "dropped": Look("Dropped", "ban", "bad"),
    "cancelled": Look("Cancelled", "x", "quiet"),
}

#: The same states as they are told afterwards.
HISTORY: dict[str, Look] = MESSAGE_STATES | {
    "due": Look("Fell due", "clock", "plain"),
    "claimed": Look("Prepared", "send", "plain"),
    "handing": Look("Handed to the sender", "send", "plain"),
}

#: What became of a message that a rule stopped.
STOPPED: dict[str, Look] = {
    "planned": Look("Put off", "clock", "plain"),
    "held": MESSAGE_STATES["held"],
    "dropped": MESSAGE_STATES["dropped"],
    "cancelled": MESSAGE_STATES["cancelled"],
    "not-written": Look("Not written", "minus", "quiet"),
}

CHANNELS: dict[str, Look] = {
    "email": Look("Email", "mail", "email"),
    "sms": Look("Text", "message-square-text", "sms"),
}

CONSENTS: dict[str, Look] = {
    "subscribed": Look("Subscribed", "circle-check", "good"),
    "unsubscribed": Look("Unsubscribed", "ban", "bad"),
    "pending": Look("Not confirmed yet", "clock", "wait"),
    "never": Look("Never asked", "minus", "quiet"),
    "expired": Look("Has expired", "hourglass", "quiet"),
    "paused": Look("Paused", "circle-pause", "wait"),
}

PURPOSES = {
    "marketing": "marketing",
    "transactional": "orders",
    "cart": "cart reminders",
    "service": "about consent itself",
}

#: How a consent was given or taken back.
METHODS = {
    "web form": "On a form",
    "keyword": "By a text with a keyword",
    "checkout": "At the checkout",
    "double opt-in": "By the link in the request to confirm",
    "reply": "By a text that answered",
    "preference": "In the preference centre",
    "review": "Given back by a human: the text was no opt-out",
    "import": "Imported",
    "api": "By a program",
    "stop": "Said STOP",
    "one-click": "By the unsubscribe link or the mailbox’s button",
    "mail": "By an email to the unsubscribe address",
    "sunset": "Let go by a journey after a long silence",
    "implied purchase": "Implied by a purchase",
    "implied inquiry": "Implied by an inquiry",
}

#: Service messages, by kind.
SERVICE = {
    "stop": "Confirms a STOP",
    "help": "Answers HELP",
    "confirm": "Asks to confirm a sign-up",
    "confirmed": "Confirms a sign-up",
    "code": "Sends a code that was promised",
}

JOURNEY_STATES: dict[str, Look] = {
    "active": Look("On", "circle-play", "good"),
    "paused": Look("Paused", "circle-pause", "wait"),
    "draft": Look("Draft", "circle-dot", "quiet"),
    "archived": Look("Archived", "x", "quiet"),
}

ACCOUNT_STATES: dict[str, Look] = {
    "active": Look("Active", "circle-check", "good"),
    "invited": Look("Invited", "mail", "wait"),
    "deactivated": Look("Deactivated", "ban", "quiet"),
}

UNIT_STATES: dict[str, Look] = {
    "active": Look("On", "circle-play", "good"),
    "paused": Look("Paused", "circle-pause", "wait"),
    "draft": Look("Draft", "circle-dot", "quiet"),
}

OUTCOMES: dict[str, Look] = {
    "finished": Look("Finished", "circle-check", "good"),
    "exited": Look("Left early", "log-out", "plain"),
    "merged": Look("Merged into another run", "git-merge", "quiet"),
    "cancelled": Look("Cancelled", "x", "quiet"),
}

EVENT_ICONS = {
    "Order Completed": "shopping-bag",
    "Product Added": "shopping-cart",
    "Cart Viewed": "shopping-cart",
    "Checkout Started": "shopping-cart",
    "Product Viewed": "eye",
    "Email Clicked": "mouse-pointer-click",
    "SMS Clicked": "mouse-pointer-click",
    "SMS Replied": "reply",
    "Email Opened": "mail-check",
    "Cart Abandoned": "hourglass",
    "Checkout Abandoned": "hourglass",
    "Browse Abandoned": "hourglass",
    "Email Subscribed": "user-plus",
    "SMS Subscribed": "user-plus",
    "Email Delivered": "mail",
    "SMS Delivered": "message-square-text",
    "Page Viewed": "globe",
    "Form Submitted": "user-plus",
    "Cart Emptied": "shopping-cart",
    "Order Fulfilled": "package",
    "Order Delivered": "package",
    "Order Refunded": "reply",
    "Email Unsubscribed": "ban",
    "SMS Unsubscribed": "ban",
}


def look(table: dict[str, Look], key: str | None) -> Look:
    """The look of a state; one that this release does not know keeps its own name."""
    return table.get(key or "", Look((key or "none").replace("_", " ").capitalize(), "circle-help", "quiet"))


#: Rules of decisions and of the last gate, as parts of a sentence: "held by …", "not sent: …".
RULES = {
    "duplicate": "already sent for this step",
    "exit": "the journey ended for this person",
    "expired": "too late to be of use",
    "consent.missing": "never subscribed",
    "consent.pending": "subscription not confirmed",
    "consent.unsubscribed": "unsubscribed",
    "consent.expired": "consent has expired",
    "consent.cart": "no double opt-in for cart reminders",
    "brand.postal_address": "the brand has no postal address",
    "content.empty": "nothing to show",
    "carrier.48h": "later than 48 hours after the cart",
    "offer.none": "no good code of an offer that it names",
    "carrier.purpose": "a text about an abandonment, planned as something else",
    "backup.restored": "due before an old backup was restored",
    "carrier.one_text": "one text per abandonment",
    "recover.answered": "they answered to the emails",
    "recover.value": "the cart is worth less than the journey asks for",
    "quiet_hours.sms": "quiet hours for texts",
    "quiet_hours.email": "quiet hours for email",
    "spacing.sms": "spacing between texts",
    "spacing.email": "spacing between emails",
    "cap.sms_24h": "texts a day",
    "cap.email_24h": "emails a day",
    "cap.journey": "enough messages of this journey",
    "cap.person": "enough messages of all kinds",
    "budget.day": "the day’s budget for texts",
    "budget.month": "the month’s budget for texts",
    "campaign.paused": "the campaign is paused",
    "campaign.cancelled": "the campaign was cancelled",
    "campaign.merged": "the same campaign goes to the person already",
    "campaign.throttle": "the campaign’s messages an hour",
    "sender.paused": "the sender is paused",
    "provider.rejected": "refused by the provider",
    "provider.deferred": "the provider asked to come again",
    "provider.unreachable": "the provider could not be reached",
    "template.error": "the template failed on this person",
    "channel.not_allowed": "not a channel of this step",
    "address.missing": "no address",
    "window": "outside of the step’s window",
    "preference.paused": "the person asked for a pause",
    "cap.service_24h": "answers a day",
    "suppression.stop": "opted out by STOP",
    "suppression.erased": "their address was erased",
    "erased": "the person was erased",
    "suppression.one-click": "opted out by one click",
}


#: What a human is to look at before they let a held message go, by the rule that holds it.
TO_RELEASE = {
    "brand.postal_address": "The law asks for a postal address below every promotional email. Give the brand one in "
    "Settings, then let the message go.",
    "backup.restored": "It was due before an old backup was restored, so it may have gone out already. Let it go if it has "
    "not.",
    "carrier.purpose": "It speaks of an abandonment without having been planned under the carriers’ rules for such texts, "
    "and is held again each time.",
}


def step_words(step: str) -> str:
    """A step that belongs to no version: of a service message its kind in words, else its id."""
    return SERVICE.get(step.partition("@")[0].partition("+")[0], step)


def rule_words(rule: str | None) -> str:
    """A rule in words; one without words of its own keeps its name: ``some_rule.part`` → ``some rule, part``."""
    known = RULES.get(rule or "")
    if known is not None:
        return known
    return (rule or "").removeprefix("suppression.").replace("_", " ").replace(".", ", ")

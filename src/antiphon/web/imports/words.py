"""States of imports, and what their consents are, as people see them."""

from antiphon.web.words import Look

IMPORT_STATES: dict[str, Look] = {
    "uploaded": Look("To be looked at", "eye", "wait"),
    "mapped": Look("Ready to start", "circle-dot", "plain"),
    "running": Look("Coming in", "hourglass", "plain"),
    "done": Look("Done", "circle-check", "good"),
    "failed": Look("Stopped by an error", "circle-alert", "bad"),
    "cancelled": Look("Cancelled", "x", "quiet"),
}

#: A claim waits for evidence, or for the person.
IMPORT_CONSENTS: dict[str, Look] = {
    "subscribed": Look("Subscribed", "circle-check", "good"),
    "claimed": Look("Claimed, without evidence", "circle-help", "wait"),
    "timed": Look("Claimed, in an unknown way", "circle-help", "wait"),
    "pending": Look("Not confirmed", "clock", "wait"),
    "unsubscribed": Look("Opted out", "ban", "bad"),
    "suppressed": Look("Suppressed", "ban", "bad"),
}

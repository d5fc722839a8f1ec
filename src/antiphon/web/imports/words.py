"""States of imports, and what their consents are, as people see them."""

from antiphon.web.uploads import FILE_STATES
from antiphon.web.words import Look

IMPORT_STATES = FILE_STATES | {"mapped": Look("Ready to start", "circle-dot", "plain")}

#: A claim waits for evidence, or for the person.
IMPORT_CONSENTS: dict[str, Look] = {
    "subscribed": Look("Subscribed", "circle-check", "good"),
    "claimed": Look("Claimed, without evidence", "circle-help", "wait"),
    "timed": Look("Claimed, in an unknown way", "circle-help", "wait"),
    "pending": Look("Not confirmed", "clock", "wait"),
    "unsubscribed": Look("Opted out", "ban", "bad"),
    "suppressed": Look("Suppressed", "ban", "bad"),
}

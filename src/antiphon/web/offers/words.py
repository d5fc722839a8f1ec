"""Offers as people see them."""

from antiphon.web.words import Look

STATES: dict[str, Look] = {
    "open": Look("Running", "circle-check", "good"),
    "early": Look("Not begun", "clock", "plain"),
    "over": Look("Ended", "minus", "quiet"),
    "dry": Look("Pool is dry", "circle-alert", "bad"),
    "low": Look("Pool is low", "hourglass", "wait"),
}
KINDS: dict[str, str] = {
    "static": "One code for everybody",
    "pool": "A code of their own for each",
    "steps": "One offer after the other",
}
GIVEN: dict[str, Look] = {
    "good": Look("Good", "check", "plain"),
    "redeemed": Look("Redeemed", "circle-check", "good"),
    "expired": Look("Expired", "hourglass", "quiet"),
}

"""Mailchimp: the audience as CSV, one file each for subscribed, unsubscribed, cleaned and non-subscribed members.

Which of them a file is stands in its name, or shows by its columns: UNSUB_TIME, CLEAN_TIME. OPTIN_TIME and OPTIN_IP are
there for those who signed up by a form; CONFIRM_TIME alone is only when somebody brought them in.
"""

from collections.abc import Sequence

from antiphon.intake.files.shapes.base import Row, Shape

_STATE = "· state by the file"
_METHOD = "· how they signed up"
_DOUBLE = "· confirmed later"


def _prepare(row: Row, part: str, header: Sequence[str]) -> Row:
    name = part.lower()
    columns = {each.upper().replace(" ", "_") for each in header}
    found = dict(row)
    if "cleaned" in name or "CLEAN_TIME" in columns:
        found[_STATE] = "cleaned"
    elif "unsub" in name or "UNSUB_TIME" in columns:
        found[_STATE] = "unsubscribed"
    elif "nonsub" in name or "non_sub" in name or "non-sub" in name:
        found[_STATE] = "never"
    else:
        found[_STATE] = "subscribed"
    signed, confirmed = row.get("OPTIN_TIME", "").strip(), row.get("CONFIRM_TIME", "").strip()
    if signed and row.get("OPTIN_IP", "").strip():
        found[_METHOD] = "Mailchimp sign-up form"
        # both times on the same second are one act
        found[_DOUBLE] = "yes" if confirmed and confirmed != signed and row.get("CONFIRM_IP", "").strip() else ""
    return found


SHAPE = Shape(
    "mailchimp",
    "Mailchimp",
    "mailchimp",
    frozenset({"memberrating", "optintime", "optinip", "confirmtime", "leid", "euid", "unsubtime", "cleantime"}),
    {
        "emailaddress": "email",
        "phonenumber": "phone",
        "optintime": "email.at",
        "optinip": "email.ip",
        "unsubtime": "email.out_at",
        "cleantime": "email.out_at",
        "lastchanged": "seen_at",
        "euid": "external_id:mailchimp",
        "leid": "ignore",
        "confirmtime": "ignore",
        "confirmip": "ignore",
        "latitude": "ignore",
        "longitude": "ignore",
        "gmtoff": "ignore",
        "dstoff": "ignore",
        "notes": "ignore",
        "memberrating": "trait:mailchimp rating:number",
        "unsubcampaigntitle": "ignore",
        "unsubcampaignid": "ignore",
        "unsubreason": "trait:unsubscribe reason",
    },
    adds={_STATE: "email.state", _METHOD: "email.method", _DOUBLE: "email.double"},
    prepare=_prepare,
)

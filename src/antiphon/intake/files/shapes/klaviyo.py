"""Klaviyo: the profiles of a list or segment as CSV. Columns are those that its profile model names (rules 5.10)."""

from collections.abc import Sequence

from antiphon.intake.files.shapes.base import Row, Shape

_ADDED = "· suppressed by email"


def _prepare(row: Row, part: str, header: Sequence[str]) -> Row:
    """A file of suppressed profiles has a reason and no consent column: everybody in it is suppressed."""
    names = " ".join(header).lower()
    if "suppress" in part.lower() or ("reason" in names and "consent" not in names):
        return {**row, _ADDED: row.get("Reason") or row.get("Suppression Reason") or "suppressed"}
    return row


SHAPE = Shape(
    "klaviyo",
    "Klaviyo",
    "klaviyo",
    frozenset(
        {
            "klaviyoid",
            "emailmarketingconsent",
            "smsmarketingconsent",
            "emailsuppressions",
            "profilecreatedon",
            "smsconsenttimestamp",
            "predictedcustomerlifetimevalue",
            "initialsource",
        }
    ),
    {
        "klaviyoid": "external_id:klaviyo",
        "externalid": "customer_id",
        "phonenumber": "phone",
        "emailmarketingconsent": "email.state",
        "emailmarketingconsenttimestamp": "email.at",
        "emailconsenttimestamp": "email.at",
        "consenttimestamp": "email.at",
        "emailmarketingmethod": "email.method",
        "emailmarketingmethoddetail": "email.source",
        "emailmarketingdoubleoptin": "email.double",
        "emailsuppressions": "email.suppressed",
        "emailmarketingsuppressions": "email.suppressed",
        "suppressionreason": "email.suppressed",
        "smsmarketingconsent": "sms.state",
        "smsconsent": "sms.state",
        "smsmarketingconsenttimestamp": "sms.at",
        "smsconsenttimestamp": "sms.at",
        "smsmarketingmethod": "sms.method",
        "smsconsentmethod": "sms.method",
        "smsmarketingmethoddetail": "sms.source",
        "stateregion": "trait:state",
        "zipcode": "trait:postalCode",
        "lastactive": "seen_at",
        "latitude": "ignore",
        "longitude": "ignore",
        "ipaddress": "ignore",
    },
    adds={_ADDED: "email.suppressed"},
    prepare=_prepare,
)

"""What a column can be: the fields of a mapping, in words and by their guessable names. Pure."""

import re
from collections.abc import Iterable

from antiphon.intake.files.words import TYPES
from antiphon.kit.errors import AntiphonError
from antiphon.people.identifiers import EMAIL, PHONE

CHANNELS = ("email", "sms")

IDENTIFIERS = {
    "email": "Email address",
    "phone": "Phone number",
    "customer_id": "Customer number",
    "device_id": "Device id",
}
#: Of each channel.
CONSENTS = {
    "state": "subscribed or not",
    "at": "opted in at",
    "method": "how they opted in",
    "source": "where they opted in",
    "wording": "what they agreed to",
    "ip": "IP address of the opt-in",
    "double": "confirmed (double opt-in)",
    "purposes": "purposes",
    "out_at": "opted out at",
    "suppressed": "suppressed, and why",
}
_CHANNEL_WORDS = {"email": "Email", "sms": "Texts"}

IGNORE = "ignore"
SEEN = "seen_at"

_TRAIT = re.compile(rf"trait:(?P<name>[^:]{{1,64}})(?::(?P<type>{'|'.join(TYPES)}))?")
_EXTERNAL = re.compile(r"external_id:[a-z0-9_.-]{1,64}")

#: Every field that needs no name of its own.
PLAIN = (
    IDENTIFIERS
    | {
        f"{channel}.{name}": f"{_CHANNEL_WORDS[channel]}: {words}"
        for channel in CHANNELS
        for name, words in CONSENTS.items()
    }
    | {SEEN: "Last changed at", IGNORE: "Leave out"}
)


def check(field: str) -> str:
    """``field`` itself. Raises ``AntiphonError`` for what is none."""
    if field in PLAIN or _TRAIT.fullmatch(field) or _EXTERNAL.fullmatch(field):
        return field
    raise AntiphonError(
        f"{field!r} is not a field.",
        "Fields are email, phone, customer_id, device_id, external_id:NAME, trait:NAME or trait:NAME:TYPE, seen_at, "
        "ignore, and email.X and sms.X with X one of " + ", ".join(CONSENTS) + ".",
    )


def trait(field: str) -> tuple[str, str] | None:
    """Name and type of the trait that a field is."""
    found = _TRAIT.fullmatch(field)
    return (found["name"], found["type"] or "text") if found else None


def words(field: str) -> str:
    """A field as people read it."""
    if found := trait(field):
        return f"Trait {found[0]}" + (f", a {found[1]}" if found[1] != "text" else "")
    return PLAIN.get(field) or f"Id at {field.partition(':')[2]}"


_GUESSES = {
    "email": "email emailaddress mail emailaddresses subscriberemail useremail customeremail",
    "phone": "phone phonenumber mobile mobilephone mobilenumber cell cellphone smsnumber subscriberphone phonee164 sms",
    "customer_id": "customerid userid externalid clientuserid shopcustomerid shopifyid shopifycustomerid accountid",
    "device_id": "deviceid anonymousid visitorid",
    "email.state": "emailconsent emailmarketingconsent emailsubscribed acceptsemailmarketing acceptsmarketing "
    "emailsubscriptionstatus emailstatus subscribed subscriptionstatus emailmarketing emailoptin emailoptedin "
    "acceptsemail marketingconsent marketingoptin marketingemails newsletter newsletterconsent newsletteroptin "
    "consent consentstatus consentgiven optin optinstatus optedin subscriptionstate emailconsentstatus",
    "email.at": "consentat emailconsentat emailconsenttimestamp emailmarketingconsenttimestamp emailoptindate "
    "emailoptinat optintime optindate subscribedat optinat optintimestamp optedinat optedinon optedindate emailoptedinat "
    "emailoptintime subscribedon subscribedate subscribeddate subscriptiondate consentdate consenttime consenttimestamp "
    "consentedat consentgivenat marketingconsentat marketingconsentdate marketingoptinat emailconsentdate",
    "email.out_at": "optoutat optedoutat optouttime unsubscribedon unsubscribedate "
    "unsubtime unsubscribedat emailunsubscribedat emailoptoutdate cleantime optoutdate",
    "email.method": "emailconsentmethod emailmarketingmethod emailmarketingconsentmethod consentmethod optinmethod",
    "email.source": "emailconsentsource consentsource optinsource emailmarketingconsentsource",
    "email.ip": "optinip emailconsentip consentip",
    "email.wording": "emailconsentwording consentwording consenttext",
    "email.suppressed": "emailsuppressions emailsuppressed suppressed suppressionreason suppressions emailsuppressionreason",
    "email.double": "emaildoubleoptin doubleoptin",
    "sms.state": "smsconsent smsmarketingconsent smssubscribed acceptssmsmarketing smssubscriptionstatus smsstatus smsoptin "
    "smsoptedin "
    "textconsent",
    "sms.at": "smsconsentat smsconsenttimestamp smsmarketingconsenttimestamp smsoptindate smsoptinat",
    "sms.out_at": "smsunsubscribedat smsoptoutdate",
    "sms.method": "smsconsentmethod smsmarketingmethod smsmarketingconsentmethod",
    "sms.source": "smsconsentsource smsmarketingconsentsource",
    "sms.ip": "smsconsentip",
    "sms.wording": "smsconsentwording",
    "sms.suppressed": "smssuppressions smssuppressed",
    "sms.double": "smsdoubleoptin",
    "seen_at": "lastchanged updatedat lastupdated lastactive lastseen modifiedat",
    "trait:firstName": "firstname fname givenname first",
    "trait:lastName": "lastname lname surname familyname last",
    "trait:name": "name fullname",
    "trait:country": "country cc countrycode",
    "trait:state": "state region stateregion province",
    "trait:city": "city town",
    "trait:postalCode": "zip zipcode postalcode postcode",
    "trait:timezone": "timezone tz",
    "trait:birthday:date": "birthday birthdate dateofbirth",
    "trait:tags:list": "tags",
    # what the rows to mend carry beside what the file had
    "ignore": "whyrefused",
}
_GUESS_OF = {word: field for field, words in _GUESSES.items() for word in words.split()}


def plain(name: str) -> str:
    """A column's name as it is compared."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def guess(column: str) -> str:
    """The field that a column most likely is; one that says nothing becomes a trait of its own name."""
    name = re.sub(r"[^\w .()-]", " ", column).strip()[:64] or "column"
    return _GUESS_OF.get(plain(column), f"trait:{name}")


def guessed(columns: Iterable[str], known: dict[str, str] | None = None) -> dict[str, str]:
    """A field for each column; ``known`` has those of a shape by their plain names. No field but a trait is given twice."""
    columns = list(columns)
    wanted = [(known or {}).get(plain(column)) or guess(column) for column in columns]
    phones = PHONE in wanted and EMAIL not in wanted
    found: dict[str, str] = {}
    for column, first in zip(columns, wanted, strict=True):
        nobody = first.startswith("email.") and not known and "mail" not in plain(column) and phones
        # a consent that names no channel, in a file of phone numbers alone, may be one for texts: that is asked, not guessed
        again = first in found.values() and first != IGNORE
        found[column] = _own(column) if nobody or again else first
    return found


def _own(column: str) -> str:
    return f"trait:{re.sub(r'[^a-zA-Z0-9_ .()-]', ' ', column).strip()[:64] or 'column'}"

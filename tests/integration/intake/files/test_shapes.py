"""The exports of other services come in as what they say, and never as more."""

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

from tests.conftest import NOON
from tests.integration.intake.files.helpers import bring_in
from tests.integration.intake.helpers import one, rows

from antiphon.intake.files.managing import faults
from antiphon.store.db import Database

KLAVIYO = """Email,Klaviyo ID,First Name,Last Name,Phone Number,Country,Email Marketing Consent,\
Email Marketing Consent Timestamp,Email Marketing Method,Email Suppressions,SMS Consent,SMS Consent Timestamp,\
SMS Consent Method,Profile Created On,Last Active,Predicted Customer Lifetime Value
ann@example.com,01A,Ann,Lee,+12125550101,US,SUBSCRIBED,2024-05-01 10:00:00,Klaviyo form,[],SUBSCRIBED,2024-05-01 10:05:00,\
Klaviyo form,2024-05-01,2025-01-02,99.5
bob@example.com,01B,Bob,Roe,,US,SUBSCRIBED,,,[],NEVER_SUBSCRIBED,,,2024-05-01,,
cem@example.com,01C,Cem,Poe,,US,UNSUBSCRIBED,2024-06-01 00:00:00,,"[""UNSUBSCRIBE""]",,,,2024-05-01,,
dan@example.com,01D,Dan,Moe,,US,NEVER_SUBSCRIBED,,,"[""HARD_BOUNCE""]",,,,2024-05-01,,
"""


def standing(db: Database) -> dict[str, tuple[Any, ...]]:
    found = rows(db, "SELECT address, marketing, transactional, cart FROM person_address ORDER BY address")
    return {row.address: tuple(row[1:]) for row in found}


def barred(db: Database) -> dict[str, str]:
    return {
        row.address: row.reason for row in rows(db, "SELECT address, reason FROM suppression WHERE lifted_at IS NULL")
    }


def test_klaviyo(db: Database) -> None:
    done = bring_in(db, KLAVIYO)
    assert (done.mapping.shape, done.state, done.rows, done.counts["people"], done.rejected) == (
        "klaviyo",
        "done",
        4,
        4,
        0,
    )
    assert standing(db) == {
        "+12125550101": ("subscribed", "never", "never"),
        "ann@example.com": ("subscribed", "never", "never"),
        "bob@example.com": ("pending", "never", "never"),
        "cem@example.com": ("unsubscribed", "never", "unsubscribed"),
        "dan@example.com": ("unsubscribed", "unsubscribed", "unsubscribed"),
    }
    assert barred(db) == {"cem@example.com": "import", "dan@example.com": "hard bounce"}
    fact = one(db, "SELECT state, method, effective_at FROM consent_fact WHERE address = '+12125550101'")
    assert tuple(fact) == ("subscribed", "import: Klaviyo form", datetime(2024, 5, 1, 10, 5, tzinfo=UTC))
    claim = one(db, "SELECT state, method FROM consent_fact WHERE address = 'bob@example.com'")
    assert tuple(claim) == ("pending", "import: claimed")
    assert (
        one(db, "SELECT person FROM identifier WHERE kind = 'klaviyo' AND value = '01A'").person
        == one(db, "SELECT person FROM identifier WHERE value = '+12125550101'").person
    )
    assert {row.backfill for row in rows(db, "SELECT backfill FROM fresh")} == {True}


_MAIL = (
    "Email Address,First Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,{}LAST_CHANGED,LEID,EUID,TAGS\n"
)


def mailchimp() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr(
            "subscribed_members_export_1.csv",
            _MAIL.format("") + "ann@example.com,Ann,4,2023-03-14 09:12:31,10.0.0.1,2023-03-14 09:14:00,10.0.0.1,"
            '2023-04-01 00:00:00,1,aa,"vip, denver"\n'
            "bob@example.com,Bob,2,,,2023-03-16 14:40:47,,2023-04-01 00:00:00,2,bb,\n",
        )
        packed.writestr(
            "unsubscribed_members_export_1.csv",
            _MAIL.format("UNSUB_TIME,UNSUB_REASON,")
            + "cem@example.com,Cem,1,2022-01-01 00:00:00,10.0.0.2,2022-01-01 00:00:00,10.0.0.2,2023-05-05 05:05:05,Too many,"
            "2023-05-05 05:05:05,3,cc,\n",
        )
        packed.writestr(
            "cleaned_members_export_1.csv",
            _MAIL.format("CLEAN_TIME,") + "dan@example.com,Dan,1,,,,,2023-06-06 06:06:06,2023-06-06 06:06:06,4,dd,\n",
        )
    return made.getvalue()


def test_mailchimp(db: Database) -> None:
    done = bring_in(db, mailchimp(), "audience.zip")
    assert (done.mapping.shape, len(done.parts), done.rows, done.rejected) == ("mailchimp", 3, 4, 0)
    assert {address: states[0] for address, states in standing(db).items()} == {
        "ann@example.com": "subscribed",
        "bob@example.com": "pending",
        "cem@example.com": "unsubscribed",
        "dan@example.com": "unsubscribed",
    }
    assert barred(db) == {"cem@example.com": "import", "dan@example.com": "hard bounce"}
    fact = one(db, "SELECT method, double_opt_in, ip FROM consent_fact WHERE address = 'ann@example.com'")
    assert tuple(fact) == ("import: Mailchimp sign-up form", True, "10.0.0.1")
    assert one(db, "SELECT traits->'tags' AS tags FROM person WHERE traits->>'firstName' = 'Ann'").tags == [
        "vip",
        "denver",
    ]
    out = one(db, "SELECT at FROM suppression WHERE address = 'cem@example.com'").at
    assert out == datetime(2023, 5, 5, 5, 5, 5, tzinfo=UTC)


ATTENTIVE = """subscriber_phone,subscriber_email,subscriber_external_id,sms_subscription_status,sms_opt_in_date,\
sms_opt_out_date,creative_type,creative_name,email_subscription_status
+12125550101,ann@example.com,x1,subscribed,2024-02-03T04:05:06Z,,Two-tap,Welcome popup,subscribed
+12125550102,,x2,unsubscribed,2023-01-01T00:00:00Z,2024-01-01T00:00:00Z,Two-tap,Welcome popup,
212-555-0103,,x3,subscribed,,,,,
"""


def test_attentive(db: Database) -> None:
    done = bring_in(db, ATTENTIVE)
    assert done.mapping.shape == "attentive"
    assert standing(db) == {
        "+12125550101": ("subscribed", "never", "never"),
        "+12125550102": ("unsubscribed", "unsubscribed", "unsubscribed"),
        "+12125550103": ("pending", "never", "never"),
        "ann@example.com": ("pending", "never", "never"),
    }
    assert barred(db) == {"+12125550102": "import"}


LISTMONK = """uuid,email,name,attributes,status,created_at,updated_at
0a-1,ann@example.com,Ann Lee,"{""city"": ""Oslo""}",enabled,2024-01-01T00:00:00Z,2024-02-01T00:00:00Z
0a-2,bob@example.com,Bob Roe,{},blocklisted,2024-01-01T00:00:00Z,2024-02-01T00:00:00Z
0a-3,cem@example.com,Cem Poe,{},disabled,2024-01-01T00:00:00Z,2024-02-01T00:00:00Z
"""


def test_listmonk(db: Database) -> None:
    done = bring_in(db, LISTMONK)
    assert done.mapping.shape == "listmonk"
    assert {address: states[0] for address, states in standing(db).items()} == {
        "ann@example.com": "pending",
        "bob@example.com": "unsubscribed",
        "cem@example.com": "never",
    }
    ann = one(db, "SELECT traits FROM person WHERE traits->>'name' = 'Ann Lee'").traits
    assert ann["attributes"] == {"city": "Oslo"}


def test_an_import_never_widens(db: Database) -> None:
    table = "email,email consent,consent at,method\nann@example.com,{},{},{}\n"
    bring_in(db, table.format("unsubscribed", "", ""))
    for state, at, method in [
        ("subscribed", "", ""),
        ("subscribed", "2020-01-01", "form"),
        ("subscribed", "2099-01-01", "web form"),
        ("yes", "2026-03-03", ""),
    ]:
        bring_in(db, table.format(state, at, method), method="email.method")
        found = one(db, "SELECT at, lifted_at FROM suppression")
        assert (found.at, found.lifted_at) == (NOON, None)
        assert standing(db)["ann@example.com"][0] == "unsubscribed", (state, at, method)


def test_a_row_that_cannot_be_read_is_told_with_its_reason(db: Database) -> None:
    done = bring_in(
        db,
        "email,phone,email consent,Age\n"
        "nonsense,12,subscribed,1\n"
        "ann@example.com,12,perhaps,old\n"
        "bob@example.com,,,2,3\n"
        "cem@example.com\n"
        ',,,\n"open,1\n',
        Age="trait:age:number",
    )
    assert (done.rows, done.counts["people"], done.rejected, done.counts["partly"]) == (5, 2, 3, 2)
    told = [(f.line, f.kept, f.reason) for f in faults(db, done.id)]
    assert told == [
        (2, False, "email 'nonsense' cannot be used; phone '12' cannot be used"),
        (3, True, "phone '12' cannot be used"),
        (3, True, "age 'old' is no number; kept as text"),
        (3, True, "email.state 'perhaps' is no word for a consent; the person comes in without one"),
        (4, False, "5 cells, more than the 4 columns"),
        (5, True, "1 cells for 4 columns; the last are taken as empty"),
        (7, False, "a quote is opened and never closed"),
    ]

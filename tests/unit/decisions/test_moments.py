"""The moments of a decision: kept short, read as instants with a cell each."""

import orjson

from antiphon.decisions.moments import grid_of, pattern


def test_what_is_kept_short_is_read_moment_by_moment() -> None:
    email = pattern([None, "consent.missing", "consent.missing", None]) % (b"0.25", b"-0.5")
    sms = pattern(["quiet_hours.sms"] * 4)
    assert (email, sms) == (b'[0.25,[2,"consent.missing"],-0.5]', b'[[4,"quiet_hours.sms"]]')
    kept = {"from": "2026-11-24T00:27:41Z", "after": [0, 900, 3600, 86_400], "email": orjson.loads(email)}
    assert grid_of({"grid": {**kept, "sms": orjson.loads(sms)}}) == {
        "slots": ["2026-11-24T00:27:41Z", "2026-11-24T00:42:41Z", "2026-11-24T01:27:41Z", "2026-11-25T00:27:41Z"],
        "email": [[0.25, None], [None, "consent.missing"], [None, "consent.missing"], [-0.5, None]],
        "sms": [[None, "quiet_hours.sms"]] * 4,
    }


def test_decisions_of_earlier_releases_are_read_as_they_are() -> None:
    grid = {"slots": ["2026-03-03T22:00:00Z"], "email": [[0.1, None]], "sms": [[None, "address.missing"]]}
    assert grid_of({"grid": grid}) == grid
    assert grid_of({}) == {}

"""Random people, policies, brands and moments to decide about."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from tests.unit.decisions.batches import HOUR, LOS_ANGELES, NEW_YORK, Row, policy, zone

from antiphon.decisions.models import EMAIL, LONG_AGO, NEVER, NO_CHANNEL, SMS
from antiphon.decisions.settings import BrandSettings, Spacing
from antiphon.rules.hours import Hours
from antiphon.rules.quiet import LAW_ALONE, QuietSettings

DEFAULTS = BrandSettings()
#: Any moment of a year.
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
POLICIES = st.builds(
    policy,
    st.sampled_from([("email",), ("sms",), ("email", "sms"), ("sms", "email")]),
    st.sampled_from(["marketing", "transactional", "cart"]),
    urgent=st.booleans(),
    hours=st.sampled_from([0.1, 1, 5, 24, 48, 72]),
    abandonment=st.booleans(),
    segments=st.integers(1, 4),
    half_life=st.sampled_from([2, 12, 100]),
)
PLACES = st.sampled_from([(), (NEW_YORK,), (LOS_ANGELES,), (NEW_YORK, LOS_ANGELES), (zone("Asia/Kolkata"),)])
LAWS = st.sampled_from([(), ("us",), ("us", "us-fl"), ("us", "us-tx", "us-ri"), ("us", "us-al")])
STATES = st.tuples(st.integers(0, 3), st.sampled_from([0, 1, 2, 2, 2, 3]))
AGO = st.one_of(st.just(LONG_AGO), st.integers(-40 * HOUR, 0))
LOADS = st.sampled_from([0.0, 0.5, 4.0])
AHEAD = st.one_of(st.none(), st.tuples(st.integers(1, 60 * HOUR), st.integers(0, 20 * HOUR)))


@st.composite
def rows(draw: st.DrawFn) -> Row:
    planned = [draw(AHEAD), draw(AHEAD)]
    return Row(
        policy=draw(POLICIES),
        at=draw(st.one_of(st.just(0), st.integers(-60 * HOUR, 3 * HOUR))),
        occasion=draw(st.integers(-50 * HOUR, 0)),
        value=draw(st.sampled_from([0.0, 0.5, 20.0, 300.0])),
        die=draw(st.integers(-4, 4)),
        clock=draw(st.sampled_from([NEW_YORK, LOS_ANGELES])),
        zones=(draw(PLACES), draw(PLACES)),
        laws=draw(LAWS),
        address=(draw(st.booleans()), draw(st.sampled_from([True, True, False]))),
        marketing=draw(STATES),
        transactional=draw(STATES),
        cart=draw(st.booleans()),
        declared=draw(st.sampled_from([NO_CHANNEL, NO_CHANNEL, EMAIL, SMS])),
        engaged=(draw(AGO), draw(AGO)),
        past=(draw(AGO), draw(AGO)),
        first=(planned[0][0] if planned[0] else NEVER, planned[1][0] if planned[1] else NEVER),
        last=(sum(planned[0]) if planned[0] else LONG_AGO, sum(planned[1]) if planned[1] else LONG_AGO),
        texted=draw(st.booleans()),
        full=draw(st.one_of(st.just(LONG_AGO), st.integers(-2 * HOUR, 30 * HOUR))),
        load=(draw(LOADS), draw(LOADS)),
    )


BRANDS = st.sampled_from([
    DEFAULTS,
    BrandSettings(best_hour=False, value=3),
    BrandSettings(quiet=LAW_ALONE),
    BrandSettings(
        quiet=QuietSettings(email=Hours(start=7 * 60, end=22 * 60), sms=Hours(start=660, end=1095)),
        spacing=Spacing(sms=timedelta(hours=12), email=timedelta(hours=24), across=timedelta(hours=6)),
    ),
])  # fmt: skip

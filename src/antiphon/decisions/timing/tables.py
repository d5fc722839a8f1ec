"""At which hours people are about, what is learned of that, and whether it helps."""

from sqlalchemy import ARRAY, REAL, BigInteger, Column, Date, Float, Integer, SmallInteger, Table, Text

from antiphon.store.schema import Instant, Json, big, bucket, metadata

person_rhythm = Table(
    "person_rhythm",
    metadata,
    bucket(),
    big("person", primary_key=True),
    # 48 sums by local hour, midnight first: work days, then weekends. What an act is worth doubles by its instant every 365
    # days from 2020 on, so that what is added later need not know what is there.
    Column("hours", ARRAY(REAL), nullable=False),
    Column("acts", REAL, nullable=False),  # the same of acts that all weigh 1
    Column("last_at", Instant, nullable=False),
    # when they answer messages, 24 hours of mean 1; null where too little is known, or where that tells nothing
    Column("answers", ARRAY(REAL)),
)

rhythm_model = Table(
    "rhythm_model",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("hours", ARRAY(Float), nullable=False),  # the brand's curve, 24 shares
    Column("kappa", Float, nullable=False),
    Column("told", Json, nullable=False),  # of how many people, and what both questions for kappa said
)

answer_model = Table(
    "answer_model",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("fingerprint", Text, nullable=False),  # of the model's numbers
    Column("model", Json, nullable=False),  # when everybody answers, how answers fade, what people's own hours weigh
    Column("told", Json, nullable=False),  # of how many people and messages
)

timing_outcome = Table(
    "timing_outcome",
    metadata,
    Column("day", Date, primary_key=True),  # on which messages were due, in UTC
    Column("channel", Text, primary_key=True),
    Column("arm", SmallInteger, primary_key=True),  # see timing.arms.Arm
    Column("messages", BigInteger, nullable=False),
    Column("answered", BigInteger, nullable=False),
)

#: Of promotional messages, by the day on which they were due (in UTC) and the hour of the person's week.
send_hour = Table(
    "send_hour",
    metadata,
    Column("day", Date, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("slot", SmallInteger, primary_key=True),  # hours since Monday's midnight
    Column("sent", BigInteger, nullable=False),
    Column("answered", BigInteger, nullable=False),  # of these, within 72 hours
    Column("answers", BigInteger, nullable=False),  # that came at this hour, whenever the message did
)

"""People, what points at them, what they did, and what is counted of it.

Everything is keyed by the person's ``bucket``, except ``identifier`` and ``evidence``, which are found by value and so
are keyed by the value's ``abucket``.
"""

from sqlalchemy import ARRAY, Boolean, Column, Float, Index, Integer, Numeric, SmallInteger, Table, Text, text

from antiphon.store.schema import Instant, Json, abucket, big, bucket, metadata

person = Table(
    "person",
    metadata,
    bucket(),
    big("id", primary_key=True),
    big("die"),  # 64 stored random bits: chance without a generator (design rule 3)
    Column("traits", Json, nullable=False, server_default=text("'{}'::jsonb")),
    Column("traits_at", Instant),  # the newest identify that was applied; older ones fill gaps only
    Column("zone", SmallInteger),  # rules.zone id, declared or derived; null when unknown
    # 'kind:value' of the identifier by which all traits and the zone were told; several: what each told stands in told
    Column("via", Text),
    Column("told", Json),
    Column("first_seen_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Index("ix_person_last_seen_at", "last_seen_at"),
)

identifier = Table(
    "identifier",
    metadata,
    abucket(),
    Column("kind", Text, primary_key=True),  # customer_id, email, phone, device, third party's name
    Column("value", Text, primary_key=True),  # normalised
    Column("bucket", SmallInteger, nullable=False),
    big("person"),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    # What the only arrival that it came by showed it with, by turns kind and value, from which source and when: evidence of
    # its own, until something changes it. Two thirds of an import's rows would say no more.
    Column("beside", ARRAY(Text)),
    Column("beside_source", Text),
    Column("beside_at", Instant),
    Index("ix_identifier_bucket_person", "bucket", "person"),
)

evidence = Table(
    "evidence",
    metadata,
    abucket(),
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("other_kind", Text, primary_key=True),
    Column("other_value", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),  # the first instant of the newest day
    Column("verified_at", Instant),  # first seen with proof that the address is theirs: double opt-in, signed link
    # joined, refused (listed as a conflict), apart (by a human's word)
    Column("outcome", Text, nullable=False, server_default=text("'joined'")),
)

verdict = Table(
    "verdict",
    metadata,
    abucket(),  # like evidence, stored from both ends
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("other_kind", Text, primary_key=True),
    Column("other_value", Text, primary_key=True),
    big("act", primary_key=True),  # the command that said it; of one pair the newest counts
    Column("says", Text, nullable=False),  # same, different
    Column("at", Instant, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Index("ix_verdict_act", "act"),
)

conflict = Table(
    "conflict",
    metadata,
    abucket(),
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("other_kind", Text, primary_key=True),
    Column("other_value", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_conflict_at", "at"),
)

alias = Table(
    "alias",
    metadata,
    bucket(),
    big("person", primary_key=True),
    Column("to_bucket", SmallInteger, nullable=False),
    big("to_person"),
    Column("at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    # their strongest identifier then, and the other person's: where the two part again, they come back, with their die
    Column("kind", Text),
    Column("value", Text),
    Column("other_kind", Text),
    Column("other_value", Text),
    big("die", nullable=True),
    Index("ix_alias_to_person", "to_person"),
)

person_address = Table(
    "person_address",
    metadata,
    bucket(),
    big("person", primary_key=True),
    Column("channel", Text, primary_key=True),  # email, sms
    Column("address", Text, primary_key=True),
    Column("abucket", SmallInteger, nullable=False),
    Column("since", Instant, nullable=False),
    # every zone that the address itself points at (a phone's area code); empty when it points at none
    Column("zones", ARRAY(SmallInteger), nullable=False, server_default=text("'{}'::smallint[]")),
    # a mirror of addresses.consent for planning; the gate asks the original: never, pending, subscribed, unsubscribed
    Column("marketing", Text, nullable=False, server_default=text("'never'")),
    Column("marketing_at", Instant),
    Column("transactional", Text, nullable=False, server_default=text("'never'")),
    Column("cart", Text, nullable=False, server_default=text("'never'")),
    Column("cart_double", Boolean, nullable=False, server_default=text("false")),
)

#: Where people are by the addresses of their orders and profiles: laws and clocks of texts count each of them.
person_place = Table(
    "person_place",
    metadata,
    bucket(),
    big("person", primary_key=True),
    Column("place", Text, primary_key=True),  # ISO 3166-2; of a country without a state ISO 3166-1
    Column("via", Text, primary_key=True),  # 'kind:value' of the identifier that told it, which it follows in a split
    Column("since", Instant, nullable=False),  # the earliest instant at which it was told
)

#: The source of events that only Antiphon tells: no sender may bear this name.
OWN_SOURCE = "antiphon"

event = Table(
    "event",
    metadata,
    bucket(),
    big("person", primary_key=True),
    Column("at", Instant, primary_key=True),
    big("id", primary_key=True),
    Column("name", Text, nullable=False),
    Column("props", Json, nullable=False, server_default=text("'{}'::jsonb")),
    Column("received_at", Instant, nullable=False),
    Column("backfill", Boolean, nullable=False, server_default=text("false")),
    Column("via", Text),  # 'kind:value' of the identifier it came by, which decides where it goes in a split
    Column("source", Text, nullable=False, server_default=text("''")),
    Index("ix_event_received_at", "received_at"),
    postgresql_partition_by="RANGE (at)",
)

fresh = Table(
    "fresh",
    metadata,
    bucket(),
    big("event", primary_key=True),
    big("batch"),  # the resolver's batch; a tick reacts to whole batches, so that its statements see one set
    big("person"),
    Column("at", Instant, nullable=False),
    Column("name", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("backfill", Boolean, nullable=False),
)

event_total = Table(
    "event_total",
    metadata,
    bucket(),
    big("person", primary_key=True),
    Column("name", Text, primary_key=True),
    Column("n", Integer, nullable=False),
    Column("value", Numeric(18, 2), nullable=False, server_default=text("0")),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
)

#: What a person does about the messages of one channel; machines' opens and clicks are counted apart and count for nothing.
engagement = Table(
    "engagement",
    metadata,
    bucket(),
    big("person", primary_key=True),
    Column("channel", Text, primary_key=True),  # email, sms
    # the newest click, reply, visit or order of theirs; opens never count here, null: none yet
    Column("last_at", Instant),
    Column("responses", Integer, nullable=False, server_default=text("0")),  # clicks and replies
    Column("clicks", Integer, nullable=False, server_default=text("0")),
    Column("clicked_at", Instant),
    Column("replies", Integer, nullable=False, server_default=text("0")),
    Column("opens", Integer, nullable=False, server_default=text("0")),  # of people; a text has none
    Column("opened_at", Instant),
    Column("visits", Integer, nullable=False, server_default=text("0")),  # to the shop, soon after a click
    Column("orders", Integer, nullable=False, server_default=text("0")),  # some days after a click at most
    Column("machine", Integer, nullable=False, server_default=text("0")),  # opens and clicks that no person made
    # messages that providers took, but for those that ask for nothing (delivery.models.QUIET)
    Column("delivered", Integer, nullable=False, server_default=text("0")),
    Column("first_delivered_at", Instant),
    Column("last_delivered_at", Instant),
    # What they did, by weight, as it would be worth at people.engagement.EPOCH: sums of it need no instant of their own
    Column("weight", Float, nullable=False, server_default=text("0")),
    # the same of messages that were delivered, and of those that were answered, each 1
    Column("sends", Float, nullable=False, server_default=text("0")),
    Column("answers", Float, nullable=False, server_default=text("0")),
)

#: Messages that providers took, on their way from the address to the person: the next tick counts them and lets them go.
delivered = Table(
    "delivered",
    metadata,
    bucket(),
    big("message", primary_key=True),
    big("person"),
    Column("channel", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

#: What a person viewed, put into a cart, wished for and bought, by product.
person_product = Table(
    "person_product",
    metadata,
    bucket(),
    big("person", primary_key=True),
    Column("product", Text, primary_key=True),  # the shop's own id
    Column("relation", Text, primary_key=True),  # viewed, carted, wished, bought
    Column("n", Integer, nullable=False),  # how often; of what was bought, how many
    Column("value", Numeric(18, 2), nullable=False, server_default=text("0")),  # what it cost them
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    # who is to hear of a product: by its id, for it may interest few of all
    Index("ix_person_product_product", "product", "bucket", postgresql_where=text("relation <> 'bought'")),
)

#: Figures of a brand's people as a whole, learned now and then: few rows. See people.statistics.
statistic = Table(
    "statistic",
    metadata,
    Column("brand", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),  # high_value_revenue, lapse_days, median_cart
    Column("value", Float, nullable=False),
    Column("n", Integer, nullable=False),  # of how many people, gaps or carts
    Column("at", Instant, nullable=False),
)

hour_curve = Table(
    "hour_curve",
    metadata,
    bucket(),
    Column("channel", Text, primary_key=True),
    Column("hour", SmallInteger, primary_key=True),  # local hour of the person
    Column("n", Integer, nullable=False),
)

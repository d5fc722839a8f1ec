"""Journeys, their versions, and who is where in them."""

from sqlalchemy import BigInteger, Boolean, Column, Identity, Index, Integer, Table, Text, text

from antiphon.store.schema import Instant, Json, big, bucket, metadata

journey = Table(
    "journey",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),  # draft, active, paused, archived
    Column("version", Integer),  # journey_version.id that new entries join
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

journey_version = Table(
    "journey_version",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("journey", Integer, nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("definition", Json, nullable=False),  # the validated model, immutable
    Column("source", Text, nullable=False),  # the YAML as written
    Column("sha256", Text, nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("published_by", Text, nullable=False),
    Column("held_at", Instant),  # set when the version's own SQL failed; its runs stand still until released
    Column("held_error", Text),
    Column(
        "moved_to", Integer
    ),  # the version to which its live runs are moved, by mapping: step -> step, '' for the end
    Column("mapping", Json),
    Column("moved_at", Instant),
    Column("members_at", Instant),  # those who were in its segment then are let in
    Column("members_done", Integer, nullable=False, server_default=text("0")),  # how many buckets were asked for
    Index("uq_journey_version_journey_number", "journey", "number", unique=True),
)

entry = Table(
    "entry",
    metadata,
    bucket(),
    Column("journey", Integer, primary_key=True, autoincrement=False),
    big("person", primary_key=True),
    Column("run_key", Text, primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("occasion_at", Instant, nullable=False),
    big("occasion_event"),
    big("run"),
    big("tick"),
    Column("goal_at", Instant),  # when the goal was reached, by the version in which the run was then
    Column("goal_version", Integer),
    Index("ix_entry_goal_version", "goal_version", postgresql_where=text("goal_version IS NOT NULL")),
    # its runs are made from what a pass let in: without it each pass would read all entries ever made
    Index("ix_entry_bucket_tick", "bucket", "tick"),
)

run = Table(
    "run",
    metadata,
    bucket(),
    big("id", primary_key=True),  # hash64(journey|person|run_key|n|event): the same in a rehearsal
    big("person"),
    Column("journey", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("run_key", Text, nullable=False),
    Column("n", Integer, nullable=False),
    Column("step", Text, nullable=False),
    Column("entered_at", Instant, nullable=False),  # when it came to this step
    Column("wake_at", Instant, nullable=False),  # 'infinity' while it waits for a decision
    Column("moves", Integer, nullable=False, server_default=text("0")),
    Column("occasion_at", Instant, nullable=False),
    big("occasion_event"),  # event (bucket, person, occasion_at, occasion_event) that the run is about
    Column("started_at", Instant, nullable=False),
    # version and step stand in the due index so that each step finds its own runs without touching the others' rows
    Index("ix_run_bucket_wake_at_version_step", "bucket", "wake_at", "version", "step"),
    Index("ix_run_bucket_person", "bucket", "person"),
    postgresql_with={
        "fillfactor": "70",
        "autovacuum_vacuum_scale_factor": "0.02",
        "autovacuum_vacuum_cost_delay": "0",
        "autovacuum_analyze_scale_factor": "0.05",
    },
)

run_done = Table(
    "run_done",
    metadata,
    bucket(),
    big("id", primary_key=True),
    big("person"),
    Column("journey", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("run_key", Text, nullable=False),
    Column("n", Integer, nullable=False),
    Column("step", Text, nullable=False),  # the last step
    Column("outcome", Text, nullable=False),  # finished, exited, merged, cancelled
    Column("moves", Integer, nullable=False),
    Column("occasion_at", Instant, nullable=False),
    big("occasion_event"),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=False),
    Column("exited_at", Instant),  # an exit that came after the last step: what still waits does not leave
    Index("ix_run_done_bucket_person", "bucket", "person"),
)

move = Table(
    "move",
    metadata,
    bucket(),
    big("tick", primary_key=True),  # the pass that made it; the key allows one move per run and pass
    big("run", primary_key=True),
    big("person"),
    Column("version", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("from_step", Text, nullable=False),
    Column("to_step", Text, nullable=False),  # '' when the run ends
    Column("outcome", Text),  # set when the run ends
    Column("at", Instant, nullable=False),  # the instant of the decision to move, not the tick's
    Column("wake_at", Instant, nullable=False),
    Column("why", Json),
    Index("ix_move_bucket_person", "bucket", "person"),
)

step_flow = Table(
    "step_flow",
    metadata,
    bucket(),  # the lowest bucket of the tick that counted, so that two ticks never meet
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("from_step", Text, primary_key=True),
    Column("to_step", Text, primary_key=True),
    Column("n", BigInteger, nullable=False),
)

watch = Table(
    "watch",
    metadata,
    bucket(),
    big("person", primary_key=True),
    Column("browse_at", Instant),  # newest of each kind, by the event's own time
    Column("cart_at", Instant),
    Column("checkout_at", Instant),
    Column("closed_at", Instant),  # newest order or emptied cart
    Column("touched_at", Instant, nullable=False),  # newest of browse, cart and checkout
    Column("open_kind", Text),  # the open abandonment event: browse, cart, checkout
    Column("open_since", Instant),  # the last touch before it: what came later changed the cart, not the occasion
    Column("open_at", Instant),  # when nothing had happened for long enough
    big("open_event", nullable=True),
    Column("armed", Boolean, nullable=False),  # something may still fall due
    Index("ix_watch_bucket_touched_at", "bucket", "touched_at", postgresql_where=text("armed")),
)

#: What somebody has not published yet; each has one draft of a journey.
journey_draft = Table(
    "journey_draft",
    metadata,
    Column("account", Integer, primary_key=True, autoincrement=False),
    Column("slug", Text, primary_key=True),
    Column("base", Integer, nullable=False),  # number of the version that it began from; 0 before the first
    Column("source", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

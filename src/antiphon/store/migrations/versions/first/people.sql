-- people and events

CREATE TABLE person (
    bucket SMALLINT NOT NULL,
    id BIGINT NOT NULL,
    die BIGINT NOT NULL,
    traits JSONB DEFAULT '{}'::jsonb NOT NULL,
    traits_at TIMESTAMP WITH TIME ZONE,
    zone SMALLINT,
    first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_person PRIMARY KEY (bucket, id)
);
CREATE INDEX ix_person_last_seen_at ON person (last_seen_at);

CREATE TABLE identifier (
    abucket SMALLINT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    bucket SMALLINT NOT NULL,
    person BIGINT NOT NULL,
    first_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_identifier PRIMARY KEY (abucket, kind, value)
);
CREATE INDEX ix_identifier_bucket_person ON identifier (bucket, person);

CREATE TABLE evidence (
    abucket SMALLINT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    other_kind TEXT NOT NULL,
    other_value TEXT NOT NULL,
    source TEXT NOT NULL,
    first_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    outcome TEXT DEFAULT 'joined' NOT NULL,
    CONSTRAINT pk_evidence PRIMARY KEY (abucket, kind, value, other_kind, other_value, source)
);

CREATE TABLE conflict (
    abucket SMALLINT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    other_kind TEXT NOT NULL,
    other_value TEXT NOT NULL,
    reason TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_conflict PRIMARY KEY (abucket, kind, value, other_kind, other_value)
);

CREATE TABLE alias (
    bucket SMALLINT NOT NULL,
    person BIGINT NOT NULL,
    to_bucket SMALLINT NOT NULL,
    to_person BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT pk_alias PRIMARY KEY (bucket, person)
);

CREATE TABLE person_address (
    bucket SMALLINT NOT NULL,
    person BIGINT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    abucket SMALLINT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    zones SMALLINT[] DEFAULT '{}'::smallint[] NOT NULL,
    marketing TEXT DEFAULT 'never' NOT NULL,
    marketing_at TIMESTAMP WITH TIME ZONE,
    transactional TEXT DEFAULT 'never' NOT NULL,
    cart TEXT DEFAULT 'never' NOT NULL,
    cart_double BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_person_address PRIMARY KEY (bucket, person, channel, address)
);

CREATE TABLE event (
    bucket SMALLINT NOT NULL,
    person BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    props JSONB DEFAULT '{}'::jsonb NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    backfill BOOLEAN DEFAULT false NOT NULL,
    via TEXT,
    source TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_event PRIMARY KEY (bucket, person, at, id)
)
 PARTITION BY RANGE (at);
CREATE INDEX ix_event_received_at ON event (received_at);

CREATE TABLE event_default PARTITION OF event DEFAULT;

CREATE TABLE fresh (
    bucket SMALLINT NOT NULL,
    event BIGINT NOT NULL,
    batch BIGINT NOT NULL,
    person BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    name TEXT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    backfill BOOLEAN NOT NULL,
    CONSTRAINT pk_fresh PRIMARY KEY (bucket, event)
);

CREATE TABLE event_total (
    bucket SMALLINT NOT NULL,
    person BIGINT NOT NULL,
    name TEXT NOT NULL,
    n INTEGER NOT NULL,
    value NUMERIC(18, 2) DEFAULT 0 NOT NULL,
    first_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_event_total PRIMARY KEY (bucket, person, name)
);

CREATE TABLE engagement (
    bucket SMALLINT NOT NULL,
    person BIGINT NOT NULL,
    channel TEXT NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    responses INTEGER NOT NULL,
    CONSTRAINT pk_engagement PRIMARY KEY (bucket, person, channel)
);

CREATE TABLE hour_curve (
    bucket SMALLINT NOT NULL,
    channel TEXT NOT NULL,
    hour SMALLINT NOT NULL,
    n INTEGER NOT NULL,
    CONSTRAINT pk_hour_curve PRIMARY KEY (bucket, channel, hour)
);

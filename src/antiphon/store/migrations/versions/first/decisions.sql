-- decisions

CREATE TABLE intent (
    bucket SMALLINT NOT NULL,
    id BIGINT NOT NULL,
    person BIGINT NOT NULL,
    run BIGINT NOT NULL,
    journey INTEGER NOT NULL,
    version INTEGER NOT NULL,
    step TEXT NOT NULL,
    visit SMALLINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    occasion_at TIMESTAMP WITH TIME ZONE NOT NULL,
    occasion_event BIGINT NOT NULL,
    occasion_key TEXT NOT NULL,
    entry_key TEXT NOT NULL,
    value NUMERIC(12, 2) DEFAULT 0 NOT NULL,
    tick BIGINT NOT NULL,
    CONSTRAINT pk_intent PRIMARY KEY (bucket, id)
);

CREATE TABLE decision (
    bucket SMALLINT NOT NULL,
    id BIGINT NOT NULL,
    person BIGINT NOT NULL,
    run BIGINT NOT NULL,
    journey INTEGER NOT NULL,
    version INTEGER NOT NULL,
    step TEXT NOT NULL,
    visit SMALLINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    channel TEXT,
    address TEXT,
    abucket SMALLINT,
    due_at TIMESTAMP WITH TIME ZONE,
    expires_at TIMESTAMP WITH TIME ZONE,
    zones SMALLINT[] DEFAULT '{}'::smallint[] NOT NULL,
    purpose TEXT NOT NULL,
    occasion_key TEXT NOT NULL,
    occasion_at TIMESTAMP WITH TIME ZONE NOT NULL,
    occasion_event BIGINT NOT NULL,
    entry_key TEXT NOT NULL,
    reasons JSONB NOT NULL,
    tick BIGINT NOT NULL,
    CONSTRAINT pk_decision PRIMARY KEY (bucket, id)
);
CREATE INDEX ix_decision_bucket_person ON decision (bucket, person);
CREATE INDEX ix_decision_bucket_tick ON decision (bucket, tick);
CREATE INDEX ix_decision_not_written ON decision (decided_at) WHERE channel IS NULL;

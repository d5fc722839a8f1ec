-- consent and suppression

CREATE TABLE consent_fact (
    abucket SMALLINT NOT NULL,
    id BIGINT NOT NULL,
    brand SMALLINT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    purpose TEXT NOT NULL,
    state TEXT NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    method TEXT NOT NULL,
    double_opt_in BOOLEAN DEFAULT false NOT NULL,
    wording TEXT,
    wording_version TEXT,
    source TEXT,
    ip TEXT,
    agent TEXT,
    expires_at TIMESTAMP WITH TIME ZONE,
    detail JSONB,
    CONSTRAINT pk_consent_fact PRIMARY KEY (abucket, id)
);
CREATE INDEX ix_consent_fact_abucket_address ON consent_fact (abucket, address);

CREATE TABLE consent (
    abucket SMALLINT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    brand SMALLINT NOT NULL,
    purpose TEXT NOT NULL,
    state TEXT NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    double_opt_in BOOLEAN DEFAULT false NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_consent PRIMARY KEY (abucket, channel, address, brand, purpose)
);

CREATE TABLE suppression (
    abucket SMALLINT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    lifted_at TIMESTAMP WITH TIME ZONE,
    hits INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_suppression PRIMARY KEY (abucket, channel, address)
);

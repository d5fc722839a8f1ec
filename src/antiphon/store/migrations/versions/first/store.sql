-- the installation

CREATE TABLE zone (
    id SMALLINT NOT NULL,
    name TEXT NOT NULL,
    CONSTRAINT pk_zone PRIMARY KEY (id),
    CONSTRAINT uq_zone_name UNIQUE (name)
);

CREATE TABLE zone_span (
    zone SMALLINT NOT NULL,
    from_utc TIMESTAMP WITH TIME ZONE NOT NULL,
    to_utc TIMESTAMP WITH TIME ZONE NOT NULL,
    utc_offset INTEGER NOT NULL,
    CONSTRAINT pk_zone_span PRIMARY KEY (zone, from_utc)
);

CREATE TABLE brand (
    id SMALLINT NOT NULL,
    name TEXT NOT NULL,
    base_url TEXT NOT NULL,
    from_name TEXT NOT NULL,
    from_email TEXT NOT NULL,
    from_phone TEXT NOT NULL,
    postal_address TEXT NOT NULL,
    zone SMALLINT NOT NULL,
    settings JSONB NOT NULL,
    CONSTRAINT pk_brand PRIMARY KEY (id)
);

CREATE TABLE setting (
    key TEXT NOT NULL,
    value JSONB NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_by TEXT NOT NULL,
    CONSTRAINT pk_setting PRIMARY KEY (key)
);

"""A ledger that is only added to, pauses, wordings and keywords, texts that came in, a brand's words for service messages.

Nothing here rewrites a row, so that it takes a moment however large the tables are.
"""

from alembic import op
from sqlalchemy import text

revision = "0004"
down_revision = "0002"

_SQL = """
ALTER TABLE consent ADD COLUMN paused_until TIMESTAMP WITH TIME ZONE;

CREATE TABLE wording (
    version TEXT NOT NULL,
    brand SMALLINT NOT NULL,
    channel TEXT NOT NULL,
    purposes TEXT[] NOT NULL,
    locale TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    CONSTRAINT pk_wording PRIMARY KEY (version)
);

CREATE TABLE keyword (
    brand SMALLINT NOT NULL,
    word TEXT NOT NULL,
    wording TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_keyword PRIMARY KEY (brand, word)
);

CREATE TABLE inbound_text (
    abucket SMALLINT NOT NULL,
    id BIGINT NOT NULL,
    address TEXT NOT NULL,
    sent_to TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    body TEXT NOT NULL,
    source TEXT NOT NULL,
    meaning TEXT NOT NULL,
    rule TEXT NOT NULL,
    brand SMALLINT NOT NULL,
    review TEXT,
    reviewed_at TIMESTAMP WITH TIME ZONE,
    reviewed_by TEXT,
    review_reason TEXT,
    CONSTRAINT pk_inbound_text PRIMARY KEY (abucket, id)
);
CREATE INDEX ix_inbound_text_review_at ON inbound_text (at) WHERE review IS NOT NULL;
CREATE INDEX ix_inbound_text_abucket_address_at ON inbound_text (abucket, address, at);

CREATE TABLE service_text (
    brand SMALLINT NOT NULL,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    subject TEXT,
    text TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_by TEXT NOT NULL,
    CONSTRAINT pk_service_text PRIMARY KEY (brand, kind, channel)
);

CREATE FUNCTION ledger_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('antiphon.erase', true) = 'on' THEN
        RETURN OLD;  -- a person's right to be forgotten, for the one transaction that sets it
    END IF;
    RAISE EXCEPTION 'what was agreed to is only added to';
END $$;
CREATE TRIGGER wording_is_kept BEFORE UPDATE OR DELETE ON wording
    FOR EACH ROW EXECUTE FUNCTION ledger_is_only_added_to();
"""

# A cluster spreads no table that has a trigger, so there the ledger is kept by the tests' look at every statement alone.
_LEDGER = """
CREATE TRIGGER consent_fact_is_kept BEFORE UPDATE OR DELETE ON consent_fact
    FOR EACH ROW EXECUTE FUNCTION ledger_is_only_added_to();
"""


def upgrade() -> None:
    bind = op.get_bind()
    bind.exec_driver_sql(_SQL)
    if not bind.execute(text("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')")).scalar_one():
        bind.exec_driver_sql(_LEDGER)

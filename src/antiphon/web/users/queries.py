"""All SQL of the pages about users that is theirs alone."""

from sqlalchemy import text

BRAND = text("SELECT name, from_name, from_email FROM brand WHERE id = 1")

MASKING = text("SELECT coalesce((SELECT value FROM setting WHERE key = 'masking') = 'true'::jsonb, false)")

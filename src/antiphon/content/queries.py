"""All SQL of the library of emails."""

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

EMAILS = text("SELECT name, title, document, changed_at, changed_by FROM email_draft ORDER BY title, name")
EMAIL = text("SELECT name, title, document, past, changed_at, changed_by FROM email_draft WHERE name = :name")
LOCK = text("SELECT document, past FROM email_draft WHERE name = :name FOR UPDATE")
MAKE = text("""
INSERT INTO email_draft (name, title, document, created_at, changed_at, changed_by)
VALUES (:name, :title, :document, :now, :now, :by) ON CONFLICT (name) DO NOTHING RETURNING name
""").bindparams(bindparam("document", type_=JSONB))
SAVE = text("""
UPDATE email_draft SET document = :document, past = :past, changed_at = :now, changed_by = :by WHERE name = :name
""").bindparams(bindparam("document", type_=JSONB), bindparam("past", type_=JSONB))
DELETE = text("DELETE FROM email_draft WHERE name = :name RETURNING name")

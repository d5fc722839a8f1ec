"""All SQL of accounts, sessions and the first run."""

from sqlalchemy import text

VIEWER = text("""
SELECT s.account, a.email, a.name, a.role, s.csrf, b.name AS brand, b.zone
  FROM session s JOIN account a ON a.id = s.account CROSS JOIN brand b
 WHERE s.token_sha256 = :token AND s.expires_at > :now AND b.id = 1
""")

HAS_ACCOUNT = text("SELECT EXISTS (SELECT FROM account)")

ACCOUNT_BY_EMAIL = text("SELECT id, password_hash FROM account WHERE email = :email")

#: Two set-ups at once: the second finds the first's account.
LOCK_ACCOUNTS = text("SELECT pg_advisory_xact_lock(168230916)")

ADD_ACCOUNT = text("""
INSERT INTO account (email, name, password_hash, role, created_at)
VALUES (:email, :name, :password_hash, :role, :now) ON CONFLICT DO NOTHING RETURNING id
""")

SET_PASSWORD = text("UPDATE account SET password_hash = :password_hash WHERE id = :account")

ADD_SESSION = text("""
INSERT INTO session (token_sha256, account, csrf, created_at, expires_at)
VALUES (:token, :account, :csrf, :now, :expires_at)
""")

END_SESSION = text("DELETE FROM session WHERE token_sha256 = :token")

DROP_EXPIRED = text("DELETE FROM session WHERE expires_at <= :now")

DROP_OLD_LINKS = text("DELETE FROM sign_in_link WHERE expires_at <= :now")

ADD_LINK = text("INSERT INTO sign_in_link (token_sha256, account, expires_at) VALUES (:token, :account, :expires_at)")

#: One time: the second click finds it used.
USE_LINK = text("""
UPDATE sign_in_link SET used_at = :now
 WHERE token_sha256 = :token AND used_at IS NULL AND expires_at > :now RETURNING account
""")

AUDIT = text("INSERT INTO audit (at, who, what, detail) VALUES (:now, :who, :what, :detail)")

SETTING = text("SELECT value FROM setting WHERE key = :key")

SAVE_SETTING = text("""
INSERT INTO setting (key, value, changed_at, changed_by) VALUES (:key, :value, :now, :who)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at, changed_by = excluded.changed_by
""")

DROP_SETTING = text("DELETE FROM setting WHERE key = :key")

NAME_BRAND = text("""
UPDATE brand SET name = :name, from_name = :from_name, from_email = :from_email, postal_address = :postal_address,
                 zone = :zone
 WHERE id = 1
""")

FIRST_ACCOUNT = text("SELECT id FROM account ORDER BY id LIMIT 1")

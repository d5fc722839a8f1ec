"""All SQL of accounts, sessions and the first run."""

from sqlalchemy import text

VIEWER = text("""
SELECT s.account, a.email, a.name, a.role, s.csrf, s.token_sha256, s.seen_at, b.name AS brand, b.zone,
       (SELECT value FROM setting WHERE key = 'masking') AS masking
  FROM session s JOIN account a ON a.id = s.account CROSS JOIN brand b
 WHERE s.token_sha256 = :token AND s.expires_at > :now AND a.state = 'active' AND b.id = 1
""")
SEEN = text("UPDATE session SET seen_at = :now WHERE token_sha256 = :token")

HAS_ACCOUNT = text("SELECT EXISTS (SELECT FROM account)")

ACCOUNT_BY_EMAIL = text("SELECT id, password_hash FROM account WHERE email = :email AND state = 'active'")
ACCOUNT = text("SELECT id, email, name, role, state, password_hash FROM account WHERE id = :account")
ACCOUNTS = text("""
SELECT a.id, a.email, a.name, a.role, a.state, a.created_at, max(s.seen_at) AS seen_at,
       count(s.token_sha256) AS sessions
  FROM account a LEFT JOIN session s ON s.account = a.id AND s.expires_at > :now
 GROUP BY a.id ORDER BY a.state = 'deactivated', a.created_at, a.id
""")
OTHER_OWNERS = text("SELECT count(*) FROM account WHERE role = 'owner' AND state = 'active' AND id <> :account")

#: Two set-ups at once: the second finds the first's account. So do changes of owners: one always stays.
LOCK_ACCOUNTS = text("SELECT pg_advisory_xact_lock(168230916)")

ADD_ACCOUNT = text("""
INSERT INTO account (email, name, password_hash, role, state, created_at)
VALUES (:email, :name, :password_hash, :role, :state, :now) ON CONFLICT DO NOTHING RETURNING id
""")
SET_ROLE = text("UPDATE account SET role = :role WHERE id = :account")
SET_STATE = text("UPDATE account SET state = :state WHERE id = :account")
SET_PASSWORD = text("UPDATE account SET password_hash = :password_hash WHERE id = :account")

ADD_SESSION = text("""
INSERT INTO session (token_sha256, account, csrf, created_at, expires_at, seen_at, origin, agent)
VALUES (:token, :account, :csrf, :now, :expires_at, :now, :origin, :agent)
""")
SESSIONS = text("""
SELECT token_sha256, created_at, seen_at, expires_at, origin, agent FROM session
 WHERE account = :account AND expires_at > :now ORDER BY seen_at DESC NULLS LAST, created_at DESC
""")
END_SESSION = text("DELETE FROM session WHERE token_sha256 = :token RETURNING account")
END_ONE = text("DELETE FROM session WHERE account = :account AND starts_with(token_sha256, :beginning)")
END_SESSIONS = text("DELETE FROM session WHERE account = :account AND token_sha256 <> :but")

DROP_EXPIRED = text("DELETE FROM session WHERE expires_at <= :now")

DROP_OLD_LINKS = text("DELETE FROM sign_in_link WHERE expires_at <= :now")
DROP_LINKS_OF = text("DELETE FROM sign_in_link WHERE account = :account AND purpose = :purpose")
ADD_LINK = text("""
INSERT INTO sign_in_link (token_sha256, account, expires_at, purpose) VALUES (:token, :account, :expires_at, :purpose)
""")
#: One time: the second click finds it used. A link of somebody who was deactivated leads nowhere.
USE_LINK = text("""
UPDATE sign_in_link l SET used_at = :now FROM account a
 WHERE l.token_sha256 = :token AND l.purpose = :purpose AND l.used_at IS NULL AND l.expires_at > :now
   AND a.id = l.account AND a.state <> 'deactivated'
RETURNING l.account
""")
LINK = text("""
SELECT l.account, a.email, a.name, a.state FROM sign_in_link l JOIN account a ON a.id = l.account
 WHERE l.token_sha256 = :token AND l.purpose = :purpose AND l.used_at IS NULL AND l.expires_at > :now
   AND a.state <> 'deactivated'
""")

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

"""All SQL of the page Settings."""

from sqlalchemy import text

BRAND = text("""
SELECT name, base_url, from_name, from_email, from_phone, postal_address, zone,
       coalesce(settings->>'language', 'en') AS language,
       CASE WHEN settings->'implied_from_orders' = 'false'::jsonb THEN 'no' ELSE 'yes' END AS implied FROM brand WHERE id = 1
""")

SAVE_BRAND = text("""
UPDATE brand SET name = :brand, from_name = :from_name, from_email = :from_email, from_phone = :from_phone,
                 postal_address = :postal_address, zone = :zone, base_url = :base_url,
                 settings = settings || jsonb_build_object('language', cast(:language AS text),
                                                          'implied_from_orders', cast(:implied AS text) = 'yes')
 WHERE id = 1
""")

PRICES = text("""
SELECT settings FROM brand WHERE id = 1
""")

SAVE_PRICES = text("""
UPDATE brand SET settings = settings || jsonb_build_object(
           'sms', cast(:sms AS jsonb), 'sms_prices', cast(:prices AS jsonb))
 WHERE id = 1
""")

SENDERS = text("SELECT id, channel, provider, settings, rate FROM sender ORDER BY id")

#: A new provider starts unpaused and with a full burst of one second.
SAVE_SENDER = text("""
UPDATE sender SET provider = :provider, settings = cast(:settings AS jsonb), rate = :rate, burst = :burst,
                  tokens = least(tokens, :burst), paused_until = NULL, error = NULL
 WHERE id = :id
""")

SOURCES = text(
    "SELECT id, name, key_prefix, scope, created_at, revoked_at FROM source ORDER BY revoked_at DESC NULLS FIRST, name"
)

MAILBOX = text("SELECT value #>> '{}' FROM setting WHERE key = 'inbound_mailbox'")

SAVE_MAILBOX = text("""
INSERT INTO setting (key, value, changed_at, changed_by)
VALUES ('inbound_mailbox', to_jsonb(cast(:mailbox AS text)), :now, :by)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at, changed_by = excluded.changed_by
""")

"""All SQL of the Sandbox."""

from sqlalchemy import text

EMAILS = text("""
SELECT abucket, id, message, address, at, subject, body FROM sandbox_message
 WHERE channel = 'email' AND NOT inbound AND at <= :at AND (at, id) < (:at, :id) ORDER BY at DESC, id DESC LIMIT :limit
""")

EMAILS_TO = text("""
SELECT abucket, id, message, address, at, subject, body FROM sandbox_message
 WHERE abucket = :abucket AND address = :address AND channel = 'email' AND NOT inbound
   AND (at, id) < (:at, :id) ORDER BY at DESC, id DESC LIMIT :limit
""")

COUNT = text("""
SELECT count(*) FROM (SELECT 1 FROM sandbox_message WHERE channel = :channel AND NOT inbound LIMIT :limit) found
""")

EMAIL = text("""
SELECT abucket, id, message, address, at, subject, html, body, headers->>'From' AS sender FROM sandbox_message
 WHERE abucket = :abucket AND id = :id AND channel = 'email'
""")

#: The newest texts by number; a number is as new as its newest text.
THREADS = text("""
SELECT address, max(at) AS at, (array_agg(body ORDER BY at DESC, id DESC))[1] AS body,
       (array_agg(inbound ORDER BY at DESC, id DESC))[1] AS inbound, count(*) AS n
  FROM (SELECT address, at, id, body, inbound FROM sandbox_message
         WHERE channel = 'sms' ORDER BY at DESC, id DESC LIMIT :among) recent
 GROUP BY address ORDER BY 2 DESC LIMIT :limit
""")

THREAD = text("""
SELECT id, message, inbound, at, body, segments, headers->>'From' AS sender FROM sandbox_message
 WHERE abucket = :abucket AND address = :address AND channel = 'sms' ORDER BY at DESC, id DESC LIMIT :limit
""")

OWNERS = text("SELECT bucket, person FROM identifier WHERE abucket = :abucket AND kind = :kind AND value = :value")

BRAND = text("SELECT name, from_phone FROM brand WHERE id = 1")

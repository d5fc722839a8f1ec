"""All SQL of delivery. Statements on addresses carry ``abucket``, statements on people ``bucket``, never both."""

from sqlalchemy import text

#: The one hand-over from bucket to abucket. ``::text`` on each part, because ``text || integer`` is only STABLE.
#: The run stands for the entry: two people behind one address enter for themselves, and spacing keeps them apart. Steps of a
#: campaign are ways to one message of it: whoever takes which, one address gets one.
#: ON CONFLICT without a target: a message is known by its id and by its key, and either may come again.
HAND_OVER = text("""
INSERT INTO outbox (abucket, id, key, address, channel, brand, purpose, bucket, person, run, journey, version, step,
                    occasion_key, occasion_at, occasion_event, zones, planned_at, due_at, expires_at, state, state_at,
                    segment_price, most_segments, spend_day)
SELECT d.abucket, d.id,
       md5(d.address || '|' || d.journey::text || '|' || d.run::text || '|' || CASE WHEN d.journey < 0 THEN '' ELSE d.step END
           || '|' || d.visit::text)::uuid,
       d.address, d.channel, 1, d.purpose, d.bucket, d.person, d.run, d.journey, d.version, d.step,
       d.occasion_key, d.occasion_at, d.occasion_event, d.zones, :now, d.due_at, d.expires_at, 'planned', :now,
       d.segment_price, d.most_segments, d.spend_day
  FROM decision d
 WHERE d.bucket = ANY(cast(:buckets AS smallint[])) AND d.tick = :tick AND d.channel IS NOT NULL
    ON CONFLICT DO NOTHING
""")

#: A service message as the resolver plans it, from the arrival that asks for it. Its id and its key are made of what it
#: answers, so that a redelivery plans nothing.
PLAN_SERVICE = text("""
INSERT INTO outbox (abucket, id, key, address, channel, brand, purpose, bucket, person, run, journey, version, step,
                    occasion_key, occasion_at, occasion_event, zones, planned_at, due_at, expires_at, state, state_at)
SELECT w.abucket, w.id, w.key, w.address, w.channel, w.brand, 'service', w.bucket, w.person, 0, 0, 0, w.step,
       w.occasion_key, w.at, 0, '{}', :now, w.at, w.expires_at, 'planned', :now
  FROM unnest(cast(:abuckets AS smallint[]), cast(:ids AS bigint[]), cast(:keys AS uuid[]), cast(:addresses AS text[]),
              cast(:channels AS text[]), cast(:brands AS smallint[]), cast(:buckets AS smallint[]),
              cast(:persons AS bigint[]), cast(:steps AS text[]), cast(:occasions AS text[]),
              cast(:ats AS timestamptz[]), cast(:expires_ats AS timestamptz[]))
       w(abucket, id, key, address, channel, brand, bucket, person, step, occasion_key, at, expires_at)
    ON CONFLICT DO NOTHING
""")
SERVICE_TEXTS = text("SELECT brand, kind, channel, subject, text FROM service_text")
SAVE_SERVICE_TEXT = text("""
INSERT INTO service_text (brand, kind, channel, subject, text, changed_at, changed_by)
VALUES (:brand, :kind, :channel, :subject, :text, :now, :by)
    ON CONFLICT (brand, kind, channel) DO UPDATE SET subject = excluded.subject, text = excluded.text,
       changed_at = excluded.changed_at, changed_by = excluded.changed_by
""")
DROP_SERVICE_TEXT = text("DELETE FROM service_text WHERE brand = :brand AND kind = :kind AND channel = :channel")

#: Few rows, written by settings and here only; the lock lasts for the short transaction of a lease.
LOCK_SENDERS = text("""
SELECT id, channel, provider, settings, rate, burst, tokens, refilled_at, paused_until, error
  FROM sender ORDER BY id FOR UPDATE
""")
SENDERS = text("""
SELECT id, channel, provider, settings, rate, burst, tokens, refilled_at, paused_until, error FROM sender ORDER BY id
""")
SET_TOKENS = text("UPDATE sender SET tokens = :tokens, refilled_at = :at WHERE id = :id")
RETURN_TOKENS = text("UPDATE sender SET tokens = least(burst, tokens + :tokens) WHERE id = :id")
PAUSE_SENDER = text("UPDATE sender SET paused_until = :until, error = :error WHERE id = :id")

#: With the kit as Settings keeps it, the keyword that has been the brand's for longest, the shop's address (the website of the
#: kit, else the first of the pages that may show units), and the page of a live unit that asks for an email address alone.
BRANDS = text("""
SELECT b.id, b.name, b.base_url, b.from_name, b.from_email, b.from_phone, b.postal_address, b.settings,
       (SELECT s.value FROM setting s WHERE s.key = 'kit.' || b.id) AS kit,
       (SELECT k.word FROM keyword k WHERE k.brand = b.id AND k.ended_at IS NULL
         ORDER BY k.created_at, k.word LIMIT 1) AS keyword,
       (SELECT s.value->>0 FROM setting s WHERE s.key = 'sign-up.origins') AS shop_url,
       (SELECT u.slug FROM unit u JOIN unit_version v ON v.unit = u.id AND v.number = u.version
         WHERE u.state = 'active' AND v.definition->'steps' @> '[{"step": "email"}]'
           AND NOT v.definition->'steps' @> '[{"step": "phone"}]'
           AND (v.definition->>'kind' = 'page' OR coalesce(v.definition->'abuse'->>'work', '0') = '0')
         ORDER BY (v.definition->>'kind' = 'page') DESC, u.id LIMIT 1) AS email_page
  FROM brand b ORDER BY b.id
""")

MAILBOX = text("SELECT value #>> '{}' FROM setting WHERE key = 'inbound_mailbox'")

#: How far each bucket has reacted, as data for the claim. '-infinity' is no datetime, hence the floor.
REACTED = text("SELECT bucket, greatest(reacted_through, '1970-01-01 00:00+00') AS through FROM bucket_state")

_COLUMNS = """o.abucket, o.id, o.key, o.address, o.channel, o.brand, o.purpose, o.bucket, o.person, o.run, o.journey,
       o.version, o.step, o.occasion_key, o.occasion_at, o.occasion_event, o.zones, o.due_at, o.expires_at, o.state,
       o.attempts"""

#: Due messages of locked abuckets, oldest first; service messages before all others, because a STOP is confirmed at once.
#: What is not transactional waits until its person's bucket has reacted to all that arrived before the message fell due:
#: nobody is written to about a cart that they bought meanwhile.
DUE = text(f"""
SELECT {_COLUMNS}
  FROM outbox o JOIN unnest(cast(:buckets AS smallint[]), cast(:through AS timestamptz[])) s(bucket, through)
    ON s.bucket = o.bucket
 WHERE o.abucket = ANY(cast(:abuckets AS smallint[])) AND o.state IN ('planned', 'due') AND o.due_at <= :now
   AND o.channel = :channel AND (o.purpose IN ('transactional', 'service') OR s.through >= o.due_at)
 ORDER BY o.purpose <> 'service', o.due_at, o.id LIMIT :limit
""")

_WAITING = "abucket = ANY(cast(:abuckets AS smallint[])) AND state IN ('planned', 'due')"

#: The channels of which anything is due, and the next instant at which something will be, looked for within a horizon
#: so that the index answers. One question, and nothing is written: this is all that an idle installation does.
AGENDA = text(f"""
SELECT 'email' AS channel, cast(NULL AS timestamptz) AS due_at FROM
       (SELECT 1 FROM outbox WHERE {_WAITING} AND due_at <= :now AND channel = 'email' LIMIT 1) email
UNION ALL
SELECT 'sms', cast(NULL AS timestamptz) FROM
       (SELECT 1 FROM outbox WHERE {_WAITING} AND due_at <= :now AND channel = 'sms' LIMIT 1) sms
UNION ALL
SELECT NULL, min(due_at) FROM outbox
 WHERE {_WAITING} AND channel IN ('email', 'sms') AND due_at > :now AND due_at <= :horizon
""")

_ADDRESSES = "unnest(cast(:abuckets AS smallint[]), cast(:addresses AS text[])) w(abucket, address)"

CONSENT = text(f"""
SELECT c.abucket, c.address, c.brand, c.purpose, c.state, c.double_opt_in, c.expires_at, c.paused_until
  FROM {_ADDRESSES} JOIN consent c ON c.abucket = w.abucket AND c.address = w.address AND c.channel = :channel
""")
SUPPRESSED = text(f"""
SELECT s.abucket, s.address, s.reason, s.at
  FROM {_ADDRESSES} JOIN suppression s ON s.abucket = w.abucket AND s.address = w.address AND s.channel = :channel
 WHERE s.lifted_at IS NULL OR s.at > s.lifted_at
""")
#: What counts against spacing and caps. A claim has no instant of hand-over yet and counts from its claim.
SENT = text(f"""
SELECT o.abucket, o.address, o.id, coalesce(o.handing_at, o.state_at) AS at, o.person, o.purpose = 'cart' AS abandonment,
       o.purpose = 'service' AS service
  FROM {_ADDRESSES} JOIN outbox o ON o.abucket = w.abucket AND o.address = w.address
 WHERE o.channel = :channel AND o.purpose <> 'transactional'
   AND (o.handing_at > :since AND o.state IN ('handing', 'accepted', 'delivered', 'unknown') OR o.state = 'claimed')
""")
#: Who holds the one text of an abandonment. A holder that is no longer in the outbox was sent long ago.
TEXT_OWNERS = text("""
SELECT k.abucket, k.address, k.occasion_key, k.message, coalesce(o.state, 'accepted') AS state
  FROM unnest(cast(:abuckets AS smallint[]), cast(:addresses AS text[]), cast(:occasions AS text[]))
       w(abucket, address, occasion_key)
  JOIN text_key k ON k.abucket = w.abucket AND k.address = w.address AND k.occasion_key = w.occasion_key
  LEFT JOIN outbox o ON o.abucket = k.abucket AND o.id = k.message
""")
KEY_OWNERS = text("""
SELECT k.abucket, k.key, k.message
  FROM unnest(cast(:abuckets AS smallint[]), cast(:keys AS uuid[])) w(abucket, key)
  JOIN message_key k ON k.abucket = w.abucket AND k.key = w.key
""")
#: Read by the person's key, in a statement of its own: exits are facts of people, not of addresses.
RUNS_ENDED = text("""
SELECT r.bucket, r.id, CASE WHEN r.exited_at IS NULL THEN r.outcome ELSE 'exited' END AS outcome
  FROM unnest(cast(:buckets AS smallint[]), cast(:runs AS bigint[])) w(bucket, run)
  JOIN run_done r ON r.bucket = w.bucket AND r.id = w.run
""")
#: Where the people of messages are by now: a merge takes their runs along to another bucket.
BUCKETS_NOW = text("""
SELECT o.id, o.bucket, o.person, starts_with(o.address, 'erased:') AS erased
  FROM unnest(cast(:abuckets AS smallint[]), cast(:ids AS bigint[])) w(abucket, id)
  JOIN outbox o ON o.abucket = w.abucket AND o.id = w.id
""")
#: Journeys, and campaigns by their numbers with a minus sign, whose messages stay where they are.
STANDING_JOURNEYS = text("""
SELECT id, state FROM journey WHERE state IN ('paused', 'archived')
 UNION ALL
SELECT -id, state FROM campaign WHERE state IN ('paused', 'cancelled')
""")
#: The pace of campaigns that have one. Few rows; the lock lasts for the short transaction of a claim.
LOCK_PACES = text("""
SELECT campaign, per_hour, free_at, reserved_until FROM campaign_pace
 WHERE campaign = ANY(cast(:campaigns AS integer[])) ORDER BY campaign FOR UPDATE
""")
SET_PACE = text("""
UPDATE campaign_pace SET free_at = :free_at, reserved_until = :reserved_until, given = given + :given WHERE campaign = :campaign
""")
#: What waits of a campaign that was cancelled; beside each the state in which it waited.
CALL_OFF = text("""
UPDATE outbox o SET state = 'cancelled', state_at = :now, rule = :rule
  FROM (SELECT abucket, id, state FROM outbox
         WHERE abucket = ANY(cast(:abuckets AS smallint[])) AND journey = :origin AND state IN ('planned', 'due', 'held')) w
 WHERE o.abucket = w.abucket AND o.id = w.id AND o.state IN ('planned', 'due', 'held')
RETURNING o.abucket, o.id, w.state AS was
""")
#: Of messages of campaigns to some people those that left or may leave; what left, or is in somebody's hands, first.
OF_CAMPAIGNS = text("""
SELECT o.bucket, o.person, o.journey, o.abucket, o.id, o.state
  FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)
  JOIN outbox o ON o.bucket = k.bucket AND o.person = k.person
 WHERE o.journey < 0 AND o.state NOT IN ('dropped', 'cancelled', 'failed')
 ORDER BY o.state IN ('planned', 'due', 'held'), o.due_at, o.id
""")
CALL_OFF_THESE = text("""
UPDATE outbox o SET state = 'cancelled', state_at = :now, rule = :rule
  FROM unnest(cast(:abuckets AS smallint[]), cast(:ids AS bigint[])) w(abucket, id)
 WHERE o.abucket = w.abucket AND o.id = w.id AND o.state IN ('planned', 'due', 'held')
""")
#: What a pause of its campaign put off.
GO_ON = text("""
UPDATE outbox o SET due_at = :now, state_at = :now, rule = NULL
  FROM (SELECT abucket, id, state FROM outbox
         WHERE abucket = ANY(cast(:abuckets AS smallint[])) AND journey = :origin AND state = 'planned' AND rule = :rule) w
 WHERE o.abucket = w.abucket AND o.id = w.id AND o.state = 'planned'
RETURNING o.abucket, o.id, w.state AS was
""")

_WHICH = "unnest(cast(:abuckets AS smallint[]), cast(:ids AS bigint[])) w(abucket, id)"

#: An opt-out cancels without the abucket's lock, so the state is asked once more; what was cancelled is not returned.
CLAIM = text(f"""
UPDATE outbox o SET state = 'claimed', state_at = :now, claim = :claim, lease_until = :lease
  FROM {_WHICH}
 WHERE o.abucket = w.abucket AND o.id = w.id AND o.state IN ('planned', 'due')
RETURNING o.id
""")
TAKE_KEYS = text("""
INSERT INTO message_key (abucket, key, message)
SELECT w.abucket, w.key, w.message
  FROM unnest(cast(:abuckets AS smallint[]), cast(:keys AS uuid[]), cast(:ids AS bigint[])) w(abucket, key, message)
    ON CONFLICT (abucket, key) DO NOTHING
""")
#: A key whose holder will never be sent is taken over; the gate has judged that under the abucket's lock.
TAKE_TEXTS = text("""
INSERT INTO text_key (abucket, address, occasion_key, message)
SELECT w.abucket, w.address, w.occasion_key, w.message
  FROM unnest(cast(:abuckets AS smallint[]), cast(:addresses AS text[]), cast(:occasions AS text[]),
              cast(:ids AS bigint[])) w(abucket, address, occasion_key, message)
    ON CONFLICT (abucket, address, occasion_key) DO UPDATE SET message = excluded.message
""")
#: What the gate stopped before a claim.
STOP = text("""
UPDATE outbox o SET state = w.state, state_at = :now, rule = w.rule, due_at = w.due_at
  FROM unnest(cast(:abuckets AS smallint[]), cast(:ids AS bigint[]), cast(:states AS text[]), cast(:rules AS text[]),
              cast(:dues AS timestamptz[])) w(abucket, id, state, rule, due_at)
 WHERE o.abucket = w.abucket AND o.id = w.id AND o.state IN ('planned', 'due')
RETURNING o.id
""")

#: The point of no return: durable before the wire. The claim's token bars whoever lost the lease meanwhile.
HANDING = text("""
UPDATE outbox o SET state = 'handing', state_at = :now, handing_at = :now, lease_until = :lease, rule = NULL,
                    error = NULL, provider = w.provider, subject = w.subject, segments = w.segments
  FROM unnest(cast(:abuckets AS smallint[]), cast(:ids AS bigint[]), cast(:providers AS text[]),
              cast(:subjects AS text[]), cast(:segments AS smallint[])) w(abucket, id, provider, subject, segments)
 WHERE o.abucket = w.abucket AND o.id = w.id AND o.state = 'claimed' AND o.claim = :claim
RETURNING o.id
""")
#: What became of claimed or handed messages. ``unknown`` may still be answered by the worker that was thought dead.
SETTLE = text("""
UPDATE outbox o SET state = w.state, state_at = :now, rule = w.rule, due_at = coalesce(w.due_at, o.due_at),
                    error = CASE WHEN starts_with(o.address, 'erased:') THEN NULL ELSE w.error END,
                    provider_ref = CASE WHEN starts_with(o.address, 'erased:') THEN NULL ELSE w.ref END,
                    attempts = o.attempts + w.tried,
                    accepted_at = w.accepted_at, handing_at = CASE WHEN w.gone THEN o.handing_at END,
                    lease_until = NULL
  FROM unnest(cast(:abuckets AS smallint[]), cast(:ids AS bigint[]), cast(:froms AS text[]), cast(:states AS text[]),
              cast(:rules AS text[]), cast(:dues AS timestamptz[]), cast(:errors AS text[]), cast(:refs AS text[]),
              cast(:tried AS smallint[]), cast(:accepted AS timestamptz[]), cast(:gone AS boolean[]))
       w(abucket, id, from_state, state, rule, due_at, error, ref, tried, accepted_at, gone)
 WHERE o.abucket = w.abucket AND o.id = w.id AND o.claim = :claim
   AND (o.state = w.from_state OR o.state = 'unknown' AND w.from_state = 'handing' AND w.gone)
RETURNING o.id, o.bucket, o.person, starts_with(o.address, 'erased:') AS erased
""")
#: On its way to the person's bucket, whose next tick counts it. Whose it is stands in the message as it was just settled,
#: under the lock that a merge of the person has to wait for.
TELL_DELIVERED = text("""
INSERT INTO delivered (bucket, message, person, channel, at)
SELECT w.bucket, w.message, w.person, w.channel, :now
  FROM unnest(cast(:buckets AS smallint[]), cast(:messages AS bigint[]), cast(:people AS bigint[]),
              cast(:channels AS text[])) w(bucket, message, person, channel)
    ON CONFLICT DO NOTHING
""")
LOG = text("""
INSERT INTO message_log (abucket, message, at, from_state, to_state, rule, detail)
SELECT w.abucket, w.message, :now, w.from_state, w.to_state, w.rule, w.detail::jsonb
  FROM unnest(cast(:abuckets AS smallint[]), cast(:ids AS bigint[]), cast(:froms AS text[]), cast(:states AS text[]),
              cast(:rules AS text[]), cast(:details AS text[])) w(abucket, message, from_state, to_state, rule, detail)
RETURNING seq
""")

RELEASE = text(f"""
UPDATE outbox o SET state = 'due', state_at = :now, rule = NULL
  FROM {_WHICH}
 WHERE o.abucket = w.abucket AND o.id = w.id AND o.state = 'held'
RETURNING o.abucket, o.id
""")

#: Along the index on ``planned_at``.
WAITING = text("""
SELECT coalesce(rule, '') AS rule, count(*) AS n FROM outbox WHERE planned_at > :since AND state = 'held'
 GROUP BY 1 ORDER BY 2 DESC, 1
""")

DEAD_LEASES = text("""
SELECT DISTINCT abucket FROM outbox
 WHERE abucket = ANY(cast(:abuckets AS smallint[])) AND state IN ('claimed', 'handing') AND lease_until < :now
""")
SWEEP_CLAIMED = text("""
UPDATE outbox SET state = 'due', state_at = :now, claim = NULL, lease_until = NULL
 WHERE abucket = ANY(cast(:abuckets AS smallint[])) AND state = 'claimed' AND lease_until < :now
RETURNING abucket, id
""")
SWEEP_HANDING = text("""
UPDATE outbox SET state = 'unknown', state_at = :now, lease_until = NULL
 WHERE abucket = ANY(cast(:abuckets AS smallint[])) AND state = 'handing' AND lease_until < :now
RETURNING abucket, id
""")

_PERSONS = "unnest(cast(:buckets AS smallint[]), cast(:persons AS bigint[])) w(bucket, person)"

PEOPLE = text(f"""
SELECT p.bucket, p.id, p.traits FROM {_PERSONS} JOIN person p ON p.bucket = w.bucket AND p.id = w.person
""")
#: Where texts count them to be by their orders and profiles.
PLACES = text(f"""
SELECT DISTINCT p.bucket, p.person, p.place
  FROM {_PERSONS} JOIN person_place p ON p.bucket = w.bucket AND p.person = w.person
""")
ALIASES = text(f"""
SELECT a.bucket, a.person, a.to_bucket, a.to_person
  FROM {_PERSONS} JOIN alias a ON a.bucket = w.bucket AND a.person = w.person
""")
STATUSES = text(f"""
SELECT a.bucket, a.person, a.channel, a.marketing
  FROM {_PERSONS} JOIN person_address a ON a.bucket = w.bucket AND a.person = w.person
""")
#: What people looked at, the newest first.
VIEWED = text(f"""
SELECT p.bucket, p.person, (array_agg(p.product ORDER BY p.last_at DESC, p.product))[1:cast(:most AS integer)] AS products
  FROM {_PERSONS} JOIN person_product p ON p.bucket = w.bucket AND p.person = w.person
 WHERE p.relation = 'viewed' AND p.last_at <= :now
 GROUP BY p.bucket, p.person
""")
#: By primary key, the partition's key included.
OCCASIONS = text("""
SELECT e.bucket, e.person, e.at, e.id, e.name, e.props
  FROM unnest(cast(:buckets AS smallint[]), cast(:persons AS bigint[]), cast(:ats AS timestamptz[]),
              cast(:events AS bigint[])) w(bucket, person, at, event)
  JOIN event e ON e.bucket = w.bucket AND e.person = w.person AND e.at = w.at AND e.id = w.event
""")

#: Which installation this database is of, and the newest number of its log.
INSTALLATION = text("""
SELECT (SELECT value #>> '{}' FROM setting WHERE key = 'installation') AS installation,
       (SELECT last_value FROM message_log_seq_seq) AS sequence
""")
#: After a restore, in every abucket: rare, so it may read the whole outbox.
HOLD_RESTORED = text("""
UPDATE outbox SET state = 'held', state_at = :now, rule = :rule, claim = NULL, lease_until = NULL
 WHERE state IN ('planned', 'due', 'claimed') AND due_at <= :before
RETURNING abucket, id
""")

#: For a click: where the message went and whose it was, then where its link leads.
CLICKED_MESSAGE = text("""
SELECT address, channel, brand, bucket, person, journey, version, step, state
  FROM outbox WHERE abucket = :abucket AND id = :message
""")
CLICKED_LINKS = text("""
SELECT detail->'links' AS links FROM message_log
 WHERE abucket = :abucket AND message = :message AND to_state = 'handing' ORDER BY seq DESC LIMIT 1
""")

KEEP_TOUCH = text("""
INSERT INTO touch (abucket, message, kind, link, method, at, agent, self_told, caller)
VALUES (:abucket, :message, :kind, :link, :method, :at, :agent, :self_told, :caller)
""")
TRY_JUDGE = text("SELECT pg_try_advisory_xact_lock(168230919)")
#: Touches old enough to be judged, oldest first; and when the next one will be.
RIPE_TOUCHES = text("""
SELECT abucket, id, message, kind, link, method, at, agent, self_told, caller FROM touch
 WHERE judged_at IS NULL AND at <= coalesce(cast(:now AS timestamptz), clock_timestamp()) - cast(:after AS interval)
 ORDER BY at, id LIMIT :limit
""")
NEXT_TOUCH = text("SELECT min(at) FROM touch WHERE judged_at IS NULL")
#: Everything that was lately done with the same messages.
TOUCHES_OF = text("""
SELECT t.abucket, t.id, t.message, t.kind, t.link, t.method, t.at, t.agent, t.self_told, t.caller
  FROM (SELECT DISTINCT * FROM unnest(cast(:abuckets AS smallint[]), cast(:ids AS bigint[]))) w(abucket, id)
  JOIN touch t ON t.abucket = w.abucket AND t.message = w.id
""")
TOUCHED_MESSAGES = text(f"""
SELECT o.abucket, o.id, o.address, o.channel, o.journey, o.version, o.step, coalesce(o.accepted_at, o.handing_at) AS gone_at
  FROM {_WHICH} JOIN outbox o ON o.abucket = w.abucket AND o.id = w.id
""")
TOUCHED_LINKS = text(f"""
SELECT DISTINCT ON (l.abucket, l.message) l.abucket, l.message, l.detail->'links' AS links
  FROM {_WHICH} JOIN message_log l ON l.abucket = w.abucket AND l.message = w.id AND l.to_state = 'handing'
 ORDER BY l.abucket, l.message, l.seq DESC
""")
#: How many readers of one domain a caller clicked for; of texts there is no domain, and all readers count together.
CROWDS = text("""
SELECT t.caller, split_part(o.address, '@', 2) AS domain, count(DISTINCT o.address) AS readers
  FROM touch t JOIN outbox o ON o.abucket = t.abucket AND o.id = t.message
 WHERE t.kind = 'click' AND t.at > :since AND t.at <= :until AND t.caller = ANY(cast(:callers AS bigint[]))
 GROUP BY t.caller, split_part(o.address, '@', 2)
""")
JUDGED = text(f"UPDATE touch t SET judged_at = :now FROM {_WHICH} WHERE t.abucket = w.abucket AND t.id = w.id")
FORGET_TOUCHES = text("DELETE FROM touch WHERE at < :before")

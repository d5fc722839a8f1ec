"""All SQL of decisions. Everything here belongs to people and joins on ``bucket``."""

from sqlalchemy import text

from antiphon.people.traits import PREFERRED_SPELLINGS

_PREFERRED = ", ".join(f"h.traits ->> '{spelling}'" for spelling in PREFERRED_SPELLINGS)

#: What was planned for later by a run that ended otherwise than at its end, or by a campaign that was cancelled, never
#: leaves: it keeps nothing apart and is no text.
_CALLED_OFF = """(d.due_at > :at AND (d.journey = ANY(cast(:called_off AS integer[])) OR EXISTS (
           SELECT FROM run_done r WHERE r.bucket = d.bucket AND r.id = d.run
              AND (r.outcome <> 'finished' OR r.exited_at IS NOT NULL))))"""

#: How much of a message is still felt: of an email a third after three days, of a text after seven.
_FELT = "exp(least(0, extract(epoch FROM d.due_at)::float8 - :now) / {})"

#: All that decisions look at, one row for each intent, beside the place at which it was asked for. Instants are seconds from :now
#: (rounded down), so that they become columns without passing through datetimes; 536870911 is as far as columns reach.
#: A channel's address is the newest with consent, else the newest; what is planned is all that decided messages of the
#: person keep apart from, transactional ones aside. What is read of people is read inside the CTEs, by inner joins with the
#: few that were picked: a cluster refuses to look aside from picked rows, and would fetch the whole table of an outer join.
#: The joins at the end are full ones, though nobody is there who was not picked: those are never made by comparing every row
#: with every other one. Where the planner took all of this for one row each, it compared 4,286 intents eight times over with all
#: of theirs: 35 s for a tick that takes 0.3 s.
LOOKED_AT = text(f"""
WITH picked AS MATERIALIZED (
    SELECT bucket, person, id, occasion_key, place
      FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), cast(:ids AS bigint[]), cast(:occasions AS text[]))
           WITH ORDINALITY asked(bucket, person, id, occasion_key, place)),
people AS MATERIALIZED (SELECT DISTINCT bucket, person FROM picked),
address AS MATERIALIZED (
    SELECT DISTINCT ON (a.bucket, a.person, a.channel)
           a.bucket, a.person, a.channel, a.address, a.abucket, a.zones, a.marketing, a.transactional,
           a.cart = 'subscribed' AND a.cart_double AS cart
      FROM people p JOIN person_address a ON a.bucket = p.bucket AND a.person = p.person
     ORDER BY a.bucket, a.person, a.channel, (a.marketing = 'subscribed') DESC,
              (a.cart = 'subscribed' AND a.cart_double) DESC, a.since DESC, a.address),
engaged AS MATERIALIZED (
    SELECT e.bucket, e.person, max(e.last_at) FILTER (WHERE e.channel = 'email') AS email,
           max(e.last_at) FILTER (WHERE e.channel = 'sms') AS sms,
           max(e.sends) FILTER (WHERE e.channel = 'email') AS email_sends,
           max(e.sends) FILTER (WHERE e.channel = 'sms') AS sms_sends,
           max(e.answers) FILTER (WHERE e.channel = 'email') AS email_answers,
           max(e.answers) FILTER (WHERE e.channel = 'sms') AS sms_answers
      FROM people p JOIN engagement e ON e.bucket = p.bucket AND e.person = p.person GROUP BY e.bucket, e.person),
planned AS MATERIALIZED (
    SELECT d.bucket, d.person,
           max(d.due_at) FILTER (WHERE d.channel = 'email' AND d.due_at <= :at) AS email_past,
           min(d.due_at) FILTER (WHERE d.channel = 'email' AND d.due_at > :at) AS email_first,
           max(d.due_at) FILTER (WHERE d.channel = 'email' AND d.due_at > :at) AS email_last,
           max(d.due_at) FILTER (WHERE d.channel = 'sms' AND d.due_at <= :at) AS sms_past,
           min(d.due_at) FILTER (WHERE d.channel = 'sms' AND d.due_at > :at) AS sms_first,
           max(d.due_at) FILTER (WHERE d.channel = 'sms' AND d.due_at > :at) AS sms_last,
           count(*) FILTER (WHERE d.due_at > :week) AS lately,
           sum({_FELT.format(259_200)}) FILTER (WHERE d.channel = 'email') AS email_load,
           sum({_FELT.format(604_800)}) FILTER (WHERE d.channel = 'sms') AS sms_load
      FROM people p JOIN decision d ON d.bucket = p.bucket AND d.person = p.person
     WHERE d.channel IS NOT NULL AND d.purpose <> 'transactional' AND d.due_at > :since AND NOT {_CALLED_OFF}
     GROUP BY d.bucket, d.person),
lived AS MATERIALIZED (
    SELECT l.bucket, l.person, array_agg(DISTINCT l.place ORDER BY l.place)::text AS places
      FROM people p JOIN person_place l ON l.bucket = p.bucket AND l.person = p.person GROUP BY l.bucket, l.person),
human AS MATERIALIZED (
    SELECT h.bucket, h.id, h.die, h.zone,
           coalesce({_PREFERRED}) AS preferred
      FROM people p JOIN person h ON h.bucket = p.bucket AND h.id = p.person),
texted AS MATERIALIZED (
    SELECT DISTINCT p.bucket, p.id
      FROM picked p JOIN decision d ON d.bucket = p.bucket AND d.person = p.person
     WHERE d.channel = 'sms' AND d.occasion_key = p.occasion_key AND NOT {_CALLED_OFF})
SELECT (i.place - 1)::int AS place,
       coalesce(h.die, 0) AS die, coalesce(h.zone, -1) AS zone,
       coalesce(array_position(ARRAY['email', 'sms'], h.preferred), 0) - 1 AS declared,
       m.address AS email, m.abucket AS email_abucket, m.zones::text AS email_zones, m.marketing AS email_marketing,
       m.transactional AS email_transactional,
       s.address AS sms, s.abucket AS sms_abucket, s.zones::text AS sms_zones, s.marketing AS sms_marketing,
       s.transactional AS sms_transactional, coalesce(s.cart, false) AS cart, v.places,
       greatest(-536870912, coalesce(floor(extract(epoch FROM g.email)) - :now, -536870912))::int AS email_engaged,
       greatest(-536870912, coalesce(floor(extract(epoch FROM g.sms)) - :now, -536870912))::int AS sms_engaged,
       coalesce(g.email_sends, 0) AS email_sends, coalesce(g.sms_sends, 0) AS sms_sends,
       coalesce(g.email_answers, 0) AS email_answers, coalesce(g.sms_answers, 0) AS sms_answers,
       coalesce(ceil(extract(epoch FROM n.email_past)) - :now, -536870912)::int AS email_past,
       coalesce(ceil(extract(epoch FROM n.sms_past)) - :now, -536870912)::int AS sms_past,
       coalesce(floor(extract(epoch FROM n.email_first)) - :now, 536870912)::int AS email_first,
       coalesce(floor(extract(epoch FROM n.sms_first)) - :now, 536870912)::int AS sms_first,
       coalesce(ceil(extract(epoch FROM n.email_last)) - :now, -536870912)::int AS email_last,
       coalesce(ceil(extract(epoch FROM n.sms_last)) - :now, -536870912)::int AS sms_last,
       coalesce(n.lately, 0) AS lately, coalesce(n.email_load, 0) AS email_load, coalesce(n.sms_load, 0) AS sms_load,
       t.id IS NOT NULL AS texted
  FROM picked i
  FULL JOIN human h ON h.bucket = i.bucket AND h.id = i.person
  FULL JOIN (SELECT * FROM address WHERE channel = 'email') m ON m.bucket = i.bucket AND m.person = i.person
  FULL JOIN (SELECT * FROM address WHERE channel = 'sms') s ON s.bucket = i.bucket AND s.person = i.person
  FULL JOIN lived v ON v.bucket = i.bucket AND v.person = i.person
  FULL JOIN engaged g ON g.bucket = i.bucket AND g.person = i.person
  FULL JOIN planned n ON n.bucket = i.bucket AND n.person = i.person
  FULL JOIN texted t ON t.bucket = i.bucket AND t.id = i.id
""")

#: Promotional messages of journeys that have a cap, to some people; what is planned for later counts as well.
SENT_OF_JOURNEYS = text(f"""
SELECT d.person, d.journey, d.due_at
  FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)
  JOIN decision d ON d.bucket = k.bucket AND d.person = k.person
 WHERE d.journey = ANY(cast(:journeys AS integer[])) AND d.channel IS NOT NULL AND d.purpose <> 'transactional'
   AND d.due_at > :since AND NOT {_CALLED_OFF}
""")

#: What is planned for some people and keeps other messages from them, transactional ones aside.
PLANNED = text(f"""
SELECT d.person, d.id, d.journey, d.step, d.channel, floor(extract(epoch FROM d.due_at) - :now)::int AS due
  FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)
  JOIN decision d ON d.bucket = k.bucket AND d.person = k.person
 WHERE d.channel IS NOT NULL AND d.purpose <> 'transactional' AND d.due_at > :since AND NOT {_CALLED_OFF}
""")
ORIGINS = text("""
SELECT id, slug AS name FROM journey WHERE id = ANY(cast(:origins AS integer[]))
 UNION ALL
SELECT -id, slug FROM campaign WHERE -id = ANY(cast(:origins AS integer[]))
""")

#: Campaigns that were cancelled lately, as decisions call them; what older ones planned lies in the past.
CALLED_OFF = text("SELECT -id FROM campaign WHERE state = 'cancelled' AND changed_at > :since")

#: A few thousand small rows at most, whatever the number of people.
HOUR_CURVES = text("SELECT channel, hour, sum(n)::bigint AS n FROM hour_curve GROUP BY channel, hour")

#: A person whose place is unknown keeps the brand's hours.
BRAND_ZONE = text("SELECT zone FROM brand WHERE id = 1")

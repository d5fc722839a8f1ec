"""All SQL of the page that texts are tried on."""

from sqlalchemy import text

_SPEAKS = "jsonb_path_exists(v.definition, '$.steps[*].content.sms.text')"

#: Of each journey the version that people enter now, or the newest that has a text at all; definitions have the steps.
VERSIONS_WITH_TEXTS = text(f"""
SELECT v.id, v.id = j.version AS current FROM journey j CROSS JOIN LATERAL (
       SELECT v.id FROM journey_version v WHERE v.journey = j.id AND {_SPEAKS}
        ORDER BY coalesce(v.id = j.version, false) DESC, v.number DESC LIMIT 1) v
 WHERE j.state <> 'archived' ORDER BY j.name, j.id
""")

#: All versions of a journey that have a text, the newest first.
VERSIONS_OF = text(f"""
SELECT v.id, v.number, coalesce(v.id = j.version, false) AS current
  FROM journey j JOIN journey_version v ON v.journey = j.id
 WHERE j.slug = :slug AND {_SPEAKS} ORDER BY v.number DESC LIMIT 200
""")

#: People are spread over the buckets by hashes, so that whoever comes first is nobody in particular.
SAMPLE = text("""
SELECT bucket, person, min(address) AS address FROM person_address
 WHERE channel = 'sms' AND marketing = 'subscribed' GROUP BY bucket, person LIMIT :limit
""")

SUBSCRIBED = text("SELECT count(*) FROM person_address WHERE channel = 'sms' AND marketing = 'subscribed'")

_PERSONS = "unnest(cast(:buckets AS smallint[]), cast(:persons AS bigint[])) w(bucket, person)"

#: The newest event of a name of each of a few people.
OCCASIONS = text(f"""
SELECT DISTINCT ON (e.bucket, e.person) e.bucket, e.person, e.at, e.name, e.props
  FROM {_PERSONS} JOIN event e ON e.bucket = w.bucket AND e.person = w.person
 WHERE e.name = :name AND e.at > :since
 ORDER BY e.bucket, e.person, e.at DESC, e.id DESC
""")

#: What the people of the sample did, for the choice of an occasion.
NAMES = text(f"""
SELECT t.name, count(*) AS n FROM {_PERSONS} JOIN event_total t ON t.bucket = w.bucket AND t.person = w.person
 GROUP BY t.name ORDER BY n DESC, t.name LIMIT 40
""")

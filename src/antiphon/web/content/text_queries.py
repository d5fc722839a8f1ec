"""All SQL of the page that texts are tried on."""

from sqlalchemy import text

#: The steps that speak are found in the definitions.
CURRENT_VERSIONS = text("""
SELECT v.id FROM journey j JOIN journey_version v ON v.id = j.version WHERE j.state <> 'archived' ORDER BY j.name, j.id
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

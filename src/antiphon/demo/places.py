"""Places in the US and Canada that people of the demo shop live in, with the area codes of their phones.

The area codes are real, so that a number's zones are; the numbers behind them (555-0100 to 555-0199) are set aside for
fiction. ``weight`` follows the size of the place, roughly.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    city: str
    state: str
    country: str
    zone: str
    weight: float
    codes: tuple[str, ...]


#: The numbers that each area code sets aside for fiction.
FICTION_LINES = 100

PLACES: tuple[Place, ...] = (
    Place("New York", "NY", "US", "America/New_York", 19, ("212", "646", "917", "718", "347", "929")),
    Place("Newark", "NJ", "US", "America/New_York", 6, ("973", "862", "201", "551")),
    Place("Boston", "MA", "US", "America/New_York", 6, ("617", "857", "781", "339")),
    Place("Philadelphia", "PA", "US", "America/New_York", 6, ("215", "267", "445", "610")),
    Place("Washington", "DC", "US", "America/New_York", 4, ("202",)),
    Place("Atlanta", "GA", "US", "America/New_York", 6, ("404", "470", "678", "770")),
    Place("Miami", "FL", "US", "America/New_York", 7, ("305", "786", "954")),
    Place("Tampa", "FL", "US", "America/New_York", 4, ("813", "727")),
    Place("Pensacola", "FL", "US", "America/Chicago", 1.5, ("850",)),
    Place("Charlotte", "NC", "US", "America/New_York", 4, ("704", "980", "919")),
    Place("Detroit", "MI", "US", "America/Detroit", 4, ("313", "248", "734")),
    Place("Columbus", "OH", "US", "America/New_York", 4, ("614", "380", "216")),
    Place("Indianapolis", "IN", "US", "America/Indiana/Indianapolis", 3, ("317", "463")),
    Place("Chicago", "IL", "US", "America/Chicago", 10, ("312", "773", "872", "630")),
    Place("Minneapolis", "MN", "US", "America/Chicago", 4, ("612", "763", "651")),
    Place("Houston", "TX", "US", "America/Chicago", 8, ("713", "281", "832")),
    Place("Dallas", "TX", "US", "America/Chicago", 8, ("214", "469", "972")),
    Place("Austin", "TX", "US", "America/Chicago", 4, ("512", "737")),
    Place("New Orleans", "LA", "US", "America/Chicago", 2, ("504",)),
    Place("Nashville", "TN", "US", "America/Chicago", 3, ("615", "629")),
    Place("Oklahoma City", "OK", "US", "America/Chicago", 2, ("405", "572")),
    Place("Rapid City", "SD", "US", "America/Denver", 1, ("605",)),
    Place("Denver", "CO", "US", "America/Denver", 5, ("303", "720")),
    Place("Salt Lake City", "UT", "US", "America/Denver", 3, ("801", "385")),
    Place("Boise", "ID", "US", "America/Boise", 1.5, ("208", "986")),
    Place("Albuquerque", "NM", "US", "America/Denver", 1.5, ("505",)),
    Place("Phoenix", "AZ", "US", "America/Phoenix", 5, ("602", "480", "623")),
    Place("Las Vegas", "NV", "US", "America/Los_Angeles", 3, ("702", "725")),
    Place("Los Angeles", "CA", "US", "America/Los_Angeles", 13, ("213", "323", "310", "424", "818")),
    Place("San Diego", "CA", "US", "America/Los_Angeles", 4, ("619", "858")),
    Place("San Francisco", "CA", "US", "America/Los_Angeles", 7, ("415", "628", "510", "650")),
    Place("Portland", "OR", "US", "America/Los_Angeles", 3, ("503", "971")),
    Place("Seattle", "WA", "US", "America/Los_Angeles", 5, ("206", "425", "253")),
    Place("Anchorage", "AK", "US", "America/Anchorage", 1, ("907",)),
    Place("Honolulu", "HI", "US", "Pacific/Honolulu", 1.5, ("808",)),
    Place("Toronto", "ON", "CA", "America/Toronto", 6, ("416", "647", "437", "905")),
    Place("Montréal", "QC", "CA", "America/Toronto", 4, ("514", "438")),
    Place("Halifax", "NS", "CA", "America/Halifax", 1, ("902", "782")),
    Place("St. John's", "NL", "CA", "America/St_Johns", 0.7, ("709",)),
    Place("Winnipeg", "MB", "CA", "America/Winnipeg", 1, ("204", "431")),
    Place("Calgary", "AB", "CA", "America/Edmonton", 2, ("403", "587")),
    Place("Vancouver", "BC", "CA", "America/Vancouver", 3, ("604", "778", "236")),
)

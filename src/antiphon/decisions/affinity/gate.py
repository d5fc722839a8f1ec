"""From when on a model is learned from an installation's own figures, and may be tried on them."""

from dataclasses import asdict, dataclass

#: As Klaviyo asks for: this many people, and as many messages on each channel, of those who were written to lately.
PEOPLE, MESSAGES = 1_000, 5_000
DAYS = 180


@dataclass(frozen=True, slots=True)
class Gate:
    """People who were written to within 180 days, and the emails and texts that reached them."""

    people: int
    email: int
    sms: int

    @property
    def open(self) -> bool:
        return self.people >= PEOPLE and min(self.email, self.sms) >= MESSAGES

    def document(self) -> dict[str, int]:
        return asdict(self)

    def __add__(self, other: "Gate") -> "Gate":
        return Gate(self.people + other.people, self.email + other.email, self.sms + other.sms)

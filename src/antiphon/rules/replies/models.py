"""What a reply means."""

from dataclasses import dataclass
from typing import Literal

Intent = Literal["stop", "start", "help", "yes", "none"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a text asks for.

    Attributes:
        intent: "none" for a conversation. "yes" only means START where an opt-in waits for it or the person is out.
        sure: False where a human should look. A doubtful "stop" opts out all the same; a doubtful "start", "help" or
            "yes" changes nothing by itself.
        rule: the id of the row that decided, beside the version of the lists; for people and for records.

    """

    intent: Intent
    sure: bool
    rule: str

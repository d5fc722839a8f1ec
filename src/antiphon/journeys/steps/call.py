"""``call``: tells another program by HTTP, and goes on with its answer, or another way when there is none.

The tick asks and parks the run; the stage ``errands`` calls outside of any transaction, again and again until it is answered
or the time is over; the next tick wakes the run.
"""

import re
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, field_validator

from antiphon.journeys.errands.addresses import place_of
from antiphon.journeys.errands.asking import statements
from antiphon.journeys.steps.base import BaseStep, Compilation, Statements
from antiphon.kit.durations import Duration, parse_duration

#: What calls carry by themselves, and what would change how a body ends.
RESERVED = frozenset(
    {
        *("host", "content-length", "content-type", "content-encoding", "transfer-encoding", "connection", "upgrade"),
        *("te", "trailer", "expect", "accept-encoding", "proxy-authorization", "proxy-connection", "keep-alive"),
        *("webhook-id", "webhook-timestamp", "webhook-signature"),
    }
)
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
MOST_PARTS = 50

Value = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^[ -~]*$")]
Part = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Liquid = Annotated[str, StringConstraints(max_length=10_000)]


class CallStep(BaseStep):
    """Calls a URL of an allowed host, with what is known of the person and the occasion, or with a body of its own."""

    icon: ClassVar[str] = "webhook"

    type: Literal["call"]
    url: str
    method: Literal["POST", "PUT"] = "POST"
    headers: dict[str, Value] = Field(default={}, max_length=20)
    #: Parts of the body, each a Liquid template; left out, the body tells all of the person and the occasion.
    body: Annotated[dict[Part, Liquid], Field(min_length=1, max_length=MOST_PARTS)] | None = None
    #: How long it is tried.
    timeout: Duration = parse_duration("1h")
    #: Where to go once it was answered well.
    next: str | None = None
    #: Where to go when it was refused, or not answered in time.
    otherwise: str | None = None

    @field_validator("url")
    @classmethod
    def _callable(cls, url: str) -> str:
        place_of(url)
        return url

    @field_validator("headers")
    @classmethod
    def _free(cls, headers: dict[str, str]) -> dict[str, str]:
        for name in headers:
            if not _TOKEN.fullmatch(name):
                raise ValueError(f"{name[:100]!r} is no name of a header")
            if name.lower() in RESERVED:
                raise ValueError(f"the header `{name}` is set by the call itself")
        return headers

    @field_validator("timeout")
    @classmethod
    def _some_time(cls, timeout: Duration) -> Duration:
        if not timeout:
            raise ValueError("a timeout of no time is none")
        return timeout

    def leads_to(self, following: str) -> dict[str, str]:
        return {
            "answered": following if self.next is None else self.next,
            "failed": following if self.otherwise is None else self.otherwise,
        }

    def describe(self) -> str:
        return self.note or f"Calls {place_of(self.url).words}"

    def statements(self, compilation: Compilation, following: str) -> Statements:
        done, failed = self.leads_to(following).values()
        return statements(compilation, self.id, "call", done, failed, self.timeout)

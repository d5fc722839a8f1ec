"""A text tried on people: what each would get, how many segments that is, and what it costs for everybody."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median_low

from antiphon.content.context import Brand
from antiphon.content.gsm import GSM, UCS, Reference, Segments, outside, parts, segments
from antiphon.content.models import MessageContent, SmsContent
from antiphon.content.render import Rendered, Renderer, Target
from antiphon.content.sms import opt_out_words, plain
from antiphon.content.templates import TemplateError
from antiphon.decisions.settings import BrandSettings
from antiphon.kit.buckets import abucket_of
from antiphon.rules.texts.data import fees
from antiphon.web.content.samples import Sample

#: What one segment holds alone, and each of several.
ROOM = {GSM: (160, 153), UCS: (70, 67)}
_REFERENCE: Reference = 8


@dataclass(frozen=True, slots=True)
class Shown:
    """One person's text. ``error`` says why they get none."""

    sample: Sample
    body: str = ""
    written: str = ""
    error: str = ""

    @property
    def counted(self) -> Segments:
        return segments(self.body)

    @property
    def before(self) -> Segments:
        """As it was written, before its typography was made plain."""
        return segments(self.written)

    @property
    def parts(self) -> list[str]:
        return parts(self.body, _REFERENCE)

    @property
    def outside(self) -> list[str]:
        """The signs that make it UCS-2; of one that was made plain, those that would have."""
        return outside(plain(self.written) if self.counted.encoding == UCS else self.written)

    @property
    def room(self) -> int:
        """Units that its segments hold."""
        single, part = ROOM[self.counted.encoding]
        return single if self.counted.count <= 1 else part * self.counted.count


@dataclass(frozen=True, slots=True)
class Trial:
    """What a text comes to. Prices are per person, in the shop's currency."""

    shown: Shown
    counts: tuple[int, ...]
    failed: int
    most: int
    person_most: int
    way_out: str
    way_out_units: int
    way_out_costs: float
    each: float
    carriers: float

    @property
    def least(self) -> int:
        return min(self.counts, default=0)

    @property
    def middle(self) -> int:
        return median_low(self.counts) if self.counts else 0

    @property
    def greatest(self) -> int:
        return max(self.counts, default=0)

    @property
    def shares(self) -> list[tuple[int, int]]:
        """Segments and how many of the sample need so many."""
        return sorted(Counter(self.counts).items())


def tried(
    renderer: Renderer,
    text: str,
    brand: Brand,
    settings: BrandSettings,
    people: Sequence[Sample],
    chosen: Sample,
    *,
    promotional: bool,
) -> Trial:
    """The text of ``people``, ``chosen`` looked at closely; raises :class:`TemplateError` where the template is broken."""
    key, content = (0, text), SmsContent(text=text)
    most = renderer.most(key, content, brand, promotional=promotional)
    shown = _shown(renderer, content, brand, chosen, promotional=promotional)
    all_shown = [_shown(renderer, content, brand, one, promotional=promotional) for one in people]
    written = [one for one in all_shown if not one.error]
    words = opt_out_words(brand.language)
    return Trial(
        shown,
        tuple(one.counted.count for one in written),
        len(all_shown) - len(written),
        most,
        renderer.most(key, content, brand, chosen.recipient, chosen.occasion, promotional=promotional),
        words if promotional and shown.body.endswith(f"\n{words}") else "",
        segments(f"\n{words}").units,
        _average([_price(one, settings) - _price_without(one, words, settings) for one in written]),
        _average([_price(one, settings) for one in written]),
        _average([_fee(one) for one in written]),
    )


def _shown(renderer: Renderer, content: SmsContent, brand: Brand, who: Sample, *, promotional: bool) -> Shown:
    target = Target(abucket_of(who.address), 0, "sms", who.address, promotional)
    try:
        found: Rendered = renderer.render(
            (0, content.text), MessageContent(sms=content), target, who.recipient, who.occasion, brand
        )
    except TemplateError as error:
        return Shown(who, error=str(error))
    return Shown(who, found.body, found.written)


def _price(one: Shown, settings: BrandSettings) -> float:
    return one.counted.count * settings.segment_price(one.sample.country)


def _price_without(one: Shown, words: str, settings: BrandSettings) -> float:
    """What it would cost without the way out; what the shop worded itself stays."""
    return segments(one.body.removesuffix(f"\n{words}")).count * settings.segment_price(one.sample.country)


def _fee(one: Shown) -> float:
    """What carriers take of it, on the average of a country's carriers."""
    known = fees(one.sample.country or "")
    return one.counted.count * mean(fee.sent for fee in known) if known else 0.0


def _average(values: Sequence[float]) -> float:
    return mean(values) if values else 0.0

"""The people of the demo shop, from a seed."""

import unicodedata
from collections import Counter
from dataclasses import replace

import numpy as np

from antiphon.demo import latent
from antiphon.demo.models import Latent, Shop, Shopper
from antiphon.demo.names import FIRST, LAST, UNUSUAL
from antiphon.demo.places import FICTION_LINES, PLACES, Place
from antiphon.kit.errors import AntiphonError

PEOPLE = 2400
FEWEST_PEOPLE = 50

#: Share of the people who are unknown before the period and sign up in it.
NEWCOMERS = 0.06
#: Devices that never tell who holds them, as a share of the people.
VISITORS = 0.12
#: Every how many-th person has one of the unusual names.
UNUSUAL_EVERY = 40
#: Every how many-th holder of a phone shares it with the one before, as households do.
SHARED_PHONE_EVERY = 45

#: Set aside for examples: nothing sent there reaches anybody.
_MAIL_DOMAINS = ("example.com", "example.net", "example.org", "mail.example.com", "post.example.net")


def make_shop(seed: int = 1, people: int = PEOPLE) -> Shop:
    """A shop of ``people`` people, the same for the same seed and number.

    Raises ``AntiphonError`` under 50 people, of whom no share could be dealt.
    """
    if people < FEWEST_PEOPLE:
        raise AntiphonError(
            f"A demo shop of {people} people is too small.", f"Ask for at least {FEWEST_PEOPLE}, better {PEOPLE}."
        )
    rng = np.random.default_rng([seed, people])
    newcomers = round(people * NEWCOMERS)
    shoppers: list[Shopper] = []
    phones = _Phones()
    for count, newcomer in ((people - newcomers, False), (newcomers, True)):
        reach = latent.reaches(count, rng)
        for kind, traits in zip(reach, latent.draw(reach, rng), strict=True):
            shoppers.append(_shopper(len(shoppers) + 1, kind, newcomer, traits, phones, rng))
    return Shop(seed, tuple(_households(shoppers)), round(people * VISITORS))


def _shopper(
    number: int, reach: str, newcomer: bool, traits: Latent, phones: "_Phones", rng: np.random.Generator
) -> Shopper:
    place = _place(rng)
    # a number stays when its holder moves: some point at another zone than the one that they declare
    phone_place = place if rng.random() > 0.07 else _place(rng)
    first, last = _name(number, rng)
    email_state, sms_state = _states(reach, rng)
    has_email = email_state != "never" or rng.random() < (0.9 if reach == "none" else 0.3)
    has_phone = sms_state != "never" or rng.random() < 0.12
    chance = rng.random()
    texts = sms_state == "subscribed"
    return Shopper(
        number=number,
        first=first,
        last=last,
        place=place,
        declares_zone=bool(rng.random() < 0.7),
        customer_id=f"C{10_000 + number}" if traits.buyer or rng.random() < 0.4 else None,
        email=_email(number, first, last, rng) if has_email or not has_phone else None,
        phone=phones.take(phone_place) if has_phone else None,
        email_state=email_state,
        sms_state=sms_state,
        cart_texts="no" if not texts or chance > 0.8 else "double" if chance < 0.68 else "single",
        newcomer=newcomer,
        latent=traits,
    )


def _states(reach: str, rng: np.random.Generator) -> tuple[str, str]:
    """Consent states (email, sms) of a person: subscribed where the reach says so, else never, pending or given up."""

    def otherwise(never: float, pending: float) -> str:
        chance = rng.random()
        return "never" if chance < never else "pending" if chance < never + pending else "unsubscribed"

    email = "subscribed" if reach in {"email", "both"} else otherwise(0.55, 0.1)
    sms = "subscribed" if reach in {"sms", "both"} else otherwise(0.86, 0.06)
    return email, sms


def _place(rng: np.random.Generator) -> Place:
    return PLACES[int(np.searchsorted(_PLACE_BOUNDS, rng.random(), side="right"))]


_PLACE_BOUNDS = np.cumsum([place.weight for place in PLACES]) / sum(place.weight for place in PLACES)


def _name(number: int, rng: np.random.Generator) -> tuple[str, str]:
    first, last = FIRST[rng.integers(len(FIRST))], LAST[rng.integers(len(LAST))]
    if number % UNUSUAL_EVERY == 0:
        return UNUSUAL[number // UNUSUAL_EVERY % len(UNUSUAL)]
    return first, last


def _email(number: int, first: str, last: str, rng: np.random.Generator) -> str:
    """An address at a domain set aside for examples; the number keeps it unique."""
    words = (unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode().lower() for word in (first, last))
    local = ".".join(filter(None, ("".join(filter(str.isalpha, word))[:20] for word in words))) or "reader"
    return f"{local}{number}@{_MAIL_DOMAINS[rng.integers(len(_MAIL_DOMAINS))]}"


class _Phones:
    """Deals numbers of a place: those set aside for fiction first, then further ones of the same exchange."""

    def __init__(self) -> None:
        self._dealt: Counter[Place] = Counter()

    def take(self, place: Place) -> str:
        turn = self._dealt[place]
        self._dealt[place] += 1
        line, code = divmod(turn, len(place.codes))
        return f"+1{place.codes[code]}555{(FICTION_LINES + line) % 10_000:04d}"


def _households(shoppers: list[Shopper]) -> list[Shopper]:
    """Lets every so many-th holder of a phone share the phone, place and last name of the holder before."""
    holders = [i for i, shopper in enumerate(shoppers) if shopper.sms_state == "subscribed"]
    for turn in range(SHARED_PHONE_EVERY, len(holders), SHARED_PHONE_EVERY):
        one, other = shoppers[holders[turn - 1]], shoppers[holders[turn]]
        shoppers[holders[turn]] = replace(
            other, phone=one.phone, place=one.place, last=one.last, cart_texts=one.cart_texts
        )
    return shoppers

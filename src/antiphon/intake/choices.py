"""The form of the preference centre: each address with what it gets, a pause, one button for the end of everything."""

from dataclasses import dataclass
from hashlib import sha256
from html import escape

from antiphon.content.languages import Words
from antiphon.content.links import Holder
from antiphon.intake.preferences import PAUSES, Standing
from antiphon.kit.signing import Signer


@dataclass(frozen=True, slots=True)
class Shown:
    """An address on the page. ``key`` stands for it in the form; that of the link's own is empty."""

    holder: Holder
    key: str
    stands: Standing


def key(signer: Signer, holder: Holder) -> str:
    """What stands for an address in a form that must not hold it."""
    return sha256(signer.sign("antiphon.beside", f"{holder.channel}:{holder.address}".encode()).encode()).hexdigest()[
        :16
    ]


def written(one: Holder, own: Holder) -> str:
    """An address as this page writes it: the link's own in full, others so that their holder knows them again.

    A message may have been passed on, and whoever opens its link need not learn where else its reader is reached.
    """
    if one == own:
        return one.address
    if one.channel == "sms":
        return f"•••• {one.address[-4:]}"
    local, _, domain = one.address.partition("@")
    return f"{local[:1]}•••@{domain}"


def form(own: Shown, others: list[Shown], words: Words) -> str:
    """The whole form."""
    stands = own.stands
    paused = (
        f"<p>{_said(words, 'paused_until', day=words.date(stands.paused_until))}</p>" if stands.paused_until else ""
    )
    pauses = [("", words("page.pause_as_is"))]
    pauses += [("0", words("page.pause_end"))] if stands.paused_until else []
    pauses += [(str(days), words("page.pause_days", days=days)) for days in PAUSES]
    beside = f'<p class="quiet">{_said(words, "others")}</p>' if others else ""
    likes = [("", "prefers_none"), ("email", "prefers_email"), ("sms", "prefers_sms")]
    return (
        f'<form method="post">{_address(own, own, words)}'
        f"{''.join(_address(one, own, words) for one in others)}"
        f"{beside}"
        f"<fieldset><legend>{_said(words, 'pause')}</legend>{paused}{_choices('pause', pauses)}</fieldset>"
        f"<fieldset><legend>{_said(words, 'prefers')}</legend>"
        f"{_choices('prefers', [(value, words(f'page.{name}')) for value, name in likes])}</fieldset>"
        f'<p class="row"><button name="save" value="1">{_said(words, "save")}</button>'
        f'<button class="second" name="everything" value="1">{_said(words, "stop_everything")}</button></p>'
        f'<p class="quiet">{_said(words, "bought")}</p></form>'
    )


def _address(one: Shown, own: Shown, words: Words) -> str:
    """The choices for one address; each channel and purpose by itself."""
    sms, stands = one.holder.channel == "sms", one.stands
    tail = f"-{one.key}" if one.key else ""
    ways = [_box(f"marketing{tail}", words("page.news"), ticked=stands.marketing)]
    ways += [_box(f"cart{tail}", words("page.carts"), ticked=stands.cart)] if sms else []
    left = sms and stands.barred not in ({None, "preference"} if not one.key else {None})
    note = f'<p class="quiet">{_said(words, "left_by_text")}</p>' if left else ""
    of = f'<input type="hidden" name="of-{one.key}" value="1">' if one.key else ""
    legend = _said(words, f"by_{one.holder.channel}", address=written(one.holder, own.holder))
    return f"<fieldset><legend>{legend}</legend>{of}{''.join(ways)}{note}</fieldset>"


def _said(words: Words, key: str, **values: object) -> str:
    return escape(words(f"page.{key}", **values))


def _box(name: str, words: str, *, ticked: bool) -> str:
    return (
        f'<label><input type="checkbox" name="{name}" value="1"{" checked" if ticked else ""}> {escape(words)}</label>'
    )


def _choices(name: str, options: list[tuple[str, str]]) -> str:
    return "".join(
        f'<label><input type="radio" name="{name}" value="{value}"{"" if n else " checked"}> {escape(words)}</label>'
        for n, (value, words) in enumerate(options)
    )

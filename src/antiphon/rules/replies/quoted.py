"""What of a text its sender wrote: without the history below, the message reacted to, links and signatures."""

import re

_LINES = re.IGNORECASE | re.MULTILINE

#: The line above the history of a reply, as mail programs write it.
_HEADER = re.compile(
    r"^[ \t]*(?:on|le|el)\b(?=[^\n]*\d)[^\n]{4,160}\b(?:wrote|a écrit|ecrit|escribió|escribio)[ \t]*:[ \t]*$", _LINES
)
#: Where forwarded history begins without a mark on its lines; everything after it is somebody else's.
_FORWARDED = re.compile(
    r"^[ \t]*-{2,}[ \t]*(?:original|forwarded|mensaje|message)\b"
    r"|^[ \t]*(?:from|de)[ \t]*:[^\n]{3,160}\n[ \t]*(?:sent|date|to|enviado|envoyé|fecha|à|para)[ \t]*:",
    _LINES,
)
_QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
#: What a phone writes when somebody taps a reaction: «Liked “…”».
_REACTION = re.compile(
    r"\A\W*(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned|removed an? [a-z ]{3,24} from|reacted [^\"“«\n]{1,40} to"
    r"|a aim[ée]|a ador[ée]|a réagi[^\"“«\n]{0,40}|le gustó|le encantó|reaccionó[^\"“«\n]{0,40})\s*[\"“«].*",
    re.IGNORECASE | re.DOTALL,
)
_SIGNATURE = re.compile(
    r"^[ \t]*(?:sent|envoyé|enviado|get outlook)[ \t]+(?:from|via|with|by|de|desde|depuis|for)\b[^\n]{0,80}$",
    _LINES,
)
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s]+|\b[a-z0-9-]{1,63}\.(?:com|net|org|co|io|shop|store|me|ly)\b[^\s]*", re.IGNORECASE
)

_BREAKS = re.compile(r"[.!?…;\n\r:—–。！？]+")  # noqa: RUF001


def own_words(text: str) -> str:
    """The part of a text that its sender wrote; empty where all of it is a quotation."""
    if _REACTION.match(text):
        return ""
    if forwarded := _FORWARDED.search(text):
        text = text[: forwarded.start()]
    if header := _HEADER.search(text):
        # people write above a history, or below one whose lines are marked
        marked = _QUOTED.search(text, header.end())
        text = text[: header.start()] + (text[header.end() :] if marked else "")
    return _LINK.sub(" ", _SIGNATURE.sub(" ", _QUOTED.sub(" ", text)))


def sentences(text: str) -> list[str]:
    """The pieces between marks that end a sentence, without empty ones."""
    return [piece for piece in _BREAKS.split(text) if piece.strip()]

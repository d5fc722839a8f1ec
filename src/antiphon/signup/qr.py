"""QR codes as SVG, for those who look at a large screen and have their phone in the other hand."""

import io

import segno


def svg(content: str) -> str:
    """An SVG without size of its own, black on white with the quiet zone that readers need (ISO/IEC 18004)."""
    out = io.BytesIO()
    segno.make(content, error="m", micro=False).save(
        out, kind="svg", border=4, xmldecl=False, omitsize=True, light="#fff", dark="#000", nl=False
    )
    return out.getvalue().decode()


def png(content: str) -> bytes:
    """A PNG of some 200 pixels, black on white: what emails can show."""
    out = io.BytesIO()
    segno.make(content, error="m", micro=False).save(out, kind="png", border=4, scale=6)
    return out.getvalue()


def text_message(number: str, body: str) -> str:
    """What a phone's camera turns into a text that is ready to be sent."""
    return f"SMSTO:{number}:{body}"

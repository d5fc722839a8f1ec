"""The plain-text part of an email, taken from its HTML; comments that are Liquid marks stay."""

import re
from html.parser import HTMLParser

_BLOCKS = {"p", "div", "table", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "br", "hr", "section"}
_SILENT = {"head", "style", "script", "title"}
_VOID = {"br", "hr", "img", "meta", "input", "col", "link"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._open: list[tuple[str, bool, str, int]] = []  # tag, whether it silences, link, where its words begin

    def _silent(self) -> bool:
        return any(silent for _, silent, _, _ in self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in _BLOCKS:
            self.parts.append("\n")
        if tag == "li":
            self.parts.append("- ")
        if tag not in _VOID:
            hidden = "display:none" in (values.get("style") or "").replace(" ", "")
            link = values.get("href") or "" if tag == "a" else ""
            self._open.append((tag, tag in _SILENT or hidden, link, len(self.parts)))

    def handle_endtag(self, tag: str) -> None:
        if not any(name == tag for name, _, _, _ in self._open):
            return
        while self._open:
            name, _, link, begin = self._open.pop()
            # a link around a picture alone says nothing: its words lead there as well
            if link and not self._silent() and "".join(self.parts[begin:]).strip():
                self.parts.append(f" ({link})")
            if name == tag:
                break
        if tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "td":
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._silent():
            self.parts.append(re.sub(r"\s+", " ", data))

    def handle_comment(self, data: str) -> None:
        if re.fullmatch(r"zq\d+qz", data) and not self._silent():
            self.parts.append(f"<!--{data}-->")


def plain_text(html: str) -> str:
    """Readable text of an HTML document: links in parentheses, blocks on lines of their own."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return squeeze("".join(reader.parts))


def squeeze(text: str) -> str:
    """Lines trimmed, runs of blanks and of empty lines made one."""
    if text.replace("\n", "").isprintable():  # the space is the only blank, as nearly always: four times as fast
        while "  " in text:
            text = text.replace("  ", " ")
        text = text.replace(" \n", "\n").replace("\n ", "\n")
        while "\n\n\n" in text:
            text = text.replace("\n\n\n", "\n\n")
        return text.strip()
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

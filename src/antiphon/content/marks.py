"""What every email that may be left unanswered carries unseen: the picture of an open, and a link for machines alone.

The link is hidden from eyes, screen readers and the keyboard. Scanners that follow every link of a mail follow it, too,
and so tell that their other clicks are no person's.
"""

import re

#: Values of the template; without them nothing is added.
OPEN, TRAP = "antiphon_open_url", "antiphon_trap_url"

_MARKS = (
    f"{{% if {OPEN} %}}"
    '<div aria-hidden="true" style="display:none;max-height:0;overflow:hidden;mso-hide:all;">'
    f'<a href="{{{{ {TRAP} }}}}" tabindex="-1"></a></div>'
    f'<img src="{{{{ {OPEN} }}}}" width="1" height="1" alt="" style="display:block;border:0;" />'
    "{% endif %}"
)
_END = "</body>"
#: The picture as it stands in an email that was rendered.
_PICTURE = re.compile(r'<img src="[^"<>]*/o/[\w.-]+" width="1" height="1"[^<>]*>')


def marked(html: str) -> str:
    """An email's HTML template with the marks at the end of its body."""
    head, end, tail = html.rpartition(_END)
    return f"{head}{_MARKS}{end}{tail}" if end else html


def unseen(html: str) -> str:
    """A rendered email without the picture of an open: who looks after it here is not its reader."""
    return _PICTURE.sub("", html)

"""The frame of the pages that links in messages lead to: one column, both colour schemes, no script."""

from html import escape

from fastapi.responses import HTMLResponse

from antiphon.content.languages import DEFAULT

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 17px/1.5 system-ui, sans-serif; --line: #d4d4d8; --quiet: #52525b; --ground: #fff;
  --page: #f4f4f5; --text: #18181b; --act: #1d4ed8; }}
@media (prefers-color-scheme: dark) {{ :root {{ --line: #3f3f46; --quiet: #a1a1aa; --ground: #18181b; --page: #09090b;
  --text: #f4f4f5; --act: #1d4ed8; }} }}
* {{ box-sizing: border-box; }}
body {{ display: grid; place-items: center; min-height: 100vh; margin: 0; padding: 1rem; background: var(--page);
  color: var(--text); }}
main {{ width: 100%; max-width: 32rem; background: var(--ground); border: 1px solid var(--line); border-radius: .5rem;
  padding: 1.5rem; }}
h1 {{ font-size: 1.4rem; line-height: 1.3; margin: 0 0 .75rem; }} p {{ margin: 0 0 1rem; overflow-wrap: anywhere; }}
.quiet {{ color: var(--quiet); font-size: .9rem; }} .brand {{ color: var(--quiet); font-weight: 600; margin: 0 0 .5rem; }}
fieldset {{ border: 0; margin: 0; padding: 0 0 1rem; min-width: 0; }}
legend {{ font-weight: 600; padding: .75rem 0 .25rem; width: 100%; border-top: 1px solid var(--line); }}
label {{ display: flex; gap: .6rem; align-items: baseline; padding: .35rem 0; }}
input {{ accent-color: var(--act); flex: none; width: 1.05rem; height: 1.05rem; margin: 0; transform: translateY(.15rem); }}
button {{ font: inherit; padding: .7rem 1.4rem; border: 1px solid var(--act); border-radius: .5rem; background: var(--act);
  color: #fff; cursor: pointer; }}
button.second {{ background: none; color: inherit; border-color: var(--line); }}
:focus-visible {{ outline: 3px solid #f59e0b; outline-offset: 2px; }}
.row {{ display: flex; flex-wrap: wrap; gap: .75rem; }} a {{ color: inherit; }}
</style></head><body><main>{body}</main></body></html>"""


def public_page(title: str, body: str, *, brand: str = "", status: int = 200, language: str = DEFAULT) -> HTMLResponse:
    """A page; ``title`` and ``brand`` are plain words, ``body`` is markup."""
    head = f'<p class="brand">{escape(brand)}</p>' if brand else ""
    whole = _PAGE.format(language=language, title=escape(title), body=f"{head}<h1>{escape(title)}</h1>{body}")
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(whole, status, headers)

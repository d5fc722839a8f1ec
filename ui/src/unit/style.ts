import type { Definition } from "./kinds";

/** The style of a unit, inside its shadow root: the page's own styles stop at it, and these go nowhere else. */
export function style({ theme, kind }: Definition): string {
  const dark =
    theme.mode === "auto"
      ? "@media(prefers-color-scheme:dark){:host{--ground:#17191d;--text:#f0f1f3;--bad:#ff8f85}}"
      : "";
  return `
:host{all:initial;--accent:${theme.accent};--ink:${theme.ink};--ground:${theme.background};--text:${theme.text};
--round:${theme.radius}px;--field:min(var(--round),12px);--bad:#b42318;
--line:color-mix(in srgb,var(--text) 45%,var(--ground));--faint:color-mix(in srgb,var(--text) 14%,var(--ground));
--quiet:color-mix(in srgb,var(--text) 78%,var(--ground));display:${kind === "embedded" ? "block" : "contents"}}
${dark}
*{box-sizing:border-box}
.unit{font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:var(--text);background:var(--ground);
border:1px solid var(--faint);border-radius:var(--round);padding:0;margin:0;width:min(26rem,calc(100vw - 2rem));
max-height:calc(100dvh - 2rem);overflow:auto;overscroll-behavior:contain;text-align:start;position:relative}
dialog.unit{position:fixed;inset:0;margin:auto;z-index:2147483000;box-shadow:0 16px 48px rgb(0 0 0/.25)}
dialog.wide{width:min(46rem,calc(100vw - 2rem))}
dialog::backdrop{background:rgb(0 0 0/.5)}
dialog.flyout{inset:auto;bottom:1rem;${theme.corner}:1rem;width:min(22rem,calc(100vw - 2rem))}
section.unit{width:100%;max-width:32rem;max-height:none}
.unit>img{display:block;width:100%;max-height:11rem;object-fit:cover}
@media(min-width:40rem){.wide{display:grid!important;grid-template-columns:2fr 3fr}.wide:not([open]){display:none!important}
.wide>img{height:100%;max-height:none}}
.in{padding:1.5rem;display:grid;gap:.875rem;align-content:center}
dialog .in{padding-top:2.75rem}
h2{font-size:1.375rem;line-height:1.25;margin:0;font-weight:650;text-wrap:balance;overflow-wrap:anywhere}
h2:focus{outline:0}
p{margin:0;overflow-wrap:anywhere}
form{display:grid;gap:.875rem;margin:0}
label{display:block;font-weight:600;margin-bottom:.25rem}
input[type=email],input[type=tel],select{width:100%;min-height:3rem;padding:.5rem .75rem;font:inherit;color:inherit;
background:var(--ground);border:1px solid var(--line);border-radius:var(--field);margin:0}
[aria-invalid=true]{border-color:var(--bad)!important;outline-color:var(--bad)}
.number{display:grid;grid-template-columns:minmax(0,2fr) minmax(0,3fr);gap:.5rem}
.number.one{grid-template-columns:1fr}
.error{color:var(--bad);font-size:.9375rem;margin-top:.25rem}
.agree{display:flex;gap:.625rem;align-items:flex-start;font-weight:400;margin:0}
.agree input{width:1.25rem;height:1.25rem;margin:0;flex:none;accent-color:var(--accent)}
.small{font-size:.8125rem;line-height:1.45;color:var(--quiet)}
a{color:inherit}
button,.go{display:block;width:100%;min-height:3rem;padding:.625rem 1rem;font:inherit;font-weight:600;border:0;margin:0;
border-radius:var(--field);background:var(--accent);color:var(--ink);text-align:center;text-decoration:none;cursor:pointer}
button[disabled]{opacity:.6;cursor:progress}
.plain{background:none;color:inherit;font-weight:400;text-decoration:underline;min-height:2.75rem;padding:.25rem}
.close{position:absolute;top:.25rem;right:.25rem;width:2.75rem;height:2.75rem;min-height:0;padding:0;background:none;
color:var(--text);font-size:1.5rem;line-height:1;font-weight:400;border-radius:50%;z-index:1}
:focus-visible{outline:3px solid var(--text);outline-offset:2px}
.trap{position:absolute;left:-300vw}
.coupon{font:600 1.25rem/1 ui-monospace,Menlo,monospace;letter-spacing:.08em;padding:1rem;border:2px dashed var(--line);
border-radius:var(--field);background:none;color:inherit;user-select:all}
.scan{display:flex;gap:1rem;align-items:center;border-top:1px solid var(--faint);padding-top:.875rem}
.scan svg{width:6.5rem;height:6.5rem;flex:none;border-radius:6px}
fieldset{border:0;padding:0;margin:0;display:grid;gap:.5rem}
legend{padding:0;position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.choice{display:flex;gap:.625rem;align-items:center;min-height:3rem;padding:0 .75rem;border:1px solid var(--line);
border-radius:var(--field);font-weight:400;margin:0;cursor:pointer}
.choice input{accent-color:var(--accent);width:1.125rem;height:1.125rem;margin:0}
ul{margin:0;padding-inline-start:1.25rem}
summary{cursor:pointer;min-height:2.75rem;display:flex;align-items:center;justify-content:center;text-decoration:underline;list-style:none}
summary::-webkit-details-marker{display:none}
@media(prefers-reduced-motion:no-preference){dialog[open]{animation:in .18s ease-out}
dialog::backdrop{animation:dim .18s ease-out}@keyframes in{from{opacity:0;transform:translateY(12px)}}@keyframes dim{from{opacity:0}}}
@media(max-width:22rem){.number{grid-template-columns:1fr}.scan{align-items:flex-start}}
`;
}

export function dress(root: ShadowRoot, css: string): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css); // no inline style: a shop's policy need not allow any
    root.adoptedStyleSheets = [sheet];
  } catch {
    const element = document.createElement("style");
    element.textContent = css;
    root.append(element);
  }
}

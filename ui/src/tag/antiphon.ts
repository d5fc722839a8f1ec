/**
 * The browser tag. One line in a shop's pages:
 *
 *   <script async src="https://antiphon.example/antiphon.js" data-key="ak_…"></script>
 *
 * `antiphon("track", name, properties)`, `("identify", userId, traits)`, `("page", name, properties)`,
 * `("consent", false)`, `("subscribed", ["email"])`, `("open", unit)`, `("reset")`. What is called before this file has come
 * waits in `antiphon.q`.
 */

import { allow, allowed, forget, keep, kept, visit } from "./kept";
import { sender } from "./sending";
import { showing } from "./showing";

type Bag = Record<string, unknown>;
interface Api {
  (command: string, ...rest: unknown[]): void;
  q?: ArrayLike<unknown>[];
  consent: (yes: boolean) => void;
}

const shop = window as unknown as { antiphon?: Api };
const tag = document.currentScript as HTMLScriptElement | null;

if (tag && !(shop.antiphon && "consent" in shop.antiphon)) start(tag);

/** The token of a message's link leaves the address bar at once: nobody shall copy or share it. */
function token(): string {
  const found = new URLSearchParams(location.search).get("aph") ?? "";
  if (found) {
    const clean = location.search
      .slice(1)
      .split("&")
      .filter((part) => !part.startsWith("aph="))
      .join("&");
    history.replaceState(history.state, "", location.pathname + (clean && `?${clean}`) + location.hash);
  }
  return found;
}

function start(tag: HTMLScriptElement): void {
  const home = new URL(tag.src).origin;
  const waits = tag.dataset["consent"] === "wait";
  let open = allowed(!waits);
  const events = sender(home, tag.dataset["key"] ?? "");
  const units = showing(home, () => open);
  let arrived = token();

  function page(name?: string, properties?: Bag): void {
    const { href: url, pathname: path } = location;
    const title = document.title;
    events.send({ type: "page", ...(name && { name }), properties: { url, path, title, ...properties } });
  }

  function begin(): void {
    if (!open) return;
    visit();
    if (tag.dataset["page"] !== "off") page();
    look();
  }

  function look(): void {
    void units.look(arrived);
    arrived = "";
  }

  const commands: Record<string, (...rest: never[]) => void> = {
    track: (event: string, properties?: Bag) => events.send({ type: "track", event, properties: properties ?? {} }),
    identify(user: string | Bag, traits?: Bag) {
      const named = typeof user === "object" ? undefined : String(user);
      if (named) kept().user = named;
      keep();
      events.send({ type: "identify", traits: (typeof user === "object" ? user : traits) ?? {} });
    },
    page,
    subscribed: (channels: string[]) => units.tell(channels),
    open: (slug: string) => void units.open(slug),
    reset() {
      forget();
      units.forget();
    },
  };

  function call(command: string, ...rest: unknown[]): void {
    if (command === "consent") return consent(rest[0] !== false);
    if (!open) return;
    commands[command]?.(...(rest as never[]));
  }

  function consent(yes: boolean): void {
    const before = open;
    open = yes;
    allow(yes);
    if (!yes) {
      events.drop();
      units.forget();
    } else if (!before) begin();
  }

  const early = shop.antiphon?.q ?? [];
  shop.antiphon = Object.assign(call, { consent });
  for (const args of early) if (args[0] === "consent") consent(args[1] !== false);
  begin();
  for (const args of early) if (args[0] !== "consent") call(...(Array.from(args) as [string]));

  // shops that change pages without loading them
  for (const name of ["pushState", "replaceState"] as const) {
    const real = history[name];
    history[name] = function (...args) {
      const path = location.pathname;
      real.apply(this, args);
      if (location.pathname !== path) moved();
    };
  }
  addEventListener("popstate", () => moved());
  function moved(): void {
    if (!open) return;
    setTimeout(() => {
      if (tag.dataset["page"] !== "off") page();
      look();
    });
  }
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", () => open && look());
}

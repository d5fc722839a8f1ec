/** What the browser keeps for this shop: first-party storage only, nothing at all once the visitor said no. */

export interface Kept {
  device: string;
  visits: number;
  seen: number;
  pass: string;
  user?: string;
  /** Channels that were given in this browser, whether or not they are confirmed. */
  given: string[];
  /** Units by name: how often shown, when last, and whether filled in. */
  units: Record<string, { n: number; at: number; done?: boolean }>;
}

const NAME = "antiphon";
const NO = "antiphon.no";
const VISIT = 1_800_000;

function storage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null; // the browser forbids it: then nothing outlives the page
  }
}

/** Crypto's own ids need a secure page; a shop being built may have none. */
export function id(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fresh(): Kept {
  return { device: id(), visits: 0, seen: 0, pass: "", given: [], units: {} };
}

let current: Kept | null = null;

/** Whether the visitor may be remembered: the shop's own word, else what was said before, else what the tag starts with. */
export function allowed(start: boolean): boolean {
  const said = storage()?.getItem(NO);
  return said === "1" ? false : said === "0" ? true : start;
}

export function allow(yes: boolean): void {
  const store = storage();
  if (!yes) {
    store?.removeItem(NAME);
    current = null;
    try {
      sessionStorage.removeItem(NAME);
    } catch {
      /* nothing to remove */
    }
  }
  store?.setItem(NO, yes ? "0" : "1"); // the choice itself is no personal data
}

export function kept(): Kept {
  if (current) return current;
  try {
    current = { ...fresh(), ...JSON.parse(storage()?.getItem(NAME) ?? "{}") };
  } catch {
    current = fresh();
  }
  return current as Kept;
}

export function keep(): void {
  try {
    storage()?.setItem(NAME, JSON.stringify(kept()));
  } catch {
    /* full or forbidden: this page goes on without */
  }
}

/** Count a visit; one ends after half an hour without a page. */
export function visit(): void {
  const found = kept();
  if (Date.now() - found.seen > VISIT) found.visits++;
  found.seen = Date.now();
  keep();
}

export function forget(): void {
  current = fresh();
  keep();
}

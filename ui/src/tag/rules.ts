/** Whether a unit may show here and now. Every rule that is given must hold. */

import type { Kept } from "./kept";

export interface Rules {
  slug: string;
  version: number;
  kind: "popup" | "flyout" | "embedded";
  asks: ("email" | "phone")[];
  pages: string[];
  except: string[];
  device: "any" | "phone" | "desktop";
  visits: number;
  delay: number | null;
  exit: boolean;
  countries: string[];
  exceptCountries: string[];
  subscribed: string;
  again: number;
  most: number;
}

/** A path in which `*` stands for anything. */
export function matches(pattern: string, path: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(path);
}

export function onPhone(): boolean {
  return matchMedia("(pointer: coarse)").matches && Math.min(screen.width, innerWidth) < 820;
}

function audience(rules: Rules, has: string[]): boolean {
  const asked = rules.asks.map((name) => (name === "phone" ? "sms" : name));
  switch (rules.subscribed) {
    case "anyone":
      return true;
    case "lacks_any":
      return asked.some((channel) => !has.includes(channel));
    default: {
      const [verb, channel] = rules.subscribed.split("_") as [string, string];
      return has.includes(channel) === (verb === "has");
    }
  }
}

export function mayShow(rules: Rules, found: Kept, has: string[], country: string, path: string): boolean {
  const shown = found.units[rules.slug];
  return (
    (!rules.pages.length || rules.pages.some((page) => matches(page, path))) &&
    !rules.except.some((page) => matches(page, path)) &&
    (rules.device === "any" || (rules.device === "phone") === onPhone()) &&
    found.visits >= rules.visits &&
    (!rules.countries.length || rules.countries.includes(country)) &&
    !rules.exceptCountries.includes(country) &&
    audience(rules, has) &&
    (rules.kind === "embedded" ||
      !shown ||
      (!shown.done && shown.n < rules.most && Date.now() - shown.at > rules.again * 1000))
  );
}

/** Which units show in this page, and when; their own script is loaded with the first that does. */

import type { Draw } from "../unit/kinds";
import { keep, kept } from "./kept";
import { type Rules, mayShow, onPhone } from "./rules";
import { zone } from "./sending";

interface Answer {
  units: Rules[];
  script: string;
  country: string;
  pass: string;
  has: string[];
}

const NAME = "antiphon";
const FRESH = 300_000;

export function showing(home: string, allowed: () => boolean) {
  let asked: Promise<Answer> | null = null;
  let busy = false;
  let stop: (() => void)[] = [];
  let told: string[] = [];
  let drawing: Promise<Draw> | null = null;

  function remembered(): Answer | null {
    try {
      const [at, answer] = JSON.parse(sessionStorage.getItem(NAME) ?? "[0]");
      return Date.now() - at < FRESH ? answer : null;
    } catch {
      return null;
    }
  }

  function ask(token: string): Promise<Answer> {
    const before = token ? null : remembered();
    if (before) return Promise.resolve(before);
    const { device, pass } = kept();
    const body = JSON.stringify({ device, pass, token, zone: zone() });
    return fetch(`${home}/v1/units`, { method: "POST", body, headers: { "Content-Type": "text/plain" } })
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer)))
      .then((answer: Answer) => {
        if (answer.pass) {
          kept().pass = answer.pass;
          keep();
        }
        try {
          sessionStorage.setItem(NAME, JSON.stringify([Date.now(), answer]));
        } catch {
          /* asked again on the next page */
        }
        return answer;
      });
  }

  function load(script: string): Promise<Draw> {
    drawing ??= new Promise((resolve, reject) => {
      const element = document.createElement("script");
      element.src = script;
      element.async = true;
      element.onload = () => resolve((window as unknown as { antiphonUnit: Draw }).antiphonUnit);
      element.onerror = reject;
      document.head.append(element);
    });
    return drawing;
  }

  function draw(rules: Rules, answer: Answer, has: string[], place?: Element): void {
    const floating = rules.kind !== "embedded";
    if (floating && busy) return;
    busy ||= floating;
    const { device, units } = kept();
    load(answer.script)
      .then((begin) =>
        begin({
          home,
          slug: rules.slug,
          device: allowed() ? device : "",
          has,
          country: answer.country,
          page: location.href,
          phone: onPhone(),
          ...(place && { place }),
          shown() {
            if (!floating) return;
            const before = units[rules.slug];
            units[rules.slug] = { n: (before?.n ?? 0) + 1, at: Date.now() };
            keep();
          },
          gave(channel) {
            if (!kept().given.includes(channel)) kept().given.push(channel);
            keep();
          },
          done() {
            const found = units[rules.slug];
            if (found) found.done = true;
            keep();
          },
          closed() {
            busy = false;
          },
        }),
      )
      .catch(() => {
        busy = false;
      });
  }

  function when(rules: Rules, show: () => void): void {
    const timers: number[] = [];
    let over = false;
    const once = () => {
      if (over) return;
      over = true;
      show();
    };
    if (rules.delay !== null || !rules.exit) timers.push(window.setTimeout(once, (rules.delay ?? 0) * 1000));
    let highest = 0;
    const leaving = (event: MouseEvent) => !event.relatedTarget && event.clientY <= 0 && once();
    // on a phone nobody points at the tabs: scrolling back up fast is what comes before leaving
    const scrolling = () => {
      highest = Math.max(highest, scrollY);
      if (highest - scrollY > innerHeight * 0.6) once();
    };
    if (rules.exit) {
      document.addEventListener("mouseout", leaving);
      if (onPhone()) addEventListener("scroll", scrolling, { passive: true });
    }
    stop.push(() => {
      over = true;
      timers.forEach(clearTimeout);
      document.removeEventListener("mouseout", leaving);
      removeEventListener("scroll", scrolling);
    });
  }

  return {
    /** What the shop itself knows of its visitor, so that nobody is asked for what they gave. */
    tell(channels: string[]): void {
      told = channels;
    },
    forget(): void {
      asked = null;
      for (const end of stop.splice(0)) end();
    },
    /** Look at this page; again after it changed without being loaded. */
    async look(token: string): Promise<void> {
      for (const end of stop) end();
      stop = [];
      asked = token ? ask(token) : (asked ?? ask(""));
      const answer = await asked.catch(() => null);
      if (!answer) {
        asked = null;
        return;
      }
      const has = [...new Set([...answer.has, ...kept().given, ...told])];
      for (const rules of answer.units) {
        if (!mayShow(rules, kept(), has, answer.country, location.pathname)) continue;
        if (rules.kind === "embedded") {
          for (const place of document.querySelectorAll(`[data-antiphon-unit="${rules.slug}"]:empty`)) {
            if (!place.shadowRoot) draw(rules, answer, has, place);
          }
        } else when(rules, () => draw(rules, answer, has));
      }
    },
    /** Show a unit at once, because the visitor asked for it: a button of the shop's own. */
    async open(slug: string): Promise<void> {
      const answer = await (asked ??= ask(""));
      const rules = answer.units.find((unit) => unit.slug === slug);
      if (rules) draw(rules, answer, []);
    },
  };
}

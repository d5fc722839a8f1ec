/** The draft: every change goes to the server, which writes the file anew, checks and keeps it. Undo brings files back. */

import { useCallback, useEffect, useRef, useState } from "react";
import { type Counts, type Facts, NO_COUNTS, type Op, type State } from "./types";

type Answer = { state: State; step: string; also: string[] };
export type Sent = Answer | { error: string };
/** Changes of one thing within this time are undone together. */
const TOGETHER = 3000;

export async function post(address: string, csrf: string, fields: Record<string, string>): Promise<{ ok: boolean; body: Record<string, unknown> }> {
  try {
    const answer = await fetch(address, { method: "POST", headers: { "X-CSRF-Token": csrf }, body: new URLSearchParams(fields) });
    if (!answer.headers.get("content-type")?.includes("json")) return { ok: false, body: { error: answer.redirected ? "You are signed out." : "The server could not do this.", hint: "Load the page again." } };
    return { ok: answer.ok, body: (await answer.json()) as Record<string, unknown> };
  } catch {
    return { ok: false, body: { error: "The server cannot be reached.", hint: "What you see is not saved yet; it is with your next change." } };
  }
}

/** Files to go back and forth to, oldest first. */
type History = { past: string[]; future: string[] };
/** Characters that a tab keeps of one journey's history; the oldest go first. */
const ROOM = 1_000_000;
const place = (slug: string): string => `antiphon.canvas.${slug}`;

/** What this tab can still undo: only where the draft is the very file that the history ended with. */
function remembered(slug: string, base: number, source: string): History {
  try {
    const found = JSON.parse(sessionStorage.getItem(place(slug)) ?? "null") as (History & { base: number; source: string }) | null;
    if (found?.base === base && found.source === source && [found.past, found.future].every((each) => Array.isArray(each) && each.every((one) => typeof one === "string"))) return { past: found.past, future: found.future };
  } catch {
    // what cannot be read, or may not be, is no history
  }
  return { past: [], future: [] };
}

function remember(slug: string, base: number, source: string, { past, future }: History): void {
  let room = ROOM - source.length;
  const fits = (all: string[]): string[] => {
    const first = all.findLastIndex((one) => (room -= one.length) < 0);
    return all.slice(first + 1);
  };
  try {
    sessionStorage.setItem(place(slug), JSON.stringify({ base, source, past: fits(past), future: fits(future) }));
  } catch {
    // a full or forbidden storage: undo lasts as long as the page
  }
}

export type Draft = {
  state: State; saving: boolean; error: string; past: number; future: number;
  send: (op: Op, of?: string) => Promise<Sent>; write: (source: string, of?: string) => Promise<Sent>; undo: () => Promise<Sent | null>; redo: () => Promise<Sent | null>;
};

export function useDraft(facts: Facts, csrf: string): Draft {
  const [state, setState] = useState(facts.state);
  const [saving, setSaving] = useState(0);
  const [error, setError] = useState("");
  const [, tick] = useState(0);
  const source = useRef(facts.state.source);
  const base = facts.state.base ?? 0;
  const [before] = useState(() => remembered(facts.slug, base, facts.state.source));
  const past = useRef<string[]>(before.past);
  const future = useRef<string[]>(before.future);
  const last = useRef({ of: "", at: 0 });
  const turn = useRef<Promise<unknown>>(Promise.resolve());
  const newest = useRef(0);

  const hand = useCallback(async (was: string, op: Op | null): Promise<Sent> => {
    const mine = ++newest.current;
    setSaving((n) => n + 1);
    const { ok, body } = await post(`/journeys/${facts.slug}/draft`, csrf, { source: was, base: String(base), op: op ? JSON.stringify(op) : "" });
    setSaving((n) => n - 1);
    if (!ok) {
      const words = `${String(body["error"])} ${String(body["hint"] ?? "")}`.trim();
      setError(words);
      return { error: words };
    }
    setError("");
    const answer = body as unknown as Answer;
    source.current = answer.state.source;
    // what cannot be read keeps the drawing that was
    if (mine === newest.current) setState((old) => (answer.state.readable ? answer.state : { ...old, source: answer.state.source, problems: answer.state.problems, readable: false, saved: answer.state.saved! }));
    return answer;
  }, []);

  const noted = (): void => {
    remember(facts.slug, base, source.current, { past: past.current, future: future.current });
    tick((n) => n + 1);
  };

  /** One after the other: a change is made of what the one before it left. */
  const queue = useCallback(<T,>(act: () => Promise<T>): Promise<T> => {
    const found = turn.current.then(act);
    turn.current = found.catch(() => undefined);
    return found;
  }, []);

  const change = (make: () => [string, Op | null], of: string): Promise<Sent> =>
    queue(async () => {
      const before = source.current;
      const [text, op] = make();
      const sent = await hand(text, op);
      if (!("error" in sent) && source.current !== before) {
        const now = Date.now();
        if (!(of && of === last.current.of && now - last.current.at < TOGETHER && past.current.length)) past.current.push(before);
        last.current = { of, at: now };
        future.current = [];
        noted();
      }
      return sent;
    });

  const back = (from: typeof past, to: typeof past): Promise<Sent | null> =>
    queue(async () => {
      const then = from.current.at(-1);
      if (then === undefined) return null;
      const now = source.current;
      const sent = await hand(then, null);
      if (!("error" in sent)) {
        from.current.pop();
        to.current.push(now);
        last.current = { of: "", at: 0 };
        noted();
      }
      return sent;
    });

  return {
    state, saving: saving > 0, error, past: past.current.length, future: future.current.length,
    send: (op, of = "") => change(() => [source.current, op], of),
    write: (text, of = "") => change(() => [text, null], of),
    undo: () => back(past, future),
    redo: () => back(future, past),
  };
}

/** Who is where, asked for again while somebody looks. */
export function useCounts(slug: string, version: number, on: boolean): Counts {
  const [counts, set] = useState(NO_COUNTS);
  useEffect(() => {
    if (!on) return;
    let over = false;
    const ask = async (): Promise<void> => {
      if (document.hidden) return;
      const answer = await fetch(`/journeys/${slug}/counts.json?version=${version}`).catch(() => null);
      if (!answer?.ok || over) return;
      const found = (await answer.json()) as Counts;
      set((old) => (JSON.stringify(old) === JSON.stringify(found) ? old : found));
    };
    void ask();
    const timer = window.setInterval(() => void ask(), 5000);
    return () => {
      over = true;
      window.clearInterval(timer);
    };
  }, [slug, version, on]);
  return counts;
}

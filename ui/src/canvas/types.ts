/** What the server tells of a journey; `web/journeys/canvas.py` makes it. */

export type Plain = Record<string, unknown>;
export type Slot = (string | number)[];
export type Way = { name: string; to: string; slot: Slot | null };
export type Step = {
  id: string; type: string; icon: string; sentence: string; whole: boolean; raw: Plain; lines: [number, number] | null; ways: Way[]; channels: string[];
};
export type Problem = { step: string; field: string; what: string; hint: string; line: number; warning: boolean };
export type Kind = "added" | "removed" | "changed";
export type Head = { values: Plain; said: { trigger: string; reentry: string; exits: string[]; aims: string[] } };
export type State = {
  source: string; readable: boolean; head: Head; steps: Step[]; problems: Problem[]; changes: Record<string, Kind>; removed: Step[];
  base?: number; newest?: number; saved?: boolean;
};
export type Visit = { step: string; at: string; left: string; why: string; now: boolean };
export type Run = { visits: Visit[]; taken: [string, string][]; at: string };
export type Schema = Plain & { properties?: Record<string, Plain>; required?: string[]; $defs?: Record<string, Plain>; description?: string };
export type Facts = {
  mode: "edit" | "diff" | "run"; slug: string; state: State; icons: Record<string, string>;
  known?: Record<string, string[]>; schemas?: Record<string, Schema>; run?: Run;
};
export type Counts = { here: Record<string, number>; taken: [string, string, number][] };
export const NO_COUNTS: Counts = { here: {}, taken: [] };

/** The trigger among the steps. */
export const TRIGGER = "";

export type Op =
  | { do: "add"; type: string; behind: string; slot: Slot }
  | { do: "remove" | "duplicate"; step: string }
  | { do: "put"; step: string; values: Plain }
  | { do: "head"; values: Plain };

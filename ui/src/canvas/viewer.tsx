/** A journey to look at: two versions laid over each other, or one person's way. */

import { type ReactNode, useMemo } from "react";
import { byStep, useNarrow } from "./editor";
import { GraphView } from "./graph";
import { ListView } from "./list";
import { type Facts, NO_COUNTS } from "./types";

export function Viewer({ facts }: { facts: Facts }): ReactNode {
  const narrow = useNarrow();
  const open = (step: string): void => {
    const found = document.querySelector<HTMLElement>(`[data-about="${CSS.escape(step)}"]`);
    found?.scrollIntoView({ block: "center" });
    found?.focus({ preventScroll: true });
  };
  const problems = useMemo(() => byStep([]), []);
  const shown = { state: facts.state, counts: NO_COUNTS, live: false, chosen: null, acts: { open }, problems, ...(facts.run ? { run: facts.run } : {}) };
  return narrow ? <ListView {...shown} /> : <GraphView shown={shown} />;
}

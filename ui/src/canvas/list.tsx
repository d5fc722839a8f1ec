/** The journey as a list from top to bottom: what the graph is on a phone. */

import type { KeyboardEvent, ReactNode } from "react";
import { type Acts, Figures, flowOf, Mark, Sign, Wrong } from "./graph";
import { Icon, typeName, wayName } from "./parts";
import { type Counts, type Problem, type Run, type State, type Step, TRIGGER } from "./types";

type Props = { state: State; counts: Counts; live: boolean; chosen: string | null; acts: Acts; problems: Map<string, Problem[]>; run?: Run };

function onKeyDown(event: KeyboardEvent<HTMLElement>, acts: Acts): void {
  const here = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>("[data-step]") : null;
  if (!here) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const all = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-step]")];
    all[all.indexOf(here) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
    event.preventDefault();
  } else if (event.key === "Delete" && here.dataset["step"]) acts.remove?.(here.dataset["step"]);
}

export function ListView({ state, counts, live, chosen, acts, problems, run }: Props): ReactNode {
  const sentence = (id: string): string => state.steps.find((one) => one.id === id)?.sentence ?? id;
  const go = (id: string): void => document.querySelector<HTMLElement>(`[data-step="${CSS.escape(id)}"]`)?.focus();
  const card = (step: Step, gone: boolean): ReactNode => {
    const flow = flowOf(counts, step.id);
    const all = flow.on + flow.left;
    const changed = gone ? "removed" : state.changes[step.id];
    const visit = run?.visits.filter((one) => one.step === step.id).at(-1);
    return (
      <li key={(gone ? "x" : "") + step.id} className={`panel canvas-card ${chosen === step.id ? "is-chosen" : ""} ${changed ? `is-${changed}` : ""} ${visit?.now ? "is-now" : ""} ${run && !visit ? "is-quiet" : ""}`}>
        <button type="button" className="flex w-full flex-col gap-1 px-3 py-2 text-left" data-step={step.id} onClick={() => acts.open(step.id)}>
          <span className="flex w-full items-start gap-2"><Sign step={step} /><span className="sr-only">{typeName(step.type)}: </span>
            <span className={`min-w-0 flex-1 break-words ${step.whole ? "" : "muted italic"}`}>{step.sentence}</span><Wrong found={problems.get(step.id)} /></span>
          <span className="flex items-center justify-between gap-2">{visit ? <span className="text-xs">{visit.at}</span> : live && !gone ? <Figures step={step.id} counts={counts} /> : <span />}{changed && <Mark kind={changed} />}{visit?.now && <span className="tag text-xs text-good"><Icon name="footprints" look="size-3!" /> Here now</span>}</span>
        </button>
        <ul className="border-t border-base-300">
          {step.ways.length === 0 && <li className="muted tag px-3 py-1.5 text-xs"><Icon name="log-out" look="size-3!" /> Ends</li>}
          {step.ways.map((way, number) => (
            <li key={number} className="flex min-w-0 items-center gap-2 px-3 py-1 text-xs">
              {way.name !== "then" && <span className="max-w-40 truncate font-medium" title={way.name}>{wayName(way.name)}</span>}
              {live && all > 0 && way.name !== "then" && <span className="muted figures">{Math.round((100 * flow.to(way.to)) / all)}&nbsp;%</span>}
              <span className="muted flex"><Icon name={way.to ? "corner-down-right" : "log-out"} look="size-3!" /></span>
              {way.to ? <button type="button" className="muted min-w-0 flex-1 truncate py-1 text-left hover:underline" onClick={() => go(way.to)}>{sentence(way.to)}</button> : <span className="muted flex-1 py-1">Ends</span>}
              {acts.add && way.slot && !gone && <button type="button" className="canvas-plus" aria-label={`Add a step behind ${step.sentence}${way.name === "then" ? "" : `, ${wayName(way.name)}`}`} onClick={() => acts.add!(step.id, way.slot!)}><Icon name="plus" look="size-3!" /></button>}
            </li>
          ))}
        </ul>
      </li>
    );
  };
  const { said } = state.head;
  return (
    <div onKeyDown={(event) => onKeyDown(event, acts)} data-steps={state.steps.length}>
      <ol className="flex flex-col gap-3" aria-label="Steps">
        <li className={`panel canvas-card ${chosen === TRIGGER ? "is-chosen" : ""}`}>
          <button type="button" className="flex w-full items-start gap-2 px-3 py-2 text-left" data-step="" onClick={() => acts.open(TRIGGER)}>
            <span className="mt-0.5 flex"><Icon name="zap" /></span>
            <span className="flex min-w-0 flex-1 flex-col gap-1"><span className="font-medium break-words">{said.trigger}</span><span className="muted text-xs">{said.reentry}</span>
              {said.aims.map((one) => <span key={one} className="muted flex gap-1 text-xs"><Icon name="flag" look="size-3! mt-0.5" /> {one}</span>)}
              {said.exits.map((one) => <span key={one} className="muted flex gap-1 text-xs"><Icon name="log-out" look="size-3! mt-0.5" /> {one}</span>)}</span>
            {state.changes[TRIGGER] && <Mark kind="changed" />}<Wrong found={problems.get(TRIGGER)} />
          </button>
          {acts.add && <div className="flex justify-end border-t border-base-300 px-3 py-1"><button type="button" className="canvas-plus" aria-label="Add a step behind the start" onClick={() => acts.add!(TRIGGER, [])}><Icon name="plus" look="size-3!" /></button></div>}
        </li>
        {state.steps.map((step) => card(step, false))}
        {state.removed.map((step) => card(step, true))}
      </ol>
    </div>
  );
}

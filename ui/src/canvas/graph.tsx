/** The journey as a graph: React Flow draws it, dagre says where, the keyboard goes from node to node. */

import { Background, BaseEdge, EdgeLabelRenderer, type Edge, type EdgeProps, Handle, MiniMap, type Node, type NodeProps, Position, ReactFlow, ReactFlowProvider, useReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { createContext, type KeyboardEvent, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from "react";
import { type Link, nodeId, type Placed, place } from "./layout";
import { Button, Icon, number, typeName, wayName } from "./parts";
import { type Counts, type Kind, type Problem, type Run, type Slot, type State, type Step, TRIGGER } from "./types";

export type Acts = { open: (step: string) => void; add?: (behind: string, slot: Slot) => void; remove?: (step: string) => void };
type Shown = { state: State; counts: Counts; live: boolean; chosen: string | null; acts: Acts; run?: Run; problems: Map<string, Problem[]> };
type StepNode = Node<{ step: Step; gone: boolean }, "step">;
type LinkEdge = Edge<{ link: Link }, "link">;

const Context = createContext<Shown | null>(null);
const use = (): Shown => useContext(Context)!;

const CHANGED: Record<Kind, [string, string, string]> = { added: ["plus", "Added", "good"], removed: ["minus", "Removed", "bad"], changed: ["pencil", "Changed", "wait"] };

export function Mark({ kind }: { kind: Kind }): ReactNode {
  const [icon, words, tone] = CHANGED[kind];
  return <span className={`tag text-xs text-${tone}`}><Icon name={icon} look="size-3!" /> {words}</span>;
}

export function flowOf(counts: Counts, from: string): { on: number; left: number; to: (step: string) => number } {
  const out = counts.taken.filter(([start, to]) => start === from && to !== from);
  const sum = (all: Counts["taken"]): number => all.reduce((total, [, , n]) => total + n, 0);
  return { on: sum(out.filter(([, to]) => to !== "")), left: sum(out.filter(([, to]) => to === "")), to: (step) => sum(out.filter(([, to]) => to === step)) };
}

export function Figures({ step, counts }: { step: string; counts: Counts }): ReactNode {
  const flow = flowOf(counts, step);
  const one = (n: number, words: string, title: string): ReactNode => <span title={`${title}: ${n.toLocaleString("en-US")}`}><span className="figures font-medium">{number(n)}</span> <span className="muted">{words}</span></span>;
  return (
    <span className="flex gap-3 text-xs whitespace-nowrap" data-figures={step}>
      {one(counts.here[step] ?? 0, "here now", "People at this step now")}
      {one(flow.on, "went on", "People who went on from here")}
      {flow.left > 0 && one(flow.left, "left", "People whose journey ended here")}
    </span>
  );
}

const CHANNELS: Record<string, [string, string]> = { email: ["mail", "Email"], sms: ["message-square-text", "Text"] };

/** What a step is: of one that writes its channels, which nobody has to tell by their colours alone. */
export function Sign({ step }: { step: Step }): ReactNode {
  const on = step.channels.filter((one) => one in CHANNELS);
  if (!on.length) return <span className="muted mt-0.5 flex"><Icon name={step.icon} /></span>;
  const words = on.map((one) => CHANNELS[one]![1]).join(" or ");
  return (
    <span className="mt-0.5 flex gap-1" title={words} data-channels={on.join(" ")}>
      {step.type === "recover" && <span className="muted flex"><Icon name={step.icon} /></span>}
      {on.map((one) => <span key={one} className={`flex text-${one === "sms" ? "sms" : "email"}`}><Icon name={CHANNELS[one]![0]} /></span>)}
      <span className="sr-only">{words}, </span>
    </span>
  );
}

/** What wrongs a step has: a word for those who do not see the colour. */
export function Wrong({ found }: { found: Problem[] | undefined }): ReactNode {
  if (!found?.length) return null;
  const bad = found.some((one) => !one.warning);
  return <span className={`flex text-${bad ? "bad" : "wait"}`} title={found.map((one) => `${one.what} ${one.hint}`).join("\n")}><Icon name={bad ? "circle-alert" : "triangle-alert"} /><span className="sr-only">{bad ? "Cannot work yet" : "Look at this"}</span></span>;
}

function StepView({ data: { step, gone } }: NodeProps<StepNode>): ReactNode {
  const { state, counts, live, chosen, acts, run, problems } = use();
  const changed = gone ? "removed" : state.changes[step.id];
  const visit = run?.visits.filter((one) => one.step === step.id).at(-1);
  const look = [
    "canvas-node", chosen === step.id ? "is-chosen" : "", changed ? `is-${changed}` : "", run ? (visit ? "was-here" : "is-quiet") : "", visit?.now ? "is-now" : "",
  ].join(" ");
  return (
    <>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <button type="button" className={look} data-step={step.id} data-at={nodeId(step.id)} onClick={() => acts.open(step.id)} aria-pressed={chosen === step.id} tabIndex={-1}>
        <span className="flex w-full items-start gap-2 text-left">
          <Sign step={step} />
          <span className="sr-only">{typeName(step.type)}: </span>
          <span className={`line-clamp-2 min-w-0 flex-1 break-words ${step.whole ? "" : "muted italic"}`}>{step.sentence}</span>
          <Wrong found={problems.get(step.id)} />
        </span>
        <span className="mt-auto flex w-full items-center justify-between gap-2 overflow-hidden">
          {visit ? <span className="text-xs">{visit.at}</span> : live && !gone ? <Figures step={step.id} counts={counts} /> : <span className="id muted truncate">{step.id}</span>}
          {changed && <Mark kind={changed} />}
          {visit?.now && <span className="tag text-xs text-good"><Icon name="footprints" look="size-3!" /> Here now</span>}
        </span>
      </button>
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </>
  );
}

function TriggerView(): ReactNode {
  const { state, chosen, acts, counts, live, problems, run } = use();
  const { said } = state.head;
  const first = state.steps[0];
  const entered = first ? Object.values(counts.here).reduce((sum, n) => sum + n, 0) + counts.taken.filter(([, to]) => to === "").reduce((sum, [, , n]) => sum + n, 0) : 0;
  return (
    <>
      <button type="button" className={`canvas-node is-head ${chosen === TRIGGER ? "is-chosen" : ""} ${state.changes[TRIGGER] ? "is-changed" : ""} ${run ? "was-here" : ""}`} data-step="" data-at={nodeId(TRIGGER)} onClick={() => acts.open(TRIGGER)} aria-pressed={chosen === TRIGGER} tabIndex={-1}>
        <span className="flex w-full items-start gap-2 text-left"><span className="mt-0.5 flex"><Icon name="zap" /></span><span className="line-clamp-3 min-w-0 flex-1 font-medium break-words">{said.trigger}</span><Wrong found={problems.get(TRIGGER)} /></span>
        <span className="mt-auto flex w-full items-center justify-between gap-2 overflow-hidden text-xs">
          <span className="muted truncate">{said.reentry}{said.exits.length ? ` · ${said.exits.length} ${said.exits.length === 1 ? "thing ends" : "things end"} it` : ""}</span>
          {live ? <span className="whitespace-nowrap"><span className="figures font-medium">{number(entered)}</span> <span className="muted">entered</span></span> : state.changes[TRIGGER] && <Mark kind="changed" />}
        </span>
      </button>
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </>
  );
}

function EndView(): ReactNode {
  return <><Handle type="target" position={Position.Top} isConnectable={false} /><span className="canvas-end"><Icon name="log-out" look="size-3!" /> Ends</span></>;
}

function LinkView({ data }: EdgeProps<LinkEdge>): ReactNode {
  const { counts, live, acts, run, state } = use();
  const link = data!.link;
  const flow = flowOf(counts, link.from);
  const taken = flow.to(link.to);
  const all = flow.on + flow.left;
  const name = link.name === "then" ? "" : wayName(link.name);
  const went = run?.taken.some(([from, to]) => from === link.from && to === link.to) || (run && link.from === TRIGGER);
  const behind = link.from === TRIGGER ? "the start" : (state.steps.find((one) => one.id === link.from)?.sentence ?? link.from);
  const addable = acts.add && link.slot !== null && !link.gone;
  return (
    <>
      <BaseEdge path={link.path} className={link.gone ? "is-removed" : run ? (went ? "was-taken" : "is-quiet") : ""} interactionWidth={0} />
      {(name || addable) && (
        <EdgeLabelRenderer>
          <div className="canvas-way nopan nodrag" ref={(at) => { if (at) at.style.transform = `translate(-50%, -50%) translate(${link.label.x}px, ${link.label.y}px)`; }}>
            {name && <span className="max-w-32 truncate" title={name}>{name}</span>}
            {name && live && all > 0 && <span className="muted figures" title={`${taken.toLocaleString("en-US")} of ${all.toLocaleString("en-US")} who went on or left`}>{Math.round((100 * taken) / all)}&nbsp;%</span>}
            {addable && <button type="button" className="canvas-plus" aria-label={`Add a step behind ${behind}${name ? `, ${name}` : ""}`} title="Add a step here" data-plus={`${link.from}:${link.way}`} onClick={() => acts.add!(link.from, link.slot!)}><Icon name="plus" look="size-3!" /></button>}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

const NODES = { step: StepView, trigger: TriggerView, end: EndView };
const EDGES = { link: LinkView };

/** The node that lies nearest in a direction. */
function next(placed: Placed, from: string, key: string): string | null {
  const here = placed.nodes.get(from);
  if (!here) return null;
  const centre = (one: { x: number; y: number; width: number; height: number }): [number, number] => [one.x + one.width / 2, one.y + one.height / 2];
  const [x, y] = centre(here);
  let best: string | null = null;
  let least = Infinity;
  for (const [id, one] of placed.nodes) {
    if (id === from || id.startsWith("end:")) continue;
    const [ox, oy] = centre(one);
    const [along, across] = { ArrowDown: [oy - y, ox - x], ArrowUp: [y - oy, ox - x], ArrowRight: [ox - x, oy - y], ArrowLeft: [x - ox, oy - y] }[key] as [number, number];
    if (along < 20) continue;
    const far = along + 2 * Math.abs(across);
    if (far < least) [least, best] = [far, id];
  }
  return best;
}

function Inner({ shown, tall }: { shown: Shown; tall: boolean }): ReactNode {
  const { state, chosen, acts, run } = shown;
  const placed = useMemo(() => place(state), [state]);
  const box = useRef<HTMLDivElement>(null);
  const flow = useReactFlow();
  const first = useRef(true);
  const [overview, setOverview] = useState(() => window.innerWidth >= 1600);
  const nodes = useMemo(() => {
    const all = new Map<string, [Step, boolean]>();
    for (const one of state.steps) all.set(nodeId(one.id), [one, false]);
    for (const one of state.removed) all.set(nodeId(one.id), [one, true]);
    return [...placed.nodes].map(([id, at]): Node => {
      const found = all.get(id);
      const shared = { id, position: { x: at.x, y: at.y }, width: at.width, height: at.height, draggable: false, selectable: false, focusable: false };
      if (found) return { ...shared, type: "step", data: { step: found[0], gone: found[1] } };
      return { ...shared, type: id === "trigger" ? "trigger" : "end", data: {} };
    });
  }, [placed, state]);
  const edges = useMemo(
    () => placed.links.map((link): Edge => ({ id: link.id, type: "link", source: nodeId(link.from), target: link.last ? `end:${link.id}` : nodeId(link.to), data: { link }, focusable: false, selectable: false })),
    [placed],
  );
  const start = (): void => {
    // from the top, as large as can be read
    const width = box.current?.clientWidth ?? 800;
    const at = placed.nodes.get("trigger")!;
    const all = [...placed.nodes.values()];
    const [left, right, bottom] = [Math.min(...all.map((one) => one.x)), Math.max(...all.map((one) => one.x + one.width)), Math.max(...all.map((one) => one.y + one.height))];
    const high = box.current?.clientHeight ?? 600;
    const zoom = Math.min(1, Math.max(0.8, Math.min(width / (right - left + 40), high / (bottom + 40))));
    const middle = (right - left + 40) * zoom <= width ? (left + right) / 2 : at.x + at.width / 2;
    const stands = placed.nodes.get(nodeId(run?.visits.find((one) => one.now)?.step ?? TRIGGER));
    if (run && stands && stands !== at) void flow.setCenter(stands.x + stands.width / 2, Math.max(stands.y, high / 2 / zoom - 16), { zoom });
    else void flow.setViewport({ x: width / 2 - middle * zoom, y: 16 - at.y * zoom, zoom });
  };
  useEffect(() => {
    if (first.current) start();
    first.current = false;
  });
  useEffect(() => {
    // who is chosen is in sight
    const at = chosen === null ? null : placed.nodes.get(nodeId(chosen));
    if (!at || !box.current) return undefined;
    const timer = window.setTimeout(() => look(at), 60); // once the panel has taken its room
    return () => window.clearTimeout(timer);
  }, [chosen, placed]);
  const look = (at: { x: number; y: number; width: number; height: number }): void => {
    if (!box.current) return;
    const [low, high] = [flow.flowToScreenPosition({ x: at.x, y: at.y }), flow.flowToScreenPosition({ x: at.x + at.width, y: at.y + at.height })];
    const frame = box.current.getBoundingClientRect();
    if (low.x < frame.left || low.y < frame.top || high.x > frame.right || high.y > frame.bottom) void flow.setCenter(at.x + at.width / 2, at.y + at.height / 2, { zoom: flow.getZoom(), duration: 150 });
  };

  const focus = (id: string): void => {
    const at = placed.nodes.get(id);
    const button = box.current?.querySelector<HTMLElement>(`[data-at="${CSS.escape(id)}"]`);
    if (!at || !button || !box.current) return;
    button.focus({ preventScroll: true });
    const spot = flow.flowToScreenPosition({ x: at.x + at.width / 2, y: at.y + at.height / 2 });
    const frame = box.current.getBoundingClientRect();
    if (spot.x < frame.left + 80 || spot.x > frame.right - 80 || spot.y < frame.top + 60 || spot.y > frame.bottom - 60) void flow.setCenter(at.x + at.width / 2, at.y + at.height / 2, { zoom: flow.getZoom(), duration: 120 });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const node = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>("[data-at]") : null;
    if (!node) return;
    const step = node.dataset["step"] ?? "";
    if (event.key.startsWith("Arrow")) {
      const to = next(placed, node.dataset["at"]!, event.key);
      event.preventDefault();
      event.stopPropagation();
      if (to) focus(to);
    } else if ((event.key === "Delete" || event.key === "Backspace") && step && acts.remove) {
      event.preventDefault();
      acts.remove(step);
    } else if ((event.key === "a" || event.key === "+") && acts.add && !event.ctrlKey && !event.metaKey) {
      const way = step === TRIGGER ? { slot: [] as Slot } : state.steps.find((one) => one.id === step)?.ways.find((one) => one.slot !== null);
      if (way?.slot) {
        event.preventDefault();
        acts.add(step, way.slot);
      }
    }
  };
  // one node takes the focus by tab; arrows go on from there
  useEffect(() => {
    const all = box.current?.querySelectorAll<HTMLElement>("[data-at]") ?? [];
    for (const one of all) one.tabIndex = one.dataset["step"] === (chosen ?? TRIGGER) ? 0 : -1;
  });
  return (
    <div className={`canvas-flow ${tall ? "is-tall" : ""}`} onKeyDown={onKeyDown} data-steps={state.steps.length}>
      <Context.Provider value={shown}>
        <div ref={box} className="canvas-drawn"><ReactFlow nodes={nodes} edges={edges} nodeTypes={NODES} edgeTypes={EDGES} nodesDraggable={false} nodesConnectable={false} elementsSelectable={false} nodesFocusable={false} edgesFocusable={false}
          disableKeyboardA11y deleteKeyCode={null} selectionKeyCode={null} multiSelectionKeyCode={null} panActivationKeyCode={null} zoomActivationKeyCode={null} minZoom={0.2} maxZoom={1.5} panOnScroll zoomOnScroll={false} zoomOnPinch proOptions={{ hideAttribution: true }}>
          <Background gap={20} size={1} />
          {overview && <MiniMap pannable zoomable ariaLabel="The whole journey, small" nodeBorderRadius={8} />}
        </ReactFlow></div>
        <div className="canvas-tools">
          <Button icon="zoom-in" label="Zoom in" act={() => void flow.zoomIn({ duration: 120 })} />
          <Button icon="zoom-out" label="Zoom out" act={() => void flow.zoomOut({ duration: 120 })} />
          <Button icon="maximize" label="Show everything" act={() => void flow.fitView({ padding: 0.06, duration: 150 })} />
          <Button icon="arrow-up" label="Back to the start" act={start} />
          <button type="button" className="btn btn-sm" aria-pressed={overview} onClick={() => setOverview(!overview)}>{overview ? "Hide overview" : "Overview"}</button>
        </div>
      </Context.Provider>
      {run && <p className="sr-only">{run.at}</p>}
    </div>
  );
}

export function GraphView(props: { shown: Shown; tall?: boolean }): ReactNode {
  return <ReactFlowProvider><Inner shown={props.shown} tall={props.tall ?? false} /></ReactFlowProvider>;
}

/** The side panel: a step's form or its YAML, or the journey's own part. */

import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import type { Draft } from "./draft";
import { Text } from "./fields";
import { HeadForm, StepForm } from "./forms";
import { Button, Icon, typeName } from "./parts";
import type { Facts, Op, Plain, Step } from "./types";

const WAIT = 450;

/** Values that somebody types; handed in when they rest, and taken from the draft when it has changed otherwise. */
function useValues(from: Plain, hand: (values: Plain) => Promise<unknown>): [Plain, (values: Plain) => void, () => void] {
  const [values, set] = useState(from);
  const open = useRef(0);
  const timer = useRef(0);
  const latest = useRef(values);
  const written = JSON.stringify(from);
  useEffect(() => {
    if (!open.current && !timer.current) {
      latest.current = from;
      set(from);
    }
  }, [written]);
  const flush = useCallback((): void => {
    if (!timer.current) return;
    window.clearTimeout(timer.current);
    timer.current = 0;
    open.current += 1;
    void hand(latest.current).finally(() => (open.current -= 1));
  }, [hand]);
  useEffect(() => flush, [flush]);
  const put = (next: Plain): void => {
    latest.current = next;
    set(next);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(flush, WAIT);
  };
  return [values, put, flush];
}

function yamlOf(source: string, step: Step): string {
  if (!step.lines) return "";
  const rows = source.split("\n").slice(...step.lines);
  const dash = rows[0]!.indexOf("-");
  return rows.map((row, n) => (n === 0 ? row.slice(dash + 2) : row.slice(Math.min(dash + 2, row.length - row.trimStart().length)))).join("\n");
}

function withYaml(source: string, step: Step, text: string): string {
  if (!step.lines) return source;
  const rows = source.split("\n");
  const dash = rows[step.lines[0]]!.indexOf("-");
  const inside = text.replace(/\s+$/, "").split("\n").map((row, n) => (n === 0 ? `${" ".repeat(dash)}- ${row}` : row ? " ".repeat(dash + 2) + row : row));
  return [...rows.slice(0, step.lines[0]), ...inside, ...rows.slice(step.lines[1])].join("\n");
}

function Yaml({ step, draft }: { step: Step; draft: Draft }): ReactNode {
  const written = yamlOf(draft.state.source, step);
  const [text, set] = useState(written);
  const [typing, type] = useState(false);
  useEffect(() => {
    if (!typing) set(written);
  }, [written, typing]);
  const keep = (): void => {
    type(false);
    if (text !== written) void draft.write(withYaml(draft.state.source, step, text), "");
  };
  const found = draft.state.readable ? draft.state.problems.filter((one) => one.step === step.id) : draft.state.problems;
  return (
    <div className="flex flex-col gap-2">
      <label className="sr-only" htmlFor="step-yaml">YAML of this step</label>
      <textarea id="step-yaml" className="textarea id min-h-96 w-full whitespace-pre" spellCheck={false} value={text}
        onChange={(event) => { type(true); set(event.target.value); }}
        onKeyDown={(event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) keep(); }} />
      {found.map((one) => <p key={one.what} className={one.warning ? "text-wait" : "field-error"}>{one.what} {one.hint}</p>)}
      <div className="flex gap-2"><button type="button" className="btn btn-sm" onClick={keep} disabled={text === written}>Keep</button>{text !== written && <button type="button" className="btn btn-ghost btn-sm" onClick={() => { type(false); set(written); }}>As it was</button>}</div>
    </div>
  );
}

type Props = { facts: Facts; draft: Draft; step: Step; close: () => void; chose: (step: string) => void; remove: (step: string) => void };

export function StepPanel({ facts, draft, step, close, chose, remove }: Props): ReactNode {
  const [tab, setTab] = useState<"form" | "yaml">("form");
  const id = useRef(step.id);
  id.current = step.id;
  const hand = useCallback((next: Plain) => draft.send({ do: "put", step: id.current, values: next } satisfies Op, `put ${id.current}`), []);
  const [values, put, flush] = useValues(step.raw, hand);
  const rename = (name: string): void => {
    flush();
    void draft.send({ do: "put", step: step.id, values: { ...values, id: name } }).then((sent) => { if (!("error" in sent)) chose(sent.step); });
  };
  const twice = (): void => {
    flush();
    void draft.send({ do: "duplicate", step: step.id }).then((sent) => { if (!("error" in sent)) chose(sent.step); });
  };
  const show = (which: typeof tab): void => {
    flush();
    setTab(which);
  };
  const problems = draft.state.problems.filter((one) => one.step === step.id);
  return (
    <>
      <header className="flex items-center gap-2 border-b border-base-300 px-3 py-2">
        <span className="muted flex"><Icon name={step.icon} /></span><h2 className="min-w-0 flex-1 truncate font-semibold">{typeName(step.type)}</h2>
        <Button icon="copy" look="btn-ghost" label="Duplicate step" act={twice} off={!step.ways.some((one) => one.slot)} />
        <Button icon="trash-2" look="btn-ghost" label="Remove step" act={() => remove(step.id)} />
        <Button icon="x" look="btn-ghost" label="Close" act={close} />
      </header>
      <div role="tablist" aria-label="How it is edited" className="flex gap-1 px-3 pt-3">
        {(["form", "yaml"] as const).map((one) => <button key={one} type="button" role="tab" id={`tab-${one}`} aria-controls="panel-tab" aria-selected={tab === one} className="chip" aria-current={tab === one} onClick={() => show(one)}>{one === "form" ? "Form" : "YAML"}</button>)}
        <span className="muted ml-auto self-center truncate text-xs">{draft.saving ? "Saving…" : draft.error ? "" : draft.state.saved ? "Saved as a draft" : "As published"}</span>
      </div>
      <div id="panel-tab" role="tabpanel" aria-labelledby={`tab-${tab}`} data-fields className="flex min-w-0 flex-col gap-4 p-3">
        {tab === "form" ? (
          <>
            <StepForm form={{ values, set: put, step, steps: draft.state.steps, known: facts.known ?? {}, problems, schema: facts.schemas?.[step.type] }} />
            <Here slug={facts.slug} step={step.id} version={draft.state.base ?? 0} />
            <Rename id={step.id} set={rename} />
          </>
        ) : <Yaml step={step} draft={draft} />}
      </div>
    </>
  );
}

/** Some of those who rest here, each with their way. */
function Here({ slug, step, version }: { slug: string; step: string; version: number }): ReactNode {
  const [found, set] = useState<{ name: string; address: string }[]>([]);
  useEffect(() => {
    if (!version) return;
    void fetch(`/people/at/${slug}/${step}?version=${version}`).then(async (answer) => { if (answer.ok) set(await answer.json()); }, () => undefined);
  }, [slug, step, version]);
  if (!found.length) return null;
  return (
    <section className="flex flex-col gap-1 border-t border-base-300 pt-3" aria-label="Who is here"><h3 className="font-medium">Here now</h3>
      <ul>{found.map((one) => <li key={one.address} className="truncate"><a href={one.address}><bdi>{one.name}</bdi></a></li>)}</ul></section>
  );
}

function Rename({ id, set }: { id: string; set: (id: string) => void }): ReactNode {
  const [name, type] = useState(id);
  useEffect(() => type(id), [id]);
  return (
    <div className="flex items-end gap-2 border-t border-base-300 pt-3"><div className="min-w-0 flex-1"><Text label="Id in files" value={name} set={type} hint="Figures are counted by it: another id is another step." /></div>
      {name !== id && <button type="button" className="btn btn-sm" onClick={() => set(name)}>Rename</button>}</div>
  );
}

export function HeadPanel({ facts, draft, close }: { facts: Facts; draft: Draft; close: () => void }): ReactNode {
  const hand = useCallback((next: Plain) => draft.send({ do: "head", values: next }, "head"), []);
  const [values, put] = useValues(draft.state.head.values, hand);
  const found = draft.state.problems.filter((one) => one.step === "");
  return (
    <>
      <header className="flex items-center gap-2 border-b border-base-300 px-3 py-2"><Icon name="zap" /><h2 className="min-w-0 flex-1 truncate font-semibold">The journey itself</h2><span className="muted text-xs">{draft.saving ? "Saving…" : ""}</span><Button icon="x" look="btn-ghost" label="Close" act={close} /></header>
      <div data-fields className="flex min-w-0 flex-col gap-4 p-3"><HeadForm values={values} set={put} known={facts.known ?? {}} problems={found} /></div>
    </>
  );
}

/** The whole file, beside the canvas and always equal to it. */
export function SourcePanel({ draft, close }: { draft: Draft; close: () => void }): ReactNode {
  const { source } = draft.state;
  const [text, set] = useState(source);
  const typed = useRef(0);
  useEffect(() => {
    if (!typed.current) set(source);
  }, [source]);
  const type = (next: string): void => {
    set(next);
    window.clearTimeout(typed.current);
    typed.current = window.setTimeout(() => {
      void draft.write(next, "source").finally(() => (typed.current = 0));
    }, 800);
  };
  return (
    <>
      <header className="flex items-center gap-2 border-b border-base-300 px-3 py-2"><Icon name="code" /><h2 className="min-w-0 flex-1 truncate font-semibold">The file</h2><span className="muted text-xs">{draft.saving ? "Saving…" : ""}</span><Button icon="x" look="btn-ghost" label="Close" act={close} /></header>
      <div className="flex min-h-0 flex-1 flex-col gap-2 p-3">
        {!draft.state.readable && draft.state.problems.map((one) => <p key={one.what} className="field-error" role="alert"><Icon name="circle-alert" /> <span>{one.line ? `Line ${one.line}: ` : ""}{one.what} {one.hint}</span></p>)}
        <label className="sr-only" htmlFor="source">The file in YAML</label>
        <textarea id="source" className="textarea id min-h-[32rem] w-full flex-1 whitespace-pre" spellCheck={false} value={text} onChange={(event) => type(event.target.value)} />
      </div>
    </>
  );
}

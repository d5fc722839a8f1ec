/** Fields of the side panel. Each tells its new value at once; the panel hands it in. */

import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Builder, type Known, type Plain as Condition, type Variant } from "../segments";
import { Codes, Icon } from "./parts";
import type { Step } from "./types";

type Base<T> = { label: string; value: T; set: (value: T) => void; error?: string | undefined; hint?: string };

function Below({ id, error, hint }: { id: string; error?: string | undefined; hint?: string | undefined }): ReactNode {
  if (error) return <p id={id} className="field-error break-words"><Icon name="circle-alert" /> <span className="min-w-0"><Codes words={error} /></span></p>;
  return hint ? <p id={id} className="muted">{hint}</p> : null;
}

/** What is typed stands as typed; what the server makes of it comes in only while nobody types. */
function useTyped(value: string): [string, (text: string) => void, { onFocus: () => void; onBlur: () => void }] {
  const [typed, type] = useState(value);
  const busy = useRef(false);
  useEffect(() => {
    if (!busy.current) type(value);
  }, [value]);
  return [typed, type, { onFocus: () => (busy.current = true), onBlur: () => { busy.current = false; } }];
}

export function Text({ label, value, set, error, hint, list, long, mono, type = "text", placeholder }: Base<string> & { list?: string[] | undefined; long?: number; mono?: boolean; type?: string; placeholder?: string }): ReactNode {
  const id = useId();
  const [typed, write, busy] = useTyped(value);
  const shared = { id, value: typed, "aria-invalid": error ? true : undefined, "aria-describedby": error || hint ? `${id}-b` : undefined, placeholder, ...busy };
  const tell = (text: string): void => {
    write(text);
    set(text);
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {long ? (
        <textarea {...shared} rows={long} className={`textarea w-full ${mono ? "id" : ""} ${error ? "input-error" : ""}`} onChange={(event) => tell(event.target.value)} />
      ) : (
        <input {...shared} type={type} className={`input ${error ? "input-error" : ""}`} list={list ? `${id}-l` : undefined} autoComplete="off" onChange={(event) => tell(event.target.value)} />
      )}
      {list && <datalist id={`${id}-l`}>{list.map((one) => <option key={one} value={one} />)}</datalist>}
      <Below id={`${id}-b`} error={error} hint={hint} />
    </div>
  );
}

export function Duration(props: Base<string>): ReactNode {
  return <Text {...props} placeholder="4h" hint={props.hint ?? "Such as 30m, 4h, 2d or 1h30m."} />;
}

export function Num({ value, set, ...rest }: Base<number | null>): ReactNode {
  return <Text {...rest} type="number" value={value === null || value === undefined ? "" : String(value)} set={(text) => set(text === "" ? null : Number(text))} />;
}

export function Pick({ label, value, set, choices, error, hint }: Base<string> & { choices: [string, string][] }): ReactNode {
  const id = useId();
  const known = choices.some(([one]) => one === value);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} className={`select ${error ? "input-error" : ""}`} value={value} onChange={(event) => set(event.target.value)} aria-invalid={error ? true : undefined} aria-describedby={error || hint ? `${id}-b` : undefined}>
        {!known && <option value={value}>{value || "Choose…"}</option>}
        {choices.map(([one, words]) => <option key={one} value={one}>{words}</option>)}
      </select>
      <Below id={`${id}-b`} error={error} hint={hint} />
    </div>
  );
}

export function Yes({ label, value, set, hint }: Base<boolean>): ReactNode {
  return (
    <label className="flex items-start gap-2"><input type="checkbox" className="checkbox checkbox-xs mt-0.5" checked={value} onChange={(event) => set(event.target.checked)} /><span>{label}{hint && <span className="muted block">{hint}</span>}</span></label>
  );
}

export function Checks({ label, value, set, choices, error }: Base<string[]> & { choices: [string, string][] }): ReactNode {
  const id = useId();
  return (
    <fieldset className="flex flex-col gap-1" aria-describedby={error ? `${id}-b` : undefined}><legend className="mb-1 font-medium">{label}</legend>
      {choices.map(([one, words]) => <Yes key={one} label={words} value={value.includes(one)} set={(on) => set(on ? [...value, one] : value.filter((each) => each !== one))} />)}
      <Below id={`${id}-b`} error={error} />
    </fieldset>
  );
}

/** Where a way leads. ``null`` is the step below in the file. */
export function To({ label, value, set, steps, own, below, error }: Base<string | null | undefined> & { steps: Step[]; own: string; below?: string | undefined }): ReactNode {
  const words = (one: Step): string => `${one.sentence.length > 44 ? `${one.sentence.slice(0, 43)}…` : one.sentence} (${one.id})`;
  const choices: [string, string][] = steps.filter((one) => one.id !== own).map((one) => [`:${one.id}`, words(one)]);
  const free = below !== undefined ? [["", below] as [string, string]] : [];
  return <Pick label={label} error={error} value={value === null || value === undefined ? "" : `:${value}`} choices={[...free, ...choices, [":", "Ends the journey"]]} set={(chosen) => set(chosen === "" ? null : chosen.slice(1))} />;
}

const IN_JOURNEYS: Variant[] = [
  { key: "event-since", kind: "event", group: "In this journey", label: "Since it began: event", fixed: { since: "occasion" }, fields: [
    { name: "event", words: "", sort: "text", of: "events", usual: "" }, { name: "at_least", words: "at least", sort: "whole", optional: true }, { name: "where", words: "where", sort: "where", optional: true }] },
];

class Asked extends Builder {
  told: (condition: Condition) => void = () => undefined;
  protected override more = IN_JOURNEYS;
  override changed(): void {
    const of = this.root["of"] as Condition[] | undefined;
    // a group of one is that one, as people write it
    this.told(structuredClone(of?.length === 1 && this.root.kind === "all" ? of[0]! : this.root));
  }
}

/** The builder that segments have, about this person at this moment. */
export function Ask({ label, value, set, known, error }: Base<unknown> & { known: Known }): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const told = useRef("");
  const tell = useRef(set);
  tell.current = set;
  useEffect(() => {
    const written = JSON.stringify(value ?? null);
    if (!place.current || written === told.current) return;
    told.current = written;
    const box = document.createElement("div");
    const inner = document.createElement("div");
    const field = document.createElement("textarea");
    field.value = written;
    box.append(inner);
    place.current.replaceChildren(box);
    const builder = new Asked(box, inner, document.createElement("aside"), field, known);
    builder.draw();
    builder.told = (condition) => {
      told.current = JSON.stringify(condition);
      tell.current(condition);
    };
  }, [value, known]);
  return (
    <div className="flex min-w-0 flex-col gap-1" role="group" aria-label={label}><span className="font-medium">{label}</span><div ref={place} className="canvas-ask min-w-0" /><Below id="" error={error} /></div>
  );
}

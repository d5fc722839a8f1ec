/** The form of a step, by its type; of a type that has none of its own from its JSON Schema. */

import { createContext, type ReactNode, useContext } from "react";
import { filters, type Known, tests } from "../segments";
import { Ask, Checks, Duration, Num, Pick, Text, To, Yes } from "./fields";
import { Button, Icon, wayName } from "./parts";
import type { Plain, Problem, Schema, Step } from "./types";

export type Form = { values: Plain; set: (values: Plain) => void; step: Step; steps: Step[]; known: Known; problems: Problem[]; schema: Schema | undefined };
type Paths = { name?: string; next?: string; share?: number; if?: unknown }[];

const Wrongs = createContext<(field: string) => string | undefined>(() => undefined);

function use(form: Form): { put: (name: string, value: unknown) => void; text: (name: string) => string; wrong: (field: string) => string | undefined; below: string } {
  const put = (name: string, value: unknown): void => {
    const next = { ...form.values };
    if (value === null || value === undefined || value === "") delete next[name];
    else next[name] = value;
    form.set(next);
  };
  const place = form.steps.findIndex((one) => one.id === form.step.id);
  return { put, text: (name) => String(form.values[name] ?? ""), wrong: useContext(Wrongs), below: form.steps[place + 1]?.sentence ?? "" };
}

function Next({ form, name = "next", label = "Then goes to", none }: { form: Form; name?: string; label?: string; none?: string }): ReactNode {
  const { put, wrong, below } = use(form);
  const set = (to: string | null | undefined): void => {
    if (to === "") form.set({ ...form.values, [name]: "" });
    else put(name, to);
  };
  return <To label={label} value={form.values[name] as string | null} set={set} steps={form.steps} own={form.step.id} below={none ?? `The step below: ${below || "the end"}`} error={wrong(name)} />;
}

function Note({ form, label = "In words" }: { form: Form; label?: string }): ReactNode {
  const { put, text, wrong } = use(form);
  return <Text label={label} value={text("note")} set={(value) => put("note", value)} error={wrong("note")} hint="What the canvas calls it; left empty, it says what it does." />;
}

const SAME = "A property that it shares with what started the run, such as cart_id; products[].product_id is one product of both.";
const without = (of: Plain, name: string): Plain => Object.fromEntries(Object.entries(of).filter(([each]) => each !== name));

function WaitForm({ form }: { form: Form }): ReactNode {
  const { text, wrong } = use(form);
  const { values } = form;
  const kind = values["until"] !== undefined ? "until" : values["until_local"] !== undefined ? "until_local" : "for";
  const turn = (to: string): void => {
    const rest = Object.fromEntries(Object.entries(values).filter(([name]) => !["for", "until", "until_local", "timeout", "otherwise"].includes(name)));
    const starts: Record<string, Plain> = { for: { for: "1d" }, until_local: { until_local: "09:00" }, until: { until: { event: "Order Completed" }, timeout: "1d" } };
    form.set({ ...rest, ...starts[to] });
  };
  const until = (values["until"] ?? {}) as Plain;
  return (
    <>
      <Pick label="Waits" value={kind} set={turn} choices={[["for", "For a time"], ["until_local", "Until an hour of their day"], ["until", "Until something happens"]]} error={wrong("")} />
      {kind === "for" && <Duration label="How long" value={text("for")} set={(value) => form.set({ ...values, for: value })} error={wrong("for")} />}
      {kind === "until_local" && <Text label="Until, their time" type="time" value={text("until_local")} set={(value) => form.set({ ...values, until_local: value })} error={wrong("until_local")} />}
      {kind === "until" && (
        <>
          <Text label="Event" value={String(until["event"] ?? "")} list={form.known["events"]} set={(event) => form.set({ ...values, until: { ...until, event } })} error={wrong("until")} hint="One that came since the occasion ends the wait at once." />
          <div className="grid grid-cols-2 gap-3"><Text label="Of the same" value={String(until["match"] ?? "")} placeholder="cart_id" set={(match) => form.set({ ...values, until: match ? { ...until, match } : without(until, "match") })} /><Text label="Where" value={filters(until["where"])} placeholder="price > 50" set={(value) => form.set({ ...values, until: value ? { ...until, where: tests(value) } : without(until, "where") })} /></div>
          <p className="muted">{SAME}</p>
          <Duration label="At most" value={text("timeout")} set={(value) => form.set({ ...values, timeout: value })} error={wrong("timeout")} />
        </>
      )}
      <Next form={form} label={kind === "until" ? "When it happens, goes to" : "Then goes to"} />
      {kind === "until" && <Next form={form} name="otherwise" label="When the time is over, goes to" />}
      <Note form={form} />
    </>
  );
}

function PathHead({ form, number, title }: { form: Form; number: number; title: string }): ReactNode {
  const paths = form.values["paths"] as Paths;
  const move = (by: number): void => {
    const next = [...paths];
    [next[number], next[number + by]] = [next[number + by]!, next[number]!];
    form.set({ ...form.values, paths: next });
  };
  return (
    <div className="flex items-center justify-between gap-2"><h3 className="font-medium">{title}</h3>
      <span className="flex gap-1">
        <Button icon="arrow-up" look="btn-ghost btn-xs" label={`Move way ${number + 1} up`} act={() => move(-1)} off={number === 0} />
        <Button icon="arrow-down" look="btn-ghost btn-xs" label={`Move way ${number + 1} down`} act={() => move(1)} off={number === paths.length - 1} />
        <Button icon="trash-2" look="btn-ghost btn-xs" label={`Take way ${number + 1} out`} act={() => form.set({ ...form.values, paths: paths.filter((_, n) => n !== number) })} off={paths.length === 1} />
      </span>
    </div>
  );
}

function pathsOf(form: Form): [Paths, (number: number, values: Plain) => void] {
  const paths = (Array.isArray(form.values["paths"]) ? form.values["paths"] : []) as Paths;
  return [paths, (number, values) => form.set({ ...form.values, paths: paths.map((one, n) => (n === number ? { ...one, ...values } : one)) })];
}

function BranchForm({ form }: { form: Form }): ReactNode {
  const { wrong } = use(form);
  const [paths, put] = pathsOf(form);
  const to = form.step.ways.at(-1)?.to ?? "";
  return (
    <>
      <Note form={form} label="What is asked" />
      {paths.map((path, number) => (
        <section key={number} className="panel flex min-w-0 flex-col gap-3 p-3">
          <PathHead form={form} number={number} title={number === 0 ? "First way" : `Way ${number + 1}`} />
          <Text label="Called" value={path.name ?? ""} set={(name) => put(number, { name })} error={wrong(`paths.${number}.name`)} />
          <Ask label="Open to those for whom" value={path.if} set={(condition) => put(number, { if: condition })} known={form.known} error={wrong(`paths.${number}.if`)} />
          <To label="Leads to" value={path.next ?? ""} set={(next) => put(number, { next: next ?? "" })} steps={form.steps} own={form.step.id} error={wrong(`paths.${number}.next`)} />
        </section>
      ))}
      <button type="button" className="btn btn-sm self-start" onClick={() => form.set({ ...form.values, paths: [...paths, { name: `Way ${paths.length + 1}`, if: { kind: "all", of: [] }, next: to }] })}><Icon name="plus" /> Add a way</button>
      <Next form={form} name="otherwise" label="Everybody else goes to" />
    </>
  );
}

function SplitForm({ form }: { form: Form }): ReactNode {
  const { wrong } = use(form);
  const [paths, put] = pathsOf(form);
  const holdout = Number(form.values["holdout"] ?? 0);
  const sum = paths.reduce((total, one) => total + Number(one.share ?? 0), 0) + holdout;
  return (
    <>
      <Note form={form} />
      {paths.map((path, number) => (
        <section key={number} className="panel flex flex-col gap-3 p-3">
          <PathHead form={form} number={number} title={`Way ${number + 1}`} />
          <div className="grid grid-cols-[1fr_6rem] gap-3">
            <Text label="Called" value={path.name ?? ""} set={(name) => put(number, { name })} error={wrong(`paths.${number}.name`)} />
            <Num label="Share, %" value={path.share ?? null} set={(share) => put(number, { share: share ?? 0 })} error={wrong(`paths.${number}.share`)} />
          </div>
          <To label="Leads to" value={path.next ?? ""} set={(next) => put(number, { next: next ?? "" })} steps={form.steps} own={form.step.id} error={wrong(`paths.${number}.next`)} />
        </section>
      ))}
      <button type="button" className="btn btn-sm self-start" onClick={() => form.set({ ...form.values, paths: [...paths, { name: `Way ${paths.length + 1}`, share: Math.max(1, 100 - sum), next: paths.at(-1)?.next ?? "" }] })}><Icon name="plus" /> Add a way</button>
      <Num label="Held out, %" value={holdout || null} set={(value) => form.set(value ? { ...form.values, holdout: value } : Object.fromEntries(Object.entries(form.values).filter(([name]) => name !== "holdout")))} hint="Who get nothing more of this journey; figures compare them with everybody else." />
      <p className={Math.abs(sum - 100) > 1e-6 ? "field-error" : "muted"}>{Math.abs(sum - 100) > 1e-6 && <Icon name="circle-alert" />} Together {Number(sum.toFixed(2))} %</p>
    </>
  );
}

const PURPOSES: [string, string][] = [["marketing", "Marketing"], ["cart", "Cart reminder"], ["transactional", "About an order"]];

export function Content({ form, channels }: { form: Form; channels: string[] }): ReactNode {
  const { wrong } = use(form);
  const content = (form.values["content"] ?? {}) as Plain;
  const email = content["email"] as Plain | undefined;
  const put = (channel: string, value: Plain | null): void => {
    const next = { ...content };
    if (value === null) delete next[channel];
    else next[channel] = value;
    form.set({ ...form.values, content: next });
  };
  const used = email?.["use"] !== undefined;
  const sms = (content["sms"] as Plain | undefined)?.["text"];
  const set = (name: string, value: string): void => {
    const rest = { ...email };
    if (value) rest[name] = value;
    else delete rest[name];
    put("email", rest);
  };
  const library: [string, string][] = (form.known["emails"] ?? []).map((one) => [one, one]);
  return (
    <>
      {channels.includes("email") && (
        <section className="panel flex flex-col gap-3 p-3">
          <h3 className="tag font-medium text-email"><Icon name="mail" /> Email</h3>
          <Pick label="From" value={used ? "use" : email ? "own" : ""} choices={[["use", "The library"], ["own", "Written in this journey"]]} error={wrong("content.email")}
            set={(to) => put("email", to === "use" ? { use: library[0]?.[0] ?? "" } : { subject: String(email?.["subject"] ?? ""), mjml: "<mj-section><mj-column>\n  <mj-text>Write here</mj-text>\n</mj-column></mj-section>\n" })} />
          {used && (
            <>
              <Pick label="Email" value={String(email?.["use"] ?? "")} choices={library} set={(name) => set("use", name)} hint={library.length ? "Publishing takes it over as it is then." : "The library is empty: write one under Content, Emails."} />
              {!!email?.["use"] && <p><a href={`/content/emails/${String(email["use"])}`} target="_blank" rel="noopener">See and edit this email</a></p>}
              <Text label="Subject of its own" value={String(email?.["subject"] ?? "")} set={(value) => set("subject", value)} hint="Left empty, it is the email’s." />
            </>
          )}
          {email && !used && (
            <>
              <Text label="Subject" value={String(email["subject"] ?? "")} set={(value) => put("email", { ...email, subject: value })} error={wrong("content.email.subject")} />
              <Text label="Preheader" value={String(email["preheader"] ?? "")} set={(value) => set("preheader", value)} />
              {Array.isArray(email["blocks"]) ? <Blocks blocks={email["blocks"] as Plain[]} set={(blocks) => put("email", { ...email, blocks })} />
                : <Text label="MJML" long={8} mono value={String(email["mjml"] ?? "")} set={(value) => put("email", { ...email, mjml: value })} error={wrong("content.email.mjml")} />}
            </>
          )}
        </section>
      )}
      {channels.includes("sms") && (
        <section className="panel flex flex-col gap-3 p-3">
          <h3 className="tag font-medium text-sms"><Icon name="message-square-text" /> Text</h3>
          <Text label="Words" long={4} value={String(sms ?? "")} set={(value) => put("sms", { text: value })} error={wrong("content.sms")} hint={`${String(sms ?? "").length} signs before it is filled in; the brand’s name and the way out are added where they are missing.`} />
          <p><a href="/content/texts" target="_blank" rel="noopener">Look at texts, their segments and cost</a></p>
        </section>
      )}
    </>
  );
}

/** The words of blocks; what else they are is in the YAML, or in the editor of emails. */
function Blocks({ blocks, set }: { blocks: Plain[]; set: (blocks: Plain[]) => void }): ReactNode {
  const shown = blocks.map((block) => Object.entries(block).filter(([name, value]) => typeof value === "string" && ["text", "title", "html", "label", "url"].includes(name)));
  return (
    <>
      {blocks.map((block, number) => shown[number]!.map(([name, value]) => (
        <Text key={`${number}${name}`} label={`${words(String(block["kind"]))} ${number + 1}: ${name}`} value={String(value)} long={String(value).length > 60 ? 3 : 0}
          set={(to) => set(blocks.map((one, n) => (n === number ? { ...one, [name]: to } : one)))} />
      )))}
      <p className="muted">{blocks.length} {blocks.length === 1 ? "block" : "blocks"}; the rest of them is in the YAML of this step.</p>
    </>
  );
}

function MessageForm({ form }: { form: Form }): ReactNode {
  const { put, text, wrong } = use(form);
  const channels = (Array.isArray(form.values["channels"]) ? form.values["channels"] : []) as string[];
  return (
    <>
      <Note form={form} />
      <Checks label="Channels" value={channels} choices={[["email", "Email"], ["sms", "Text"]]} set={(value) => form.set({ ...form.values, channels: value })} error={wrong("channels")} />
      {channels.length === 2 && <p className="muted">One of them goes out: the one that the person answers, when they answer.</p>}
      <Content form={form} channels={channels} />
      <Pick label="What for" value={text("purpose") || "marketing"} choices={PURPOSES} set={(value) => put("purpose", value)} error={wrong("purpose")} hint="It says which consent is asked for." />
      <Yes label="At once" hint="Within 60 minutes, unless a rule bars it" value={form.values["urgent"] === true} set={(on) => put("urgent", on || null)} />
      <Duration label="May go out for" value={text("window") || "24h"} set={(value) => put("window", value)} error={wrong("window")} hint="After they come here; at most 72h. The best moment in it is taken." />
      <Duration label="Worth half after" value={text("half_life") || "12h"} set={(value) => put("half_life", value)} error={wrong("half_life")} hint="How fast the occasion fades: it weighs sooner against better." />
      <Next form={form} />
      <Next form={form} name="otherwise" label="When it does not go out by the first channel" none="The same way" />
    </>
  );
}

function OfferForm({ form }: { form: Form }): ReactNode {
  const { put, text, wrong } = use(form);
  const dry = form.values["when_dry"];
  const kind = typeof dry === "object" && dry !== null ? "use" : String(dry ?? "skip");
  const offers: [string, string][] = (form.known["offers"] ?? []).map((one) => [one, one]);
  const turn = (to: string): void => {
    const { timeout: _, ...rest } = form.values;
    form.set(to === "wait" ? { ...rest, when_dry: "wait", timeout: "1d" } : { ...rest, when_dry: to === "use" ? { use: "" } : to });
  };
  return (
    <>
      <Pick label="Offer" value={text("offer")} choices={offers} set={(value) => put("offer", value)} error={wrong("offer") ?? wrong("")} hint={offers.length ? "They keep the code that they have of it, or get a new one." : "There is no offer yet: make one under Offers."} />
      <Pick label="When no code is left" value={kind} choices={[["skip", "Go on without"], ["wait", "Wait until there are codes"], ["use", "Use another code"]]} set={turn} error={wrong("when_dry")} />
      {kind === "wait" && <Duration label="Wait at most" value={text("timeout")} set={(value) => form.set({ ...form.values, timeout: value })} error={wrong("timeout")} />}
      {kind === "use" && <Text label="Code for everybody" value={String((dry as Plain)["use"] ?? "")} set={(value) => form.set({ ...form.values, when_dry: { use: value } })} />}
      <Next form={form} label="With a code, goes to" />
      <Next form={form} name="otherwise" label="Without one, goes to" />
      <Note form={form} />
    </>
  );
}

function EnterForm({ form }: { form: Form }): ReactNode {
  const { put, text, wrong } = use(form);
  return (
    <>
      <Pick label="Journey" value={text("journey")} choices={(form.known["journeys"] ?? []).map((one) => [one, one])} set={(value) => put("journey", value)} error={wrong("journey")} hint="By its own condition and re-entry; here they go on at once." />
      <Next form={form} />
      <Note form={form} />
    </>
  );
}

const SKIPPED = new Set(["id", "type", "note", "next", "otherwise", "content"]);

function refOf(schema: Plain, whole: Schema): Plain {
  const ref = schema["$ref"];
  const found = typeof ref === "string" ? (whole.$defs?.[ref.split("/").at(-1)!] ?? {}) : schema;
  const any = found["anyOf"] as Plain[] | undefined;
  if (!any) return found;
  const rest = any.filter((one) => one["type"] !== "null");
  return rest.length === 1 ? refOf(rest[0]!, whole) : { ...found, anyOf: rest };
}

function words(name: string): string {
  const plain = name.replaceAll("_", " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

function Anything({ form, name, schema }: { form: Form; name: string; schema: Plain }): ReactNode {
  const { wrong } = use(form);
  const value = form.values[name];
  const label = words(name);
  const error = wrong(name);
  const set = (to: unknown): void => {
    const next = { ...form.values };
    if (to === undefined || to === "") delete next[name];
    else next[name] = to;
    form.set(next);
  };
  const usual = schema["default"];
  const shown = value ?? usual;
  const found = refOf(schema, form.schema!);
  const items = found["items"] ? refOf(found["items"] as Plain, form.schema!) : undefined;
  if (Array.isArray(found["enum"])) return <Pick label={label} value={String(shown ?? "")} choices={(found["enum"] as string[]).map((one) => [one, words(one)])} set={set} error={error} />;
  if (found["type"] === "boolean") return <Yes label={label} value={shown === true} set={set} />;
  if (found["type"] === "number" || found["type"] === "integer") return <Num label={label} value={(shown ?? null) as number | null} set={(to) => set(to ?? undefined)} error={error} />;
  if (found["type"] === "array" && Array.isArray(items?.["enum"])) return <Checks label={label} value={(shown ?? []) as string[]} choices={(items["enum"] as string[]).map((one) => [one, one === "sms" ? "Texts" : words(one)])} set={(to) => set(to.length ? to : undefined)} error={error} />;
  if (found["type"] === "object" && found["additionalProperties"]) return <Rows label={label} value={(shown ?? {}) as Plain} set={set} error={error} />;
  if (found["type"] === "string" || found["anyOf"]) {
    const time = String(found["pattern"] ?? "").includes("[wdhms]");
    if (typeof shown === "object" && shown !== null) return <p className="muted">{label}: in the YAML of this step.</p>;
    const read = (text: string): unknown => (found["anyOf"] && text !== "" && !Number.isNaN(Number(text)) ? Number(text) : text);
    return time ? <Duration label={label} value={String(shown ?? "")} set={set} error={error} /> : <Text label={label} value={String(shown ?? "")} set={(text) => set(read(text))} error={error} long={String(shown ?? "").length > 60 ? 4 : 0} />;
  }
  return <p className="muted">{label}: in the YAML of this step.</p>;
}

/** Names and values, one a line. */
function Rows({ label, value, set, error }: { label: string; value: Plain; set: (to: unknown) => void; error: string | undefined }): ReactNode {
  const text = Object.entries(value).map(([name, one]) => `${name} = ${typeof one === "string" ? one : JSON.stringify(one)}`).join("\n");
  const read = (lines: string): unknown => {
    const found = lines.split("\n").filter((line) => line.includes("=")).map((line) => {
      const [name, ...rest] = line.split("=");
      const plain = rest.join("=").trim();
      return [name!.trim(), plain === "null" ? null : plain === "true" ? true : plain === "false" ? false : plain !== "" && /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : plain];
    });
    return found.length ? Object.fromEntries(found) : undefined;
  };
  return <Text label={label} long={3} value={text} set={(to) => set(read(to))} error={error} hint="One a line: name = value." />;
}

function AnyForm({ form }: { form: Form }): ReactNode {
  const { wrong } = use(form);
  const fields = form.schema?.properties ?? {};
  const own = Object.keys(fields).filter((name) => !SKIPPED.has(name));
  return (
    <>
      {wrong("") && <p className="field-error"><Icon name="circle-alert" /> {wrong("")}</p>}
      {own.map((name) => <Anything key={name} form={form} name={name} schema={fields[name]!} />)}
      {"content" in fields && <Content form={form} channels={form.step.type === "recover" ? ["sms"] : ["email", "sms"]} />}
      {"next" in fields && <Next form={form} />}
      {"otherwise" in fields && <Next form={form} name="otherwise" label="Otherwise goes to" />}
      <Note form={form} />
    </>
  );
}

/** What a form of its own shows; the rest of a type's fields follow it, made from the schema. */
const SHOWN: Record<string, string[]> = {
  wait: ["for", "until_local", "until", "timeout"], branch: ["paths"], split: ["paths", "holdout"], message: ["channels", "purpose", "urgent", "window", "half_life"],
  offer: ["offer", "when_dry", "timeout"], enter: ["journey"], exit: [],
};

function Rest({ form }: { form: Form }): ReactNode {
  const shown = SHOWN[form.step.type];
  const fields = form.schema?.properties ?? {};
  if (!shown) return null;
  const own = Object.keys(fields).filter((name) => !SKIPPED.has(name) && !shown.includes(name));
  const led = new Map(form.step.ways.filter((one) => one.slot?.length === 1).map((one) => [String(one.slot![0]), one.name]));
  return own.map((name) => (led.has(name) ? <Next key={name} form={form} name={name} label={`${wayName(led.get(name) ?? words(name))}, goes to`} /> : <Anything key={name} form={form} name={name} schema={fields[name]!} />));
}

const FORMS: Record<string, (props: { form: Form }) => ReactNode> = { wait: WaitForm, branch: BranchForm, split: SplitForm, message: MessageForm, offer: OfferForm, enter: EnterForm, exit: ({ form }) => <Note form={form} /> };

export function StepForm({ form }: { form: Form }): ReactNode {
  const wrong = (field: string): string | undefined => {
    const found = form.problems.find((one) => !one.warning && (one.field === field || (field !== "" && one.field.startsWith(`${field}.`))));
    return found && `${found.what} ${found.hint}`.trim();
  };
  const One = FORMS[form.step.type] ?? AnyForm;
  return <Wrongs.Provider value={wrong}><One form={form} /><Rest form={form} /></Wrongs.Provider>;
}

/** The journey itself: what it is called, what starts and ends it, how often. */
export function HeadForm({ values, set, known, problems }: { values: Plain; set: (values: Plain) => void; known: Known; problems: Problem[] }): ReactNode {
  const wrong = (field: string): string | undefined => {
    const found = problems.find((one) => !one.warning && (one.field === field || one.field.startsWith(`${field}.`)));
    return found && `${found.what} ${found.hint}`.trim();
  };
  const put = (name: string, value: unknown): void => set({ ...values, [name]: value });
  const trigger = (values["trigger"] ?? {}) as Plain;
  const starts = ["segment", "product", "date"].find((one) => trigger[one] !== undefined) ?? "event";
  const start = (part: Plain): void => put("trigger", Object.fromEntries(Object.entries({ ...trigger, ...part }).filter(([, one]) => one !== undefined && one !== "")));
  const turn = (to: string): void => {
    const { event: _e, segment: _s, product: _p, date: _d, enter_members: _m, ...rest } = trigger;
    const begin: Record<string, Plain> = { event: { event: "Order Completed" }, segment: { segment: known["segments"]?.[0] ?? "" }, product: { product: "price_drop" }, date: { date: { trait: "birthday" } } };
    put("trigger", { ...begin[to], ...rest });
  };
  const reentry = (values["reentry"] ?? { mode: "once" }) as Plain;
  const exits = (Array.isArray(values["exits"]) ? values["exits"] : []) as Plain[];
  const exit = (number: number, part: Plain): void => put("exits", exits.map((one, n) => (n === number ? Object.fromEntries(Object.entries({ ...one, ...part }).filter(([, each]) => each !== undefined && each !== "")) : one)));
  const goal = (values["goal"] ?? null) as Plain | null;
  const aim = (part: Plain): void => put("goal", Object.fromEntries(Object.entries({ ...goal, ...part }).filter(([, each]) => each !== undefined && each !== "")));
  const caps = (values["caps"] ?? null) as Plain | null;
  const day = (trigger["date"] ?? {}) as Plain;
  const list = (value: unknown): string => (Array.isArray(value) ? value.join(", ") : String(value ?? ""));
  const several = (text: string): unknown => {
    const all = text.split(",").map((one) => one.trim()).filter(Boolean);
    return all.length > 1 ? all : (all[0] ?? "");
  };
  return (
    <>
      <Text label="Name" value={String(values["name"] ?? "")} set={(value) => put("name", value)} error={wrong("name")} />
      <Text label="What it is about" long={3} value={String(values["about"] ?? "")} set={(value) => put("about", value)} />
      <h3 className="font-semibold">What starts it</h3>
      {wrong("trigger") && <p className="field-error"><Icon name="circle-alert" /> <span>{wrong("trigger")}</span></p>}
      <Pick label="Starts" value={starts} set={turn} choices={[["event", "On an event"], ["segment", "When they come into a segment"], ["product", "When a product changes that they wanted"], ["date", "On a day of the year, such as a birthday"]]} />
      {starts === "event" && <Text label="Event" value={list(trigger["event"])} list={known["events"]} set={(value) => start({ event: several(value) })} hint="Several by commas." />}
      {starts === "segment" && <Pick label="Segment" value={String(trigger["segment"] ?? "")} choices={(known["segments"] ?? []).map((one) => [one, one])} set={(value) => start({ segment: value })} />}
      {starts === "segment" && <Yes label="Also who is in it when the journey goes live, once" value={trigger["enter_members"] === true} set={(on) => start({ enter_members: on || undefined })} />}
      {starts === "product" && <Checks label="What changed" value={[trigger["product"] ?? []].flat() as string[]} choices={[["price_drop", "The price dropped"], ["low_stock", "Few are left"], ["back_in_stock", "It is back in stock"]]} set={(value) => start({ product: value.length === 1 ? value[0] : value })} />}
      {starts === "date" && <div className="grid grid-cols-2 gap-3"><Text label="Trait" value={String(day["trait"] ?? "")} list={known["traits"]} set={(trait) => start({ date: { ...day, trait } })} /><Duration label="Before by" value={String(day["before"] ?? "")} set={(before) => start({ date: before ? { ...day, before } : { trait: day["trait"] } })} hint="Whole days; empty is the day itself." /></div>}
      <Text label="Where" value={filters(trigger["where"])} placeholder="total > 50" set={(value) => start({ where: value ? tests(value) : undefined })} hint="Properties of the event, by commas." />
      <Yes label="Only some people" value={trigger["if"] !== undefined} set={(on) => start({ if: on ? { kind: "all", of: [] } : undefined })} />
      {trigger["if"] !== undefined && <Ask label="Only those for whom" value={trigger["if"]} set={(condition) => start({ if: condition })} known={known} error={wrong("trigger.if")} />}
      <Duration label="At most late by" value={String(trigger["max_lateness"] ?? "2h")} set={(value) => start({ max_lateness: value })} error={wrong("trigger.max_lateness")} hint="What is told later than this after it happened starts nothing." />
      <h3 className="font-semibold">How often</h3>
      <Pick label="Each person" value={String(reentry["mode"] ?? "once")} choices={[["once", "Once"], ["each_key", "Once for each occasion"], ["after", "Again after a time"]]} error={wrong("reentry")} set={(mode) => put("reentry", mode === "after" ? { mode, gap: "30d" } : { mode })} />
      {reentry["mode"] === "after" && <Duration label="Again after" value={String(reentry["gap"] ?? "")} set={(gap) => put("reentry", { mode: "after", gap })} error={wrong("reentry.gap")} />}
      <Text label="Occasions differ by" value={String(trigger["key"] ?? "")} set={(key) => start({ key: key || undefined })} error={wrong("trigger.key")} hint="A property of the event, such as order_id: one run for each value." />
      <h3 className="font-semibold">What ends it at once</h3>
      {exits.map((one, number) => (
        <section key={number} className="panel flex flex-col gap-3 p-3">
          <div className="grid grid-cols-[1fr_auto] items-end gap-2"><Text label="Event" value={String(one["event"] ?? "")} list={known["events"]} set={(event) => exit(number, { event })} error={wrong(`exits.${number}`)} /><Button icon="trash-2" look="btn-ghost" label={`Take this end out: ${String(one["event"])}`} act={() => put("exits", exits.filter((_, n) => n !== number))} /></div>
          <div className="grid grid-cols-2 gap-3"><Text label="Of the same" value={String(one["match"] ?? "")} set={(match) => exit(number, { match: match || undefined })} placeholder="cart_id" /><Text label="Where" value={filters(one["where"])} set={(value) => exit(number, { where: value ? tests(value) : undefined })} /></div>
        </section>
      ))}
      {exits.length > 0 && <p className="muted">{SAME}</p>}
      <button type="button" className="btn btn-sm self-start" onClick={() => put("exits", [...exits, { event: "Order Completed" }])}><Icon name="plus" /> Add what ends it</button>
      <h3 className="font-semibold">What it is for</h3>
      <Yes label="It has a goal" value={goal !== null} set={(on) => put("goal", on ? { event: "Order Completed", within: "7d" } : null)} />
      {goal && (
        <section className="panel flex flex-col gap-3 p-3">
          <div className="grid grid-cols-2 gap-3"><Text label="Event" value={String(goal["event"] ?? "")} list={known["events"]} set={(event) => aim({ event })} error={wrong("goal")} /><Duration label="Within, of entering" value={String(goal["within"] ?? "")} set={(within) => aim({ within })} /></div>
          <div className="grid grid-cols-2 gap-3"><Text label="Of the same" value={String(goal["match"] ?? "")} set={(match) => aim({ match })} placeholder="cart_id" /><Text label="Where" value={filters(goal["where"])} set={(value) => aim({ where: value ? tests(value) : undefined })} /></div>
          <Yes label="Reaching it ends the run" value={goal["exit"] === true} set={(on) => aim({ exit: on || undefined })} />
        </section>
      )}
      <h3 className="font-semibold">How much it writes</h3>
      <Yes label="It has a cap of its own" value={caps !== null} set={(on) => put("caps", on ? { messages: 3, per: "7d" } : null)} />
      {caps && <div className="grid grid-cols-2 gap-3"><Num label="Messages to one person" value={typeof caps["messages"] === "number" ? caps["messages"] : null} set={(messages) => put("caps", { ...caps, messages })} error={wrong("caps")} /><Duration label="In any" value={String(caps["per"] ?? "")} set={(per) => put("caps", { ...caps, per })} /></div>}
    </>
  );
}

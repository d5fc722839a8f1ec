/** The builder of a segment: conditions as chips that read as a sentence, with a live count and five people at the side. */

export type Plain = Record<string, unknown> & { kind: string };
export type Known = Record<string, string[]>;
type Fault = { path: string; field: string; message: string };
type Sort = "text" | "number" | "whole" | "duration" | "choice" | "many" | "list" | "yes" | "value" | "instant" | "clock" | "where";
type Field = { name: string; words: string; sort: Sort; of?: string; choices?: [string, string][]; optional?: boolean; usual?: unknown };
export type Variant = { key: string; kind: string; group: string; label: string; fixed?: Record<string, unknown>; marks?: string[]; fields: Field[] };

const WAIT = 400;
const CHANNELS: [string, string][] = [["email", "email"], ["sms", "texts"]];
const OPS: [string, string][] = [
  ["eq", "is"], ["ne", "is not"], ["gt", "is more than"], ["gte", "is at least"], ["lt", "is less than"], ["lte", "is at most"],
  ["in", "is one of"], ["contains", "contains"], ["exists", "is known"],
];
const channel = (words = "with"): Field => ({ name: "channel", words, sort: "choice", choices: CHANNELS, usual: "email" });
const within = (words = "within", optional = true): Field => ({ name: "within", words, sort: "duration", optional, usual: optional ? undefined : "30d" });
const least = (usual?: number): Field => ({ name: "at_least", words: "at least", sort: "number", optional: true, usual });
const most: Field = { name: "at_most", words: "at most", sort: "number", optional: true };

const VARIANTS: Variant[] = [
  { key: "trait", kind: "trait", group: "Who they are", label: "Trait", fields: [
    { name: "trait", words: "", sort: "text", of: "traits", usual: "" }, { name: "op", words: "", sort: "choice", choices: OPS, usual: "eq" },
    { name: "value", words: "", sort: "value", optional: true }] },
  { key: "consent", kind: "consent", group: "Who they are", label: "Consent", fields: [
    { name: "state", words: "", sort: "choice", choices: [["subscribed", "subscribed to"], ["pending", "not yet confirmed"], ["unsubscribed", "unsubscribed from"], ["never", "never asked about"]], usual: "subscribed" },
    channel(""), { name: "purpose", words: "for", sort: "choice", choices: [["marketing", "marketing"], ["transactional", "orders"], ["cart", "carts"]], usual: "marketing" },
    { name: "double_opt_in", words: "confirmed twice", sort: "yes", optional: true }] },
  { key: "segment", kind: "segment", group: "Who they are", label: "In a segment", fields: [{ name: "segment", words: "", sort: "text", of: "segments", usual: "" }] },
  { key: "chance", kind: "chance", group: "Who they are", label: "Drawn by chance", fields: [
    { name: "share", words: "share, 0 to 1", sort: "number", usual: 0.1 }, { name: "salt", words: "draw", sort: "text", optional: true }] },
  { key: "event", kind: "event", group: "What they did", label: "Event", fields: [
    { name: "event", words: "", sort: "text", of: "events", usual: "" }, { ...least(), sort: "whole", words: "at least" }, { ...most, sort: "whole", words: "at most" }, within(),
    { name: "where", words: "where", sort: "where", optional: true }] },
  { key: "product", kind: "product", group: "What they did", label: "Products", marks: ["relation"], fields: [
    { name: "relation", words: "", sort: "choice", choices: [["viewed", "viewed"], ["carted", "put into a cart"], ["bought", "bought"], ["wished", "wished for"]], usual: "viewed" },
    { name: "product", words: "product", sort: "list", of: "products", optional: true }, { name: "category", words: "of category", sort: "list", of: "categories", optional: true }, within()] },
  { key: "purchase", kind: "purchase", group: "What they bought", label: "Number of orders", fields: [least(1), most, within()] },
  { key: "purchase-sum", kind: "purchase", group: "What they bought", label: "Orders come to", fixed: { measure: "sum" }, fields: [least(100), most, within()] },
  { key: "purchase-order", kind: "purchase", group: "What they bought", label: "A single order of", fixed: { measure: "order" }, fields: [least(100), most, within("within", false)] },
  { key: "purchase-age", kind: "purchase", group: "What they bought", label: "Age of an order", marks: ["age_of"], fields: [
    { name: "age_of", words: "", sort: "choice", choices: [["last", "last order"], ["first", "first order"]], usual: "last" },
    { name: "older_than", words: "at least ago", sort: "duration", optional: true, usual: "60d" }, { name: "newer_than", words: "less than ago", sort: "duration", optional: true }] },
  { key: "prediction", kind: "prediction", group: "What they bought", label: "Prediction", marks: ["prediction"], fields: [
    { name: "prediction", words: "", sort: "choice", choices: [["high_value", "high value"], ["lapsing", "lapsing"]], usual: "high_value" }] },
  { key: "prediction-figure", kind: "prediction", group: "What they bought", label: "Figure against everybody", marks: ["measure"], fields: [
    { name: "measure", words: "", sort: "choice", choices: [["revenue_365d", "revenue of 365 days"], ["orders_365d", "orders of 365 days"], ["days_since_order", "days since an order"]], usual: "revenue_365d" },
    { name: "side", words: "is", sort: "choice", choices: [["at_least", "at least"], ["below", "below"]], usual: "at_least" }, { name: "statistic", words: "", sort: "text", of: "statistics", usual: "median_cart" }] },
  { key: "level", kind: "engagement", group: "How they answer", label: "Engagement", marks: ["level"], fields: [
    { name: "level", words: "", sort: "many", choices: [["engaged", "engaged"], ["cooling", "cooling"], ["unengaged", "unengaged"], ["new", "new"], ["none", "not written to"]], usual: ["engaged"] }, channel()] },
  { key: "pattern", kind: "engagement", group: "How they answer", label: "Channels they answer on", marks: ["pattern"], fields: [
    { name: "pattern", words: "", sort: "many", choices: [["both", "both"], ["email_only", "email alone"], ["sms_only", "texts alone"], ["neither", "neither"], ["new", "too new to tell"]], usual: ["both"] }] },
  { key: "responded", kind: "engagement", group: "How they answer", label: "Responded", marks: ["responded_within"], fields: [channel("to"), { name: "responded_within", words: "within", sort: "duration", usual: "30d" }] },
  { key: "delivered", kind: "engagement", group: "How they answer", label: "Delivered", marks: ["delivered_within"], fields: [channel("by"), { name: "delivered_within", words: "within", sort: "duration", usual: "30d" }] },
  { key: "answers", kind: "engagement", group: "How they answer", label: "Count of answers", marks: ["count"], fields: [
    { name: "count", words: "", sort: "choice", choices: ["responses", "clicks", "replies", "opens", "visits", "orders", "delivered"].map((one) => [one, one]), usual: "clicks" }, channel(), { ...least(1), sort: "whole" }, { ...most, sort: "whole" }] },
  { key: "affinity", kind: "affinity", group: "How they answer", label: "Favourite channel", fields: [channel("is")] },
  { key: "date", kind: "date", group: "When it is", label: "Dates", fields: [{ name: "after", words: "from", sort: "instant", optional: true }, { name: "before", words: "until", sort: "instant", optional: true }] },
  { key: "date-clock", kind: "date", group: "When it is", label: "Their weekday and hour", marks: ["weekdays", "from_hour"], fields: [
    { name: "weekdays", words: "on", sort: "many", optional: true, choices: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map((one) => [one, one]), usual: ["mon"] },
    { name: "from_hour", words: "from", sort: "clock", optional: true }, { name: "until_hour", words: "until", sort: "clock", optional: true }] },
  { key: "anniversary", kind: "date", group: "When it is", label: "Anniversary", marks: ["anniversary"], fields: [
    { name: "anniversary", words: "of", sort: "text", of: "traits", usual: "birthday" }, within("within", false)] },
];

function variantOf(one: Plain, more: Variant[]): Variant | undefined {
  const fit = [...more, ...VARIANTS].filter((each) => each.kind === one.kind);
  return (
    fit.find((each) => Object.entries(each.fixed ?? {}).some(([name, value]) => one[name] === value)) ??
    fit.find((each) => each.marks?.some((name) => one[name] !== undefined)) ??
    fit.find((each) => !each.fixed && !each.marks)
  );
}

function fresh(variant: Variant): Plain {
  const found: Plain = { kind: variant.kind, ...variant.fixed };
  for (const field of variant.fields) if (field.usual !== undefined) found[field.name] = structuredClone(field.usual);
  return found;
}

/** Whether the builder shows everything of a condition: one that says more stays as it is written. */
function shows(one: Plain, variant: Variant): boolean {
  const names = new Set(["kind", ...Object.keys(variant.fixed ?? {}), ...variant.fields.map((field) => field.name)]);
  return Object.entries(one).every(([name, value]) => names.has(name) || value === null);
}

function make<K extends keyof HTMLElementTagNameMap>(tag: K, look = "", text = ""): HTMLElementTagNameMap[K] {
  const found = document.createElement(tag);
  if (look) found.className = look;
  if (text) found.textContent = text;
  return found;
}

function pick(choices: [string, string][], chosen: string, label: string): HTMLSelectElement {
  const found = make("select", "select select-xs w-auto max-w-full");
  found.setAttribute("aria-label", label);
  for (const [value, words] of choices) found.add(new Option(words, value, value === chosen, value === chosen));
  return found;
}

/** What somebody wrote as a value: a number, yes or no, else text. */
function valueOf(text: string): unknown {
  const plain = text.trim();
  if (plain === "true" || plain === "false") return plain === "true";
  return plain !== "" && /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : text;
}

export class Builder {
  protected root: Plain;
  private newest = 0;
  private timer = 0;
  /** What can be asked here beside what can be asked of a segment. */
  protected more: Variant[] = [];

  constructor(private form: HTMLElement, private place: HTMLElement, private side: HTMLElement, private field: HTMLTextAreaElement, known: Known) {
    const written = JSON.parse(field.value || "null") as Plain | null;
    this.root = written && ["all", "any"].includes(written.kind) ? written : { kind: "all", of: written ? [written] : [] };
    for (const [name, values] of Object.entries(known)) {
      const list = make("datalist");
      list.id = `known-${name}`;
      for (const value of values) list.append(new Option(value, value));
      form.append(list);
    }
  }

  draw(focus = ""): void {
    this.place.replaceChildren(this.group(this.root, "", null));
    this.changed();
    if (focus) this.place.querySelector<HTMLElement>(`[data-at="${focus}"] :is(input, select)`)?.focus();
  }

  /** The definition into the form, and what it comes to. */
  changed(): void {
    this.field.value = JSON.stringify(this.root);
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.count(), WAIT);
  }

  faults(all: Fault[]): void {
    for (const old of this.place.querySelectorAll("[data-fault]")) old.remove();
    for (const bad of this.place.querySelectorAll("[aria-invalid]")) bad.removeAttribute("aria-invalid");
    for (const fault of all) {
      const chip = this.place.querySelector<HTMLElement>(`[data-at="${fault.path || "root"}"]`);
      if (!chip) continue;
      const message = make("p", "field-error w-full", fault.message);
      message.dataset["fault"] = "";
      message.id = `fault-${fault.path}-${fault.field}`;
      const field = chip.querySelector<HTMLElement>(`[data-name="${fault.field}"]`);
      field?.setAttribute("aria-invalid", "true");
      field?.setAttribute("aria-describedby", message.id);
      chip.append(message);
    }
  }

  private async count(): Promise<void> {
    const turn = ++this.newest;
    this.side.setAttribute("aria-busy", "true");
    const answer = await fetch("/audiences/preview", { method: "POST", body: new URLSearchParams(new FormData(this.form as HTMLFormElement) as never) });
    if (turn !== this.newest) return;
    this.side.removeAttribute("aria-busy");
    if (!answer.ok) {
      this.side.textContent = "It could not be counted just now.";
      return;
    }
    const told = (await answer.json()) as { html: string; errors: Fault[] };
    this.side.innerHTML = told.html; // made by our own templates, which escape
    this.faults(told.errors);
  }

  private group(node: Plain, path: string, remove: (() => void) | null): HTMLElement {
    const of = node["of"] as Plain[];
    const box = make("div", "flex min-w-0 flex-col gap-2 rounded-box border border-base-300 p-3");
    box.dataset["at"] = path || "root";
    const head = make("div", "flex flex-wrap items-center gap-2");
    const choice = pick([["all", "all of these"], ["any", "any of these"]], node.kind, "How the conditions count");
    choice.addEventListener("change", () => {
      node.kind = choice.value;
      this.draw(path || "root");
    });
    head.append(make("span", "muted", path ? "" : "Everybody for whom"), choice, make("span", "muted", of.length ? (of.length === 1 ? "holds" : "hold") : node.kind === "all" ? "hold: everybody" : "hold: nobody"));
    if (remove) head.append(this.remove(remove, "this group"));
    box.append(head);
    of.forEach((_, index) => {
      const at = path ? `${path}.${index}` : `${index}`;
      if (index) box.append(make("span", "muted pl-1", node.kind === "all" ? "and" : "or"));
      box.append(this.part(of, index, at));
    });
    box.append(this.adding(of, path));
    return box;
  }

  /** What stands in a group: a chip or a group, negated or not. */
  private part(of: Plain[], index: number, at: string): HTMLElement {
    const outer = of[index]!;
    const negated = outer.kind === "not";
    const inner = negated ? (outer["of"] as Plain) : outer;
    const path = negated ? `${at}.n` : at;
    const remove = (): void => {
      of.splice(index, 1);
      this.draw(at.includes(".") ? at.slice(0, at.lastIndexOf(".")) : "root");
    };
    const flip = make("button", "btn btn-ghost btn-xs aria-pressed:bg-base-300", "not");
    flip.type = "button";
    flip.setAttribute("aria-pressed", String(negated));
    flip.title = "Turn it around";
    flip.addEventListener("click", () => {
      of[index] = negated ? inner : { kind: "not", of: outer };
      this.draw(at);
    });
    if (inner.kind === "all" || inner.kind === "any") {
      const box = this.group(inner, path, remove);
      box.firstElementChild!.prepend(flip);
      return box;
    }
    const chip = make("div", "flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1 rounded-box border border-base-300 bg-base-100 px-2 py-1");
    chip.dataset["at"] = path;
    chip.setAttribute("role", "group");
    chip.append(flip);
    const variant = variantOf(inner, this.more);
    if (!variant || !shows(inner, variant)) {
      chip.append(make("code", "id break-all", JSON.stringify(inner)));
    } else {
      chip.setAttribute("aria-label", variant.label);
      chip.append(make("span", "font-medium", variant.label));
      for (const field of variant.fields) {
        const asks = field.name !== "value" || inner["op"] !== "exists" || inner["value"] !== undefined;
        if (asks) chip.append(this.labelled(inner, field));
      }
    }
    chip.append(this.remove(remove, variant?.label ?? "this condition"));
    return chip;
  }

  private remove(act: () => void, what: string): HTMLElement {
    const found = make("button", "btn btn-ghost btn-xs btn-square ml-auto", "×");
    found.type = "button";
    found.setAttribute("aria-label", `Take out ${what}`);
    found.addEventListener("click", act);
    return found;
  }

  private adding(of: Plain[], path: string): HTMLElement {
    const select = make("select", "select select-xs w-auto max-w-full self-start");
    select.setAttribute("aria-label", "Add a condition");
    select.add(new Option("Add a condition…", ""));
    const groups = new Map<string, HTMLOptGroupElement>();
    for (const variant of [...this.more, ...VARIANTS]) {
      if (!groups.has(variant.group)) {
        const found = make("optgroup");
        found.label = variant.group;
        groups.set(variant.group, found);
        select.add(found);
      }
      groups.get(variant.group)!.append(new Option(variant.label, variant.key));
    }
    const nested = make("optgroup");
    nested.label = "Put together";
    nested.append(new Option("Group", "group"));
    select.add(nested);
    select.addEventListener("change", () => {
      const variant = [...this.more, ...VARIANTS].find((each) => each.key === select.value);
      of.push(variant ? fresh(variant) : { kind: "any", of: [] });
      this.draw(path ? `${path}.${of.length - 1}` : `${of.length - 1}`);
    });
    return select;
  }

  private labelled(node: Plain, field: Field): HTMLElement {
    const label = make("label", "flex min-w-0 max-w-full flex-wrap items-center gap-1");
    if (field.words) label.append(make("span", "muted", field.words));
    const input = this.input(node, field);
    input.dataset["name"] = field.name;
    label.append(input);
    return label;
  }

  private set(node: Plain, field: Field, value: unknown): void {
    if (value === "" || value === undefined || (Array.isArray(value) && !value.length && field.optional)) {
      if (field.optional) delete node[field.name];
      else node[field.name] = field.sort === "number" || field.sort === "whole" ? null : value ?? "";
    } else node[field.name] = value;
    this.changed();
  }

  private input(node: Plain, field: Field): HTMLElement {
    const value = node[field.name];
    const label = field.words || field.name.replace("_", " ");
    if (field.sort === "choice") {
      const found = pick(field.choices!, String(value ?? field.usual), label);
      found.addEventListener("change", () => {
        this.set(node, field, found.value);
        if (field.name === "op") {
          delete node["value"];
          const at = found.closest<HTMLElement>("[data-at]")?.dataset["at"] ?? "";
          this.draw(); // makes all of it anew, the field that has the focus too
          this.place.querySelector<HTMLElement>(`[data-at="${at}"] [data-name="op"]`)?.focus();
        }
      });
      return found;
    }
    if (field.sort === "many") {
      const box = make("span", "flex flex-wrap gap-1");
      const chosen = new Set(Array.isArray(value) ? (value as string[]) : value ? [String(value)] : []);
      for (const [name, words] of field.choices!) {
        const each = make("button", "btn btn-xs aria-pressed:bg-base-content aria-pressed:text-base-100", words);
        each.type = "button";
        each.setAttribute("aria-pressed", String(chosen.has(name)));
        each.addEventListener("click", (event) => {
          event.preventDefault();
          if (chosen.has(name)) chosen.delete(name);
          else chosen.add(name);
          each.setAttribute("aria-pressed", String(chosen.has(name)));
          this.set(node, field, field.choices!.map(([one]) => one).filter((one) => chosen.has(one)));
        });
        box.append(each);
      }
      return box;
    }
    if (field.sort === "yes") {
      const found = make("input", "checkbox checkbox-xs");
      found.type = "checkbox";
      found.checked = value === true;
      found.setAttribute("aria-label", label);
      found.addEventListener("change", () => this.set(node, field, found.checked || undefined));
      return found;
    }
    return this.written(node, field, label);
  }

  private written(node: Plain, field: Field, label: string): HTMLElement {
    const value = node[field.name];
    const found = make("input", "input input-xs");
    found.setAttribute("aria-label", label);
    const many = field.sort === "list" || (field.sort === "value" && node["op"] === "in");
    const numeric = field.sort === "number" || field.sort === "whole";
    found.value = field.sort === "where" ? filters(value) : Array.isArray(value) ? value.join(", ") : value === undefined || value === null ? "" : String(value);
    found.size = numeric || field.sort === "duration" ? 6 : field.sort === "where" ? 22 : 14;
    if (numeric) {
      found.type = "number";
      found.min = "0";
      found.step = field.sort === "whole" ? "1" : "any";
      if (field.sort === "whole") found.placeholder = "times";
      found.classList.add("w-20");
    } else found.classList.add(field.sort === "duration" ? "w-20" : field.sort === "where" ? "w-56" : "w-36");
    if (field.sort === "clock") found.type = "time";
    if (field.sort === "duration") found.placeholder = field.optional ? "any time" : "30d";
    if (field.sort === "instant") found.placeholder = "2026-11-27T00:00:00Z";
    if (field.sort === "where") found.placeholder = "price > 50, color = red";
    if (field.of) found.setAttribute("list", `known-${field.of}`);
    found.addEventListener("input", () => {
      const text = found.value;
      let told: unknown = text;
      if (numeric) told = text === "" ? "" : Number(text);
      else if (field.sort === "where") told = tests(text);
      else if (many) told = text.split(",").map((one) => one.trim()).filter(Boolean).map((one) => (field.sort === "value" ? valueOf(one) : one));
      else if (field.sort === "value") told = valueOf(text);
      this.set(node, field, told);
    });
    return found;
  }
}

const SIGNS: [string, string][] = [[">=", "gte"], ["<=", "lte"], ["!=", "ne"], [">", "gt"], ["<", "lt"], ["=", "eq"], ["~", "contains"]];

/** ``price > 50, color = red`` → property filters. */
export function tests(text: string): unknown[] {
  return text.split(",").map((one) => one.trim()).filter(Boolean).map((one) => {
    const sign = SIGNS.find(([each]) => one.includes(each));
    if (!sign) return { prop: one, op: "exists" };
    const place = one.indexOf(sign[0]);
    return { prop: one.slice(0, place).trim(), op: sign[1], value: valueOf(one.slice(place + sign[0].length).trim()) };
  });
}

export function filters(value: unknown): string {
  if (!Array.isArray(value)) return "";
  return (value as { prop: string; op?: string; value?: unknown }[])
    .map((one) => (one.op === "exists" ? one.prop : `${one.prop} ${SIGNS.find(([, op]) => op === (one.op ?? "eq"))?.[0] ?? "="} ${String(one.value)}`))
    .join(", ");
}

export function watchSegments(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-segment]");
  const field = form?.querySelector<HTMLTextAreaElement>("[data-who]");
  const place = form?.querySelector<HTMLElement>("[data-builder]");
  const side = form?.querySelector<HTMLElement>("[data-side]");
  if (!form || !field || !place || !side) return;
  field.hidden = true;
  const builder = new Builder(form, place, side, field, JSON.parse(form.dataset["known"] || "{}") as Known);
  builder.draw();
  builder.faults(JSON.parse(form.dataset["faults"] || "[]") as Fault[]);
}

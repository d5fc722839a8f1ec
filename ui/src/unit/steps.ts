/** The steps of a unit as elements. Errors stand at their fields; what was typed stays. */

import { drawing, h } from "./dom";
import type { Definition, State, Step, Surroundings, TextWay } from "./kinds";

export type Typed = Record<string, string>;

export interface Acts {
  send(fields: Typed): void;
  skip(): void;
  sent(): void;
  close(): void;
}

/** The field that nobody sees; see signup.submit.TRAP. */
const TRAP = "company_site";

function below(name: string, errors: Record<string, string>): HTMLElement | null {
  return errors[name] ? h("p", { id: `${name}-error`, class: "error" }, errors[name]) : null;
}

function invalid(name: string, errors: Record<string, string>): Record<string, string> {
  return errors[name] ? { "aria-invalid": "true", "aria-describedby": `${name}-error` } : {};
}

/** A text of the unit's own with its places filled in. */
export function say(unit: Definition, key: string, values: Record<string, string> = {}): string {
  return (unit.words[key] ?? "").replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
}

function words(step: Step): (Node | string)[] {
  return (step.consent ?? []).map(([text, url]) =>
    url ? h("a", { href: url, target: "_blank", rel: "noopener" }, text) : text,
  );
}

function consent(step: Step, state: State, typed: Typed): HTMLElement {
  if (!step.box) return h("p", { class: "small" }, ...words(step));
  const box = h("input", { type: "checkbox", name: "agreed", value: "yes", ...invalid("agreed", state.errors) });
  if (typed["agreed"] === "yes") (box as HTMLInputElement).checked = true; // only what the visitor ticked before an error
  const label = h("label", { class: "agree small" }, box, h("span", {}, ...words(step)));
  return h("div", {}, label, below("agreed", state.errors));
}

function email(unit: Definition, state: State, typed: Typed): HTMLElement {
  const field = h("input", {
    id: "email",
    name: "email",
    type: "email",
    autocomplete: "email",
    inputmode: "email",
    value: typed["email"] ?? "",
    required: true,
    ...invalid("email", state.errors),
  });
  return h("div", {}, h("label", { for: "email" }, say(unit, "email")), field, below("email", state.errors));
}

/** (212) 555-0187 as it is typed; other countries' numbers are left as their people write them. */
function grouped(value: string): string {
  if (!/^[\d\s().-]*$/.test(value)) return value;
  const d = value.replace(/\D/g, "").slice(0, 10);
  return d.length < 4 ? d : d.length < 7 ? `(${d.slice(0, 3)}) ${d.slice(3)}` : `(${d.slice(0, 3)}) ${d.slice(3, 6)}-${d.slice(6)}`;
}

function phone(unit: Definition, state: State, typed: Typed, country: string): HTMLElement {
  const known = unit.countries.find((one) => one.code === (typed["country"] ?? country)) ?? unit.countries[0]!;
  const field = h("input", {
    id: "phone",
    name: "phone",
    type: "tel",
    autocomplete: unit.countries.length > 1 ? "tel-national" : "tel",
    inputmode: "tel",
    value: typed["phone"] ?? "",
    placeholder: known.example,
    required: true,
    ...invalid("phone", state.errors),
  }) as HTMLInputElement;
  let dial = known.dial;
  field.addEventListener("input", (event) => {
    // only behind what is typed: a caret in the middle must not jump
    const deleting = (event as InputEvent).inputType?.startsWith("delete");
    if (dial === "+1" && !deleting && field.selectionStart === field.value.length) field.value = grouped(field.value);
  });
  if (unit.countries.length === 1) {
    const hidden = h("input", { type: "hidden", name: "country", value: known.code });
    return h("div", {}, hidden, h("label", { for: "phone" }, say(unit, "mobile")), field, below("phone", state.errors));
  }
  const options = unit.countries.map((one) =>
    h("option", { value: one.code, selected: one === known }, `${one.name} (${one.dial})`),
  );
  const select = h("select", {
    id: "country",
    name: "country",
    autocomplete: "country",
    change(event) {
      const found = unit.countries.find((one) => one.code === (event.target as HTMLSelectElement).value);
      field.placeholder = found?.example ?? "";
      dial = found?.dial ?? "";
    },
  }, ...options);
  const number = h(
    "div",
    { class: "number" },
    h("div", {}, h("label", { for: "country" }, say(unit, "country")), select),
    h("div", {}, h("label", { for: "phone" }, say(unit, "mobile")), field),
  );
  return h("div", {}, number, below("phone", state.errors));
}

function preference(step: Step, state: State): HTMLElement {
  const choices = (step.choices ?? []).map(([value, text]) =>
    h("label", { class: "choice" }, h("input", { type: "radio", name: "preference", value }), text),
  );
  const legend = h("legend", {}, step.title);
  return h("fieldset", invalid("preference", state.errors), legend, ...choices, below("preference", state.errors));
}

function form(around: Surroundings, unit: Definition, step: Step, state: State, typed: Typed, acts: Acts): HTMLElement {
  const asked =
    step.step === "email"
      ? email(unit, state, typed)
      : step.step === "phone"
        ? phone(unit, state, typed, around.country)
        : preference(step, state);
  return h(
    "form",
    {
      novalidate: true,
      submit(event) {
        event.preventDefault();
        const data = new FormData(event.target as HTMLFormElement);
        acts.send(Object.fromEntries([...data].map(([name, value]) => [name, String(value)])));
      },
    },
    h("div", { class: "trap", "aria-hidden": "true" }, h("input", { name: TRAP, tabindex: -1, autocomplete: "off" })),
    asked,
    step.consent && consent(step, state, typed),
    h("button", {}, step.button),
  );
}

/** Two taps: the visitor's own phone opens its messages with a text that is ready to be sent. */
function twoTap(unit: Definition, way: TextWay, step: Step, typing: HTMLElement, open: boolean, acts: Acts): HTMLElement {
  return h(
    "div",
    {},
    h("p", { class: "small" }, ...words(step)),
    h("a", { class: "go", href: way.href, click: () => setTimeout(acts.sent, 800) }, say(unit, "text_to", { keyword: way.keyword })),
    h("details", { open }, h("summary", {}, say(unit, "type_instead")), typing),
  );
}

function scan(unit: Definition, way: TextWay): HTMLElement {
  const code = drawing(way.qr) as Element;
  code.setAttribute("role", "img");
  code.setAttribute("aria-label", say(unit, "qr", { body: way.body, number: way.number }));
  const [before, after] = say(unit, "scan", { body: "\0", number: way.number }).split("\0");
  const how = h("p", { class: "small" }, before, h("strong", {}, way.body), after);
  return h("div", { class: "scan" }, code, how);
}

function done(unit: Definition, step: Step, gave: Set<string>, acts: Acts): (HTMLElement | null)[] {
  const todo: string[] = [];
  if (gave.has("email") && unit.confirm.email) todo.push(say(unit, "open_mail"));
  if (gave.has("sms") && unit.confirm.sms) todo.push(say(unit, "answer_yes"));
  // who joins by a text of their own is asked for a YES as well, where their words name more than one thing
  if (step.code && gave.size) todo.push(say(unit, todo.length || gave.has("text") ? "code_after" : "code_coming"));
  const coupon = step.coupon
    ? h("button", { class: "coupon", type: "button", "aria-label": say(unit, "copy_code", { code: step.coupon }), click: copy }, step.coupon)
    : null;
  function copy(): void {
    void navigator.clipboard?.writeText(step.coupon ?? "").then(() => {
      told.textContent = say(unit, "copied");
    });
  }
  const told = h("p", { class: "small", role: "status" });
  const list = todo.length ? h("ul", {}, ...todo.map((one) => h("li", {}, one))) : null;
  const end = step.url
    ? h("a", { class: "go", href: step.url }, step.button)
    : unit.kind === "embedded"
      ? null
      : h("button", { type: "button", click: acts.close }, step.button);
  return [coupon, coupon && told, list, end];
}

/** What stands in a unit at a step; the heading takes the focus, so that a screen reader says where it is. */
export function content(
  around: Surroundings, unit: Definition, step: Step, state: State, typed: Typed, gave: Set<string>, acts: Acts,
): (HTMLElement | null)[] {
  const head = h("h2", { id: "title", tabindex: -1 }, step.title);
  const text = step.text ? h("p", {}, step.text) : null;
  if (step.step === "done") return [head, text, ...done(unit, step, gave, acts)];
  const wrong = state.errors["form"] ? h("p", { class: "error", role: "alert" }, state.errors["form"]) : null;
  const filled = form(around, unit, step, state, typed, acts);
  const way = step.step === "phone" ? state.text : null;
  const skip =
    step.skip && (unit.kind !== "embedded" || step.step !== unit.steps[0]!.step)
      ? h("button", { class: "plain", type: "button", click: acts.skip }, step.skip)
      : null;
  const tried = Object.keys(state.errors).length > 0;
  if (way && around.phone) return [head, text, wrong, twoTap(unit, way, step, filled, tried, acts), skip];
  return [head, text, wrong, filled, way ? scan(unit, way) : null, skip];
}

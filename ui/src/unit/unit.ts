/** Draws one sign-up unit in a shop's page, inside a shadow root: a modal popup, a flyout in a corner, or in its place. */

import { h } from "./dom";
import type { Definition, Draw, State, Step, Surroundings } from "./kinds";
import { type Acts, type Typed, content, say } from "./steps";
import { dress, style } from "./style";
import { solve } from "./work";

const CHANNEL = { email: "email", phone: "sms" } as const;

async function ask<T>(url: string, body: object): Promise<T> {
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "text/plain" } });
  const content = await answer.json();
  if (!answer.ok) throw new Error(`${content.error} ${content.hint}`.trim());
  return content;
}

const draw: Draw = async (around) => {
  const opened =
    around.preview ??
    (await ask<Definition & State>(`${around.home}/v1/units/${around.slug}/open`, {
      device: around.device,
      page: around.page,
    }).catch(() => null));
  if (!opened) return around.closed();
  show(around, opened);
};

function show(around: Surroundings, opened: Definition & State): void {
  const unit: Definition = opened;
  const unreached = { form: say(unit, "unreached") };
  let state: State = opened;
  let typed: Typed = {};
  let busy = false;
  const gave = new Set<string>();
  const host = h("div", { "data-antiphon": unit.unit, lang: unit.language });
  const root = host.attachShadow({ mode: "open" });
  dress(root, style(unit));
  const picture = unit.theme.image ? h("img", { src: unit.theme.image, alt: unit.theme.image_words }) : null;
  const inside = h("div", { class: "in" });
  const embedded = unit.kind === "embedded" || unit.kind === "page";
  const flyout = unit.kind === "flyout";
  const close = h("button", { class: "close", type: "button", "aria-label": say(unit, "close"), click: () => end() }, "×");
  const box = embedded
    ? h("section", { class: "unit", "aria-labelledby": "title" }, picture, inside)
    : h(
        "dialog",
        { class: `unit ${flyout ? "flyout" : picture ? "wide" : ""}`, "aria-labelledby": "title" },
        picture,
        inside,
        close,
      );
  root.append(box);
  (around.place ?? document.body).append(host);
  const work = unit.work && !around.preview ? solve(state.challenge, unit.work) : null;

  const acts: Acts = {
    send: (fields) => void send({ ...fields }),
    skip: () => void skip(),
    sent: () => void skip("sms"),
    close: () => end(),
  };

  /** The steps that this visitor need not be asked. */
  function needless(step: string): boolean {
    const channel = CHANNEL[step as keyof typeof CHANNEL];
    return channel !== undefined && around.has.includes(channel) && !around.preview;
  }

  function paint(focus: boolean): void {
    const step = unit.steps.find((one) => one.step === state.step) as Step;
    inside.replaceChildren(...(content(around, unit, step, state, typed, gave, acts).filter(Boolean) as HTMLElement[]));
    const wrong = inside.querySelector<HTMLElement>("[aria-invalid]");
    if (wrong) wrong.focus();
    else if (focus) inside.querySelector("h2")?.focus();
    if (state.step === "done" && gave.size) around.done();
  }

  async function send(fields: Typed): Promise<void> {
    if (busy) return;
    busy = true;
    const button = inside.querySelector<HTMLButtonElement>("form button");
    if (button) button.disabled = true;
    const asked = state.step;
    try {
      if (work) fields["work"] = await work;
      const answer = await next(asked, fields);
      typed = Object.keys(answer.errors).length ? fields : {};
      state = answer;
      if (!Object.keys(answer.errors).length) given(asked);
    } catch (error) {
      typed = fields;
      state = { ...state, errors: error instanceof TypeError ? unreached : { form: (error as Error).message } };
    }
    busy = false;
    paint(true);
  }

  function given(step: string): void {
    const channel = CHANNEL[step as keyof typeof CHANNEL];
    if (!channel) return;
    gave.add(channel);
    around.gave(channel);
  }

  async function skip(sentBy?: "sms"): Promise<void> {
    if (busy) return;
    busy = true;
    try {
      state = await next(state.step, { skip: "yes" });
      if (sentBy) {
        gave.add("text");
        around.gave(sentBy);
      }
      typed = {};
    } catch {
      state = { ...state, errors: unreached };
    }
    busy = false;
    if (state.step === "done" && !gave.size && !embedded && !Object.keys(state.errors).length) return end();
    paint(true);
  }

  /** Hand a step in; what need not be asked of this visitor is passed over. */
  async function next(step: string, fields: Typed): Promise<State> {
    let answer: State;
    if (around.preview) {
      const at = unit.steps.findIndex((one) => one.step === step);
      answer = { ...state, step: unit.steps[at + 1]?.step ?? "done", errors: {} };
    } else {
      const url = `${around.home}/v1/units/${unit.unit}`;
      answer = await ask<State>(url, { ...fields, step, flow: state.flow });
    }
    if (!Object.keys(answer.errors).length && needless(answer.step)) {
      state = answer;
      return next(answer.step, { skip: "yes" });
    }
    return answer;
  }

  let over = false;
  function end(): void {
    if (over) return;
    over = true;
    if (box instanceof HTMLDialogElement && box.open) box.close(); // gives the focus back to where it was
    host.remove();
    around.closed();
  }

  box.addEventListener("close", () => end());
  box.addEventListener("cancel", () => end());
  // pressing beside a popup closes it, pulling the mouse out of a field does not
  box.addEventListener("mousedown", (event) => event.target === box && !flyout && outside(event as MouseEvent) && end());
  function outside({ clientX: x, clientY: y }: MouseEvent): boolean {
    const { left, right, top, bottom } = box.getBoundingClientRect();
    return x < left || x > right || y < top || y > bottom;
  }
  if (flyout) box.addEventListener("keydown", (event) => (event as KeyboardEvent).key === "Escape" && end());

  async function begin(): Promise<void> {
    while (needless(state.step)) state = await next(state.step, { skip: "yes" });
    if (state.step === "done" && !around.preview) return end();
    paint(false);
    if (box instanceof HTMLDialogElement) {
      if (flyout) box.setAttribute("open", ""); // beside the page, so it takes no focus from it
      else if (around.preview) {
        box.inert = true; // whoever types into the editor keeps the focus
        box.showModal();
        box.inert = false;
      } else {
        box.showModal();
        inside.querySelector("h2")?.focus();
      }
    }
    around.shown();
  }
  begin().catch(() => end());
}

(window as unknown as { antiphonUnit: Draw }).antiphonUnit = draw;

/** The editor's preview: a page that carries a unit instead of asking for it. */
const carried = document.getElementById("antiphon-preview");
if (carried) {
  const preview = JSON.parse(carried.textContent ?? "") as Definition & State & { phone: boolean };
  const place = document.getElementById("place");
  const nothing = () => undefined;
  void draw({
    home: "",
    slug: preview.unit,
    device: "",
    has: [],
    country: "",
    page: "",
    phone: preview.phone,
    ...(place && (preview.kind === "embedded" || preview.kind === "page") && { place }),
    preview,
    shown: nothing,
    gave: nothing,
    done: nothing,
    closed: nothing,
  });
}

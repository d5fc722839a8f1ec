/** The editor: the journey as a graph or a list, what is wrong with it, and the panel beside it. */

import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { post, useCounts, useDraft } from "./draft";
import { GraphView } from "./graph";
import { ListView } from "./list";
import { HeadPanel, SourcePanel, StepPanel } from "./panel";
import { Button, Codes, Icon, TYPES, typeName } from "./parts";
import { type Facts, NO_COUNTS, type Problem, type Slot, TRIGGER } from "./types";

export function useNarrow(): boolean {
  const query = useMemo(() => window.matchMedia("(width < 48rem)"), []);
  const [narrow, set] = useState(query.matches);
  useEffect(() => {
    const look = (): void => set(query.matches);
    query.addEventListener("change", look);
    return () => query.removeEventListener("change", look);
  }, [query]);
  return narrow;
}

/** A modal that the browser itself guards: the focus stays in it, escape closes it. */
export function Dialog({ title, close, children }: { title: string; close: () => void; children: ReactNode }): ReactNode {
  const at = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (!at.current?.open) at.current?.showModal();
    at.current?.querySelector<HTMLElement>("[data-first]")?.focus();
  }, []);
  return (
    <dialog ref={at} className="modal" aria-label={title} onClose={close} onClick={(event) => { if (event.target === at.current) close(); }}>
      <div className="modal-box max-w-xl"><div className="mb-3 flex items-center justify-between gap-2"><h2 className="font-semibold">{title}</h2><Button icon="x" look="btn-ghost" label="Close" act={close} /></div>{children}</div>
    </dialog>
  );
}

function Adding({ types, pick, close }: { types: string[]; pick: (type: string) => void; close: () => void }): ReactNode {
  const icons: Record<string, string> = { message: "send", wait: "clock", branch: "split", split: "git-fork", offer: "ticket-percent", enter: "corner-down-right", exit: "log-out", recover: "life-buoy", update: "user-pen", call: "webhook" };
  const order = [...Object.keys(TYPES).filter((one) => types.includes(one)), ...types.filter((one) => !(one in TYPES))];
  return (
    <Dialog title="Add a step" close={close}>
      <ul className="flex flex-col">
        {order.map((type, n) => (
          <li key={type}><button type="button" data-first={n === 0 ? "" : undefined} className="flex w-full items-start gap-3 rounded-field px-2 py-2 text-left hover:bg-base-200" onClick={() => pick(type)}>
            <span className="muted mt-0.5 flex"><Icon name={icons[type] ?? "circle-dot"} /></span><span className="min-w-0"><span className="font-medium">{typeName(type)}</span><span className="muted block">{TYPES[type]?.[1] ?? ""}</span></span></button></li>
        ))}
      </ul>
    </Dialog>
  );
}

function Review({ slug, csrf, close }: { slug: string; csrf: string; close: () => void }): ReactNode {
  const [body, set] = useState("");
  const [refused, refuse] = useState("");
  useEffect(() => {
    void post(`/journeys/${slug}/review`, csrf, {}).then(({ ok, body: found }) => (ok ? set(String(found["html"])) : refuse(`${String(found["error"])} ${String(found["hint"])}`)));
  }, [slug, csrf]);
  const publish = (button: HTMLButtonElement): void => {
    button.disabled = true;
    refuse("");
    void post(`/journeys/${slug}/publish`, csrf, { activate: button.dataset["publish"]! }).then(({ ok, body: found }) => {
      if (ok) window.location.assign(String(found["address"]));
      else {
        refuse(`${String(found["error"])} ${String(found["hint"] ?? "")}`);
        button.disabled = false;
      }
    });
  };
  return (
    <Dialog title="Look over and publish" close={close}>
      {!body && !refused && <p className="muted">Looking at what changes…</p>}
      <div onClick={(event) => { const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>("[data-publish]") : null; if (button) publish(button); }} dangerouslySetInnerHTML={useMemo(() => ({ __html: body }), [body])} />
      {refused && <p className="mt-3 text-bad break-words whitespace-pre-line" role="alert"><Icon name="circle-alert" /> {refused}</p>}
    </Dialog>
  );
}

export function byStep(problems: Problem[]): Map<string, Problem[]> {
  const found = new Map<string, Problem[]>();
  for (const one of problems) found.set(one.step, [...(found.get(one.step) ?? []), one]);
  return found;
}

type Side = { show: "step"; step: string } | { show: "file" } | null;

export function Editor({ facts, csrf }: { facts: Facts; csrf: string }): ReactNode {
  const draft = useDraft(facts, csrf);
  const { state } = draft;
  const narrow = useNarrow();
  const [side, setSide] = useState<Side>(null);
  const [adding, setAdding] = useState<{ behind: string; slot: Slot } | null>(null);
  const [reviewing, review] = useState(false);
  const [said, say] = useState("");
  const base = state.base ?? 0;
  const live = base > 0;
  const counts = useCounts(facts.slug, base, live);
  const problems = useMemo(() => byStep(state.problems), [state.problems]);
  const actions = useMemo(() => document.querySelector("[data-actions]"), []);
  const errors = state.problems.filter((one) => !one.warning).length;
  const chosen = side?.show === "step" ? side.step : null;
  const step = chosen ? state.steps.find((one) => one.id === chosen) : undefined;

  const focus = (id: string): void => {
    window.setTimeout(() => document.querySelector<HTMLElement>(`[data-step="${CSS.escape(id)}"]`)?.focus({ preventScroll: true }), 30);
  };
  const open = (id: string): void => {
    setSide({ show: "step", step: id });
    window.setTimeout(() => document.querySelector<HTMLElement>(".canvas-side [data-fields] :is(input, select, textarea)")?.focus({ preventScroll: true }), 30);
  };
  const close = (): void => {
    const was = chosen;
    setSide(null);
    if (was !== null) focus(was);
  };
  const remove = (id: string): void => {
    const parent = state.steps.find((one) => one.ways.some((way) => way.to === id))?.id ?? TRIGGER;
    void draft.send({ do: "remove", step: id }).then((sent) => {
      if ("error" in sent) return say(sent.error);
      setSide(null);
      say(sent.also.length ? `Removed, along with ${sent.also.length} ${sent.also.length === 1 ? "step" : "steps"} that nobody could come to any more` : "Removed");
      focus(parent);
    });
  };
  const back = (which: "undo" | "redo"): void => {
    void draft[which]().then((sent) => {
      if (!sent) return say(which === "undo" ? "Nothing to undo" : "Nothing to redo");
      say("error" in sent ? sent.error : which === "undo" ? "Undone" : "Done again");
      if (!("error" in sent) && chosen && !sent.state.steps.some((one) => one.id === chosen)) setSide(null);
    });
  };
  const keys = useRef({ back, close, side, adding, reviewing });
  keys.current = { back, close, side, adding, reviewing };
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const { back: go, close: shut, side: at, adding: a, reviewing: r } = keys.current;
      if (a || r) return;
      const typing = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      const control = event.ctrlKey || event.metaKey;
      if (control && !typing && event.key.toLowerCase() === "z") {
        event.preventDefault();
        go(event.shiftKey ? "redo" : "undo");
      } else if (control && !typing && event.key.toLowerCase() === "y") {
        event.preventDefault();
        go("redo");
      } else if (event.key === "Escape" && at && !typing) shut();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  useEffect(() => {
    const name = document.querySelector("[data-name]");
    if (name && state.head.values["name"]) name.textContent = String(state.head.values["name"]);
  }, [state.head]);

  const acts = { open, add: (behind: string, slot: Slot) => setAdding({ behind, slot }), remove };
  const lookOver = (): void => {
    if (!errors) return review(true);
    // what keeps it from running comes first: the first of it takes the focus, and says what to do
    say(`${errors} ${errors === 1 ? "thing keeps" : "things keep"} it from running`);
    const list = document.querySelector<HTMLElement>("[data-problems] [data-error]");
    if (!list) return setSide({ show: "file" });
    list.scrollIntoView({ block: "nearest" });
    list.focus();
  };
  const pick = (type: string): void => {
    const at = adding!;
    setAdding(null);
    void draft.send({ do: "add", type, behind: at.behind, slot: at.slot }).then((sent) => {
      if ("error" in sent) return say(sent.error);
      say(`${typeName(type)} added`);
      open(sent.step);
    });
  };
  const shown = { state, counts: live ? counts : NO_COUNTS, live, chosen, acts, problems };
  return (
    <div className={`canvas-editor ${side ? "has-side" : ""}`}>
      {actions && createPortal(
        <>
          <span className="muted max-sm:hidden" aria-hidden="true">{draft.saving ? "Saving…" : state.saved ? "Draft saved" : base ? `As version ${base}` : ""}</span>
          <Button icon="undo-2" label="Undo" title="Undo (Ctrl+Z)" act={() => back("undo")} off={!draft.past} />
          <Button icon="redo-2" label="Redo" title="Redo (Ctrl+Y)" act={() => back("redo")} off={!draft.future} />
          <Button icon="code" label="File" words act={() => setSide(side?.show === "file" ? null : { show: "file" })} />
          {state.saved && <form method="post" action={`/journeys/${facts.slug}/discard`}><input type="hidden" name="csrf" value={csrf} /><Button icon="trash-2" label="Drop draft" act={() => { if (window.confirm("Drop this draft? What you have changed is gone then.")) document.querySelector<HTMLFormElement>(`form[action="/journeys/${facts.slug}/discard"]`)?.submit(); }} /></form>}
          <Button icon="upload" label="Look over and publish" words look="btn-primary" act={lookOver} off={!state.saved} title={!state.saved ? "Nothing has changed" : errors ? "First mend what keeps it from running" : "Look over and publish"} />
        </>,
        actions,
      )}
      <div className="flex min-w-0 flex-1 flex-col gap-3">
        {(draft.error || !state.readable) && <p className="panel flex gap-2 p-3 text-bad" role="alert"><Icon name="circle-alert" look="mt-0.5" /> <span className="min-w-0 break-words">{draft.error || `The file cannot be read; the canvas shows it as it was. ${state.problems[0]?.what ?? ""}`}</span></p>}
        {state.steps.length === 0 && <p className="muted">Add the first step: the plus below what starts it.</p>}
        {narrow ? <ListView {...shown} /> : <GraphView shown={shown} tall={!state.problems.length} />}
        {state.problems.length > 0 && state.readable && (
          <section className="panel" aria-label="What is wrong">
            <h2 className={`tag w-full border-b border-base-300 px-3 py-2 font-semibold ${errors ? "text-bad" : "text-wait"}`}><Icon name={errors ? "circle-alert" : "triangle-alert"} /> {errors ? `${errors} ${errors === 1 ? "thing keeps" : "things keep"} it from running` : "It can run; look at this"}</h2>
            <ul className="max-h-48 divide-y divide-base-300 overflow-auto" tabIndex={0} aria-label="Problems" data-problems>
              {state.problems.map((one, n) => (
                <li key={n}><button type="button" data-error={one.warning ? undefined : ""} className="flex w-full gap-2 px-3 py-2 text-left hover:bg-base-200" onClick={() => open(one.step)}>
                  <span className={`mt-0.5 flex text-${one.warning ? "wait" : "bad"}`}><Icon name={one.warning ? "triangle-alert" : "circle-alert"} /></span><span className="min-w-0 break-words"><Codes words={one.what} /> <span className="muted"><Codes words={one.hint} />{one.line ? ` Line ${one.line}.` : ""}</span></span></button></li>
              ))}
            </ul>
          </section>
        )}
        <p className="sr-only" role="status">{said}</p>
      </div>
      {side && (
        <aside className="canvas-side panel" aria-label={side.show === "file" ? "The file" : "Step"}>
          {side.show === "file" ? <SourcePanel draft={draft} close={close} />
            : side.step === TRIGGER ? <HeadPanel facts={facts} draft={draft} close={close} />
            : step ? <StepPanel key={step.id} facts={facts} draft={draft} step={step} close={close} chose={(id) => setSide({ show: "step", step: id })} remove={remove} /> : <p className="muted p-3">This step is gone.</p>}
        </aside>
      )}
      {adding && <Adding types={Object.keys(facts.schemas ?? {})} pick={pick} close={() => setAdding(null)} />}
      {reviewing && <Review slug={facts.slug} csrf={csrf} close={() => review(false)} />}
    </div>
  );
}

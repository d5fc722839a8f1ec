import "./app.css";
import htmx from "htmx.org";
import { watchFrames } from "./frames";
import { watchGrids } from "./grid";
import { watchKeys } from "./keys";
import { watchNames } from "./names";
import { watchPreview } from "./preview";
import { watchRefresh } from "./refresh";
import { watchSegments } from "./segments";
import { watchTheme } from "./theme";
import { watchUploads } from "./upload";

// The pages forbid inline scripts and styles, so htmx must not use either.
htmx.config.allowEval = false;
htmx.config.allowScriptTags = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0; // pages hold people's data: nothing of them stays in the browser
htmx.config.scrollIntoViewOnBoost = false;
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "422", swap: true },
  { code: "[45]..", swap: true, error: true },
];

watchKeys();
watchGrids();
watchTheme();
watchRefresh();
watchFrames();
watchNames();
watchPreview();
watchSegments();
watchUploads();

/** A select of a filter form sends it; without scripts the form has a button. */
document.addEventListener("change", (event) => {
  const field = event.target;
  if (field instanceof HTMLSelectElement && field.form?.hasAttribute("data-send-on-change")) field.form.requestSubmit();
});

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-copy]") : null;
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset["copy"] ?? "");
  const label = button.querySelector("[data-copy-label]");
  if (label) label.textContent = "Copied";
});

/** The time zone of whoever sets the shop up is the best guess for the shop's. */
for (const field of document.querySelectorAll<HTMLInputElement>("input[data-guess-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = document.querySelector(`#${field.getAttribute("list")} option[value="${CSS.escape(zone)}"]`);
  if (known) field.value = zone;
}

/** Journeys are drawn by a script of its own, which other pages need not load. */
const canvas = document.querySelector<HTMLElement>("[data-canvas]");
if (canvas) void import("./canvas/index").then((found) => found.mount(canvas));

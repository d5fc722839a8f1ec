import htmx from "htmx.org";

/** A file that is chosen or dropped is sent at once, with its progress; without scripts the form has a button. */
export function watchUploads(): void {
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || !field.hasAttribute("data-upload") || !field.files?.length) return;
    field.form?.querySelector("[data-upload-progress]")?.removeAttribute("hidden");
    field.form?.requestSubmit();
  });
  document.addEventListener("htmx:xhr:progress", (event) => {
    const { loaded, total } = (event as CustomEvent<{ loaded: number; total: number }>).detail;
    const form = event.target instanceof Element ? event.target : null;
    const bar = form?.querySelector<HTMLProgressElement>("[data-upload-progress] progress");
    if (bar && total > 0) bar.value = (loaded / total) * 100;
  });
  // a button that goes elsewhere than its form's own part of the page is sent by the browser itself
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>("button[data-plain]") : null;
    if (!button?.form) return;
    event.preventDefault();
    htmx.trigger(button.form, "htmx:abort", {});
    button.form.action = button.formAction;
    button.form.submit();
  });
}

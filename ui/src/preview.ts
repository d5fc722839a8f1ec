/** The editor of a unit: its preview is drawn anew while somebody types, by the script that draws it in shops. */

const WAIT = 350;

export function watchPreview(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-preview]");
  const frame = form?.querySelector<HTMLIFrameElement>("[data-preview-frame] iframe");
  if (!form || !frame) return;
  let timer = 0;
  let newest = 0;

  async function draw(): Promise<void> {
    const turn = ++newest;
    const answer = await fetch(form!.dataset["preview"]!, { method: "POST", body: new URLSearchParams(new FormData(form!) as never) });
    const body = await answer.text();
    if (turn === newest && (answer.ok || answer.status === 422)) frame!.srcdoc = body;
  }

  function fit(): void {
    const phone = form!.querySelector<HTMLSelectElement>("[data-preview-device]")?.value === "phone";
    frame!.classList.toggle("phone-frame", phone);
  }

  /** What is being edited is what shows. */
  function follow(target: EventTarget | null): void {
    const step = target instanceof HTMLElement ? target.closest("details[id^=part-]")?.id.slice(5) : undefined;
    const select = form!.querySelector<HTMLSelectElement>("[name=preview_step]");
    if (select && step && [...select.options].some((option) => option.value === step)) select.value = step;
  }

  form.addEventListener("input", (event) => {
    follow(event.target);
    fit();
    clearTimeout(timer);
    timer = window.setTimeout(() => void draw(), WAIT);
  });
  fit();
  void draw();
}

/** Keyboard: `/` to search, `g` and a letter to go, `?` for help, escape to close. */

const GO_WITHIN = 1500;

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function help(): HTMLDialogElement | null {
  return document.querySelector<HTMLDialogElement>("#keys");
}

export function watchKeys(): void {
  let wentAt = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      const drawer = document.querySelector<HTMLInputElement>("#drawer");
      if (drawer) drawer.checked = false;
      if (typing(event.target)) {
        event.preventDefault(); // a search field would lose what was typed
        (event.target as HTMLElement).blur();
      }
      return;
    }
    if (typing(event.target)) return;
    if (wentAt && Date.now() - wentAt < GO_WITHIN) {
      wentAt = 0;
      document.querySelector<HTMLAnchorElement>(`[data-go="${CSS.escape(event.key)}"]`)?.click();
    } else if (event.key === "g") {
      wentAt = Date.now();
    } else if (event.key === "?") {
      help()?.showModal();
    } else if (event.key === "/") {
      const search = document.querySelector<HTMLInputElement>("[data-search]");
      event.preventDefault();
      if (search) search.select();
      else document.querySelector<HTMLAnchorElement>('[data-go="p"]')?.click();
    }
  });
  document.addEventListener("click", (event) => {
    const opener = event.target instanceof Element ? event.target.closest("[data-keys]") : null;
    if (opener) help()?.showModal();
  });
}

import htmx from "htmx.org";

/**
 * Parts with `data-refresh="seconds"` ask for themselves again, quietly: not while the page is out of sight, not while
 * something in them is open or has the focus, so that nothing moves under the pointer.
 */
export function watchRefresh(): void {
  const asked = new WeakMap<Element, number>();
  window.setInterval(() => {
    if (document.hidden) return;
    for (const part of document.querySelectorAll<HTMLElement>("[data-refresh]")) {
      const last = asked.get(part) ?? performance.timeOrigin + 0;
      const due = last + Number(part.dataset["refresh"]) * 1000;
      const busy = part.matches(":hover, :focus-within") || part.querySelector("details[open]") !== null;
      if (busy || Date.now() < due) continue;
      asked.set(part, Date.now());
      htmx.trigger(part, "refresh", {});
    }
  }, 1000);
}

/** Light, dark or the system's; kept in a cookie, so that the server draws the page right at once. */

const YEAR = 31_536_000;

export function watchTheme(): void {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-theme-choice]") : null;
    if (!button) return;
    const choice = button.dataset["themeChoice"] ?? "";
    document.cookie = `antiphon_theme=${choice}; path=/; max-age=${choice ? YEAR : 0}; samesite=lax`;
    if (choice) document.documentElement.dataset["theme"] = choice;
    else delete document.documentElement.dataset["theme"];
    for (const other of document.querySelectorAll<HTMLElement>("[data-theme-choice]")) {
      other.setAttribute("aria-pressed", String(other.dataset["themeChoice"] === choice));
    }
  });
}

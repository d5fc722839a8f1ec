/** The name in files follows the title until somebody writes their own: in forms with `data-follow`.
 *
 * `data-slug` says what stands between words, a hyphen where it is empty. Such a name begins with a letter.
 */
export function watchNames(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-follow]")) {
    const title = form.querySelector<HTMLInputElement>("[data-title]");
    const slug = form.querySelector<HTMLInputElement>("[data-slug]");
    if (title && slug) follow(title, slug, slug.dataset["slug"] || "-");
  }
}

function follow(title: HTMLInputElement, slug: HTMLInputElement, between: string): void {
  const longest = slug.maxLength > 0 ? slug.maxLength : 60;
  let own = slug.value !== "";
  slug.addEventListener("input", () => (own = slug.value !== ""));
  title.addEventListener("input", () => {
    if (own) return;
    const words = title.value.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").match(/[a-z0-9]+/g) ?? [];
    slug.value = words.join(between).replace(/^[-_0-9]+/, "").slice(0, longest).replace(/[-_]+$/, "");
  });
}

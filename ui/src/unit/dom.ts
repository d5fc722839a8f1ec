/** Elements in one line. */

type Attributes = Record<string, string | number | boolean | ((event: Event) => void) | null | undefined>;
type Child = Node | string | false | null | undefined;

export function h(tag: string, attributes: Attributes = {}, ...children: Child[]): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...(children.filter(Boolean) as (Node | string)[]));
  return element;
}

/** An SVG of our own server's. */
export function drawing(svg: string): Node {
  return document.importNode(new DOMParser().parseFromString(svg, "image/svg+xml").documentElement, true);
}

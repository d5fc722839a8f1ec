/** Draws a journey where a page wants it; loaded by such pages only. */

import "./canvas.css";
import { createRoot } from "react-dom/client";
import { Editor } from "./editor";
import { Icons } from "./parts";
import type { Facts } from "./types";
import { Viewer } from "./viewer";

export function mount(place: HTMLElement): void {
  const facts = JSON.parse(place.dataset["facts"] ?? "{}") as Facts;
  const csrf = place.dataset["csrf"] ?? "";
  place.replaceChildren();
  createRoot(place).render(<Icons.Provider value={facts.icons}>{facts.mode === "edit" ? <Editor facts={facts} csrf={csrf} /> : <Viewer facts={facts} />}</Icons.Provider>);
}

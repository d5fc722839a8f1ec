/** A chart of cells: the one under the pointer or the focus is told in words below it; arrows go from cell to cell. */

const STEPS: Record<string, [number, number]> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

function cellOf(event: Event): HTMLTableCellElement | null {
  return event.target instanceof Element ? event.target.closest<HTMLTableCellElement>("[data-grid] td") : null;
}

function tell(cell: HTMLTableCellElement | null): void {
  const grid = cell?.closest<HTMLElement>("[data-grid]");
  const words = grid && document.getElementById(grid.dataset["grid"] ?? "");
  if (words && cell) words.textContent = cell.dataset["words"] ?? "";
}

function go(cell: HTMLTableCellElement, [down, right]: [number, number]): void {
  const rows = [...(cell.closest("tbody")?.rows ?? [])];
  const row = rows.indexOf(cell.parentElement as HTMLTableRowElement) + down;
  const next = rows[row]?.cells[cell.cellIndex + right];
  if (!(next instanceof HTMLTableCellElement) || next.tagName !== "TD") return;
  cell.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

export function watchGrids(): void {
  document.addEventListener("pointerover", (event) => tell(cellOf(event)));
  document.addEventListener("focusin", (event) => tell(cellOf(event)));
  document.addEventListener("keydown", (event) => {
    const cell = cellOf(event);
    const step = STEPS[event.key];
    if (!cell || !step) return;
    event.preventDefault();
    go(cell, step);
  });
}

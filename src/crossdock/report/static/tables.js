// Tables that stand in the page's own text, to take away as CSV: what is shown, with numbers that a spreadsheet reads.
import { el } from "./dom.js";
import { csv, save } from "./files.js";

export function start() {
  for (const table of document.querySelectorAll("table[data-csv]")) {
    const button = el("button", { type: "button", onclick: () => saveTable(table) }, "Download CSV");
    table.closest(".scroll").after(el("div", { class: "controls under" }, button));
  }
}

export const saveTable = (table) => save(`${table.dataset.csv}.csv`, csv(...rows(table)), "text/csv");

/** A cell's words, its parts set apart; of a number no more than that, with the signs that programs know. */
function cellText(cell) {
  const counts = cell.matches("td.number");
  const shown = [...cell.childNodes].filter((node) => !counts || !node.matches?.(".brief"));
  const text = shown.map((node) => node.textContent.replace(/\s+/g, " ").trim()).filter(Boolean).join(" ").replace(/ ([,;.])/g, "$1");
  return counts && /^[+\u2212]?[\d\u202f]+(\.\d+)?$/.test(text) ? Number(text.replace("\u2212", "-").replaceAll("\u202f", "")) : text;
}

/** One header row and the others; a heading over several columns or rows is said of each, and a group of its rows. */
function rows(table) {
  const grid = [];
  for (const [y, row] of [...table.tHead?.rows ?? []].entries()) {
    let x = 0;
    for (const cell of row.cells) {
      while (grid[x]?.[y] !== undefined) x += 1;
      for (let i = 0; i < cell.colSpan; i += 1) {
        grid[x + i] ??= [];
        for (let j = 0; j < cell.rowSpan; j += 1) grid[x + i][y + j] = j ? "" : String(cellText(cell));
      }
      x += cell.colSpan;
    }
  }
  const groups = table.querySelector("tr.group") ? ["Group"] : [];
  /** @type {string | number} */
  let group = "";
  const body = [];
  for (const row of [...table.tBodies].flatMap((part) => [...part.rows])) {
    if (row.classList.contains("group")) group = cellText(row.cells[0]);
    else body.push([...groups.map(() => group), ...[...row.cells].map(cellText)]);
  }
  return [[...groups, ...grid.map((names) => names.filter(Boolean).join(", "))], body];
}

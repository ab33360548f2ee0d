// Files that are made in the page and handed over.
import { synthetic } from "./data.js";
import { el } from "./dom.js";
import * as State from "./state.js";

/** @import { DockedPair } from "./data.js" */

/** Rows of values as CSV; a cell that a spreadsheet would take for a formula is kept text. */
export function csv(header, rows) {
  const cell = (value) => {
    let text = value === null || value === undefined ? "" : String(value);
    if (typeof value === "string" && /^[=+\-@\t\r]/.test(text) && !/^-\d+[A-Za-z]?$/.test(text)) text = `'${text}`; // residue -4 is a number
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [header, ...rows].map((row) => row.map(cell).join(",")).join("\n") + "\n";
}

/** Hand a file over; one of made-up numbers says so in its name. */
export function save(name, content, type = "text/plain") {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = el("a", { href: address, download: `${synthetic ? "SYNTHETIC_" : ""}${name.replace(/[^\w.-]+/g, "_")}` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** What names of files of a pair begin with; with the backend whose models are shown, if that is a further one.
 * @type {(pair: DockedPair) => string} */
export const stem = (pair) => [pair.receptor, pair.ligand, ...(Object.hasOwn(pair.others, State.current.backend) ? [State.current.backend] : [])].join("_");

/** Name of a file of a pair.
 * @type {(pair: DockedPair, what: string) => string} */
export const fileName = (pair, what) => `${stem(pair)}_${what}`;

// Contacts of the chosen model: table, drawing and map. What is picked in one of them, or in the 3D view, is lit in all.
import * as Data from "./data.js";
import { byId, el, fixed } from "./dom.js";
import { savePng, saveSvg } from "./figure.js";
import { csv, fileName, save } from "./files.js";
import * as Pdb from "./pdb.js";
import * as Refined from "./refined.js";
import { say } from "./say.js";
import * as State from "./state.js";

/** @import { DockedPair, Side } from "./data.js" */
/** @import { Detail, ModelRecord } from "./page.js" */

/**
 * A row of interface.csv: two residues in contact.
 * @typedef {object} Contact
 * @property {number} model
 * @property {string} receptor_chain
 * @property {string} receptor_number
 * @property {string} receptor_residue
 * @property {string} receptor_atom
 * @property {string} ligand_chain
 * @property {string} ligand_number
 * @property {string} ligand_residue
 * @property {string} ligand_atom
 * @property {string} kind
 * @property {number} distance_A
 * @property {number} bonds
 * @property {number} atom_pairs
 * @property {number} overlaps
 */

const KINDS = ["disulfide", "salt bridge", "hydrogen bond", "non-bonded"];
const MOST_NAMED = 5; // residues that a sentence names
const sides = (residues) => new Set(residues.map((residue) => residue.split(".")[0]));
/** Whether more is picked than a residue or a contact: an area of the map of errors. */
const isArea = (wanted) => wanted.length > 2 || (wanted.length === 2 && sides(wanted).size === 1);
const FIGURES = { drawing: "interface", map: "map" };
/** The model that is shown, and its contacts.
 * @type {{ pair: DockedPair, detail: Detail, model: ModelRecord, rows: Contact[] } | null} */
let shown = null;

export function start() {
  byId("interface-csv").addEventListener("click", download);
  for (const [id, name] of Object.entries(FIGURES)) {
    byId(id).addEventListener("click", (event) => pick(event.target.closest("[data-residues]")?.dataset.residues.split(" ")));
    byId(`${id}-svg`).addEventListener("click", () => saveSvg(fileName(shown.pair, `${name}_${shown.model.model}.svg`), unmarked(id)));
    byId(`${id}-png`).addEventListener("click", () => savePng(fileName(shown.pair, `${name}_${shown.model.model}.png`), unmarked(id)));
  }
  State.on(["residues"], mark);
}

/** The name of a residue in drawings, in the address and here: side.chain:number.
 * @param {Contact} row
 * @param {Side} side */
export const key = (row, side) => `${side}.${row[`${side}_chain`]}:${row[`${side}_number`]}`;
export const picked = () => State.current.residues.split(" ").filter(Boolean);
/** @param {Contact} row
 * @param {Side} side */
const label = (row, side) => `${row[`${side}_residue`]} ${row[`${side}_chain`]}:${row[`${side}_number`]}`;
/** @param {Contact} row */
const atoms = (row) => (row.bonds ? `${row.receptor_atom}–${row.ligand_atom}` : "");

/** Contacts of one model as rows, strongest kind first, then nearest.
 * @param {Detail} detail
 * @param {ModelRecord | undefined} model
 * @param {{ [name: string]: any[] }} [columns] of the docked models, or of the refined ones
 * @returns {Contact[]} */
export function of(detail, model, columns = detail.contacts) {
  /** @type {any[]} */
  const rows = [];
  for (let i = 0; i < columns.model.length; i += 1) {
    if (model && columns.model[i] === model.model) rows.push(Object.fromEntries(Object.keys(columns).map((name) => [name, columns[name][i]])));
  }
  return rows.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || a.distance_A - b.distance_A);
}

/** Those of a model in the form that is shown, docked or refined.
 * @type {(detail: Detail, model: ModelRecord | undefined) => Contact[]} */
export const seen = (detail, model) => of(detail, model, model && Refined.shown(detail, model) ? detail.refined.contacts : detail.contacts);

/** Pick one residue, the two of a contact, or all of an area; what is picked already is let go. */
export function pick(keys) {
  if (!keys) return;
  const residues = keys.join(" ");
  State.set({ residues: residues === State.current.residues ? "" : residues });
}

/** @param {DockedPair} pair
 * @param {Detail} detail
 * @param {ModelRecord} model */
export function draw(pair, detail, model) {
  const refined = Refined.shown(detail, model);
  const rows = seen(detail, model);
  shown = { pair, detail, model, rows };
  const count = (side) => new Set(rows.map((row) => key(row, side))).size;
  const kinds = KINDS.map((kind) => [kind, rows.filter((row) => row.kind === kind).length]).filter(([, n]) => n);
  const found = kinds.map(([kind, n]) => (kind === "non-bonded" ? `${n} other contact${n === 1 ? "" : "s"}` : `${n} ${kind}${n === 1 ? "" : "s"}`));
  const overlaps = rows.reduce((sum, row) => sum + (row.overlaps ?? 0), 0);
  byId("interface-summary").textContent = rows.length
    ? [say("contacts-found", { of_receptor: count("receptor"), of_ligand: count("ligand"), receptor: Data.label(pair.receptor), ligand: Data.label(pair.ligand), kinds: found.join(", ") }),
      overlaps ? say(refined ? "contacts-overlaps-refined" : Pdb.ownShapes(detail) ? "contacts-overlaps-own" : "contacts-overlaps", { n: overlaps }) : ""].filter(Boolean).join(" ")
    : say("contacts-none");
  byId("interface-numbers").replaceChildren(...Data.SIDES.map((side) => el("li", {}, say("contacts-numbering", { protein: Data.label(pair[side]), text: Data.numbering(pair[side]) }))));
  const header = ["Receptor", "Ligand", "Kind", "Atoms", "Å apart"];
  byId("interface-table").replaceChildren(
    el("thead", {}, el("tr", {}, ...header.map((text, i) => el("th", { scope: "col", class: i === 4 ? "number" : null }, text)))),
    el("tbody", {}, ...rows.map(tableRow)));
  for (const id of Object.keys(FIGURES)) drawFigure(id);
  mark();
}

/** @param {Contact} row */
function tableRow(row) {
  const keys = [key(row, "receptor"), key(row, "ligand")];
  const button = (residues, text, title) => el("button", { type: "button", title, onclick: () => pick(residues) }, text);
  return el("tr", { "data-residues": keys.join(" ") },
    el("th", { scope: "row" }, button([keys[0]], label(row, "receptor"), "Show this residue")),
    el("td", {}, button([keys[1]], label(row, "ligand"), "Show this residue")),
    el("td", {}, button(keys, row.overlaps ? `${row.kind}, overlapping` : row.kind, "Show this contact")),
    el("td", {}, atoms(row)), el("td", { class: "number" }, fixed(row.distance_A, 1)));
}

/** Show a figure as the pipeline drew it. */
function drawFigure(id) {
  const text = shown.detail[`${id}s`][shown.detail.models.indexOf(shown.model)];
  byId(id).replaceChildren(text ? document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true) : "");
}

/** Light what is picked and what it touches; the rest steps back. */
function mark() {
  if (!shown) return;
  const wanted = picked();
  const area = isArea(wanted);
  const keysOf = (row) => [key(row, "receptor"), key(row, "ligand")];
  const touching = shown.rows.filter((row) => (area ? keysOf(row).every((residue) => wanted.includes(residue)) : wanted.every((residue) => keysOf(row).includes(residue))));
  const near = new Set(touching.flatMap(keysOf));
  for (const part of byId("pair").querySelectorAll("[data-residues]")) {
    const keys = part.dataset.residues.split(" ");
    const lit = wanted.length > 0 && (keys.length === 1 || area ? keys.every((residue) => wanted.includes(residue)) : wanted.every((residue) => keys.includes(residue)));
    part.classList.toggle("lit", lit);
    part.classList.toggle("dim", wanted.length > 0 && !lit && !(keys.length === 1 && near.has(keys[0])));
  }
  for (const part of ["#interface-table tr.lit", "#drawing .lit", "#map .lit"]) reveal(byId("pair").querySelector(part));
  byId("picked").hidden = !wanted.length;
  byId("picked").replaceChildren(...(wanted.length ? [describe(wanted, touching), " ",
    el("button", { type: "button", onclick: () => State.set({ residues: "" }) }, "Clear")] : []));
  byId("pair").dataset.picked = wanted.length;
}

/** Scroll the box around a part, never the page, so that the part is in its middle. */
function reveal(part) {
  const box = part?.closest(".scroll");
  if (!box) return;
  const [own, around] = [part.getBoundingClientRect(), box.getBoundingClientRect()];
  box.scrollTop += own.top - around.top - (around.height - own.height) / 2;
  box.scrollLeft += own.left - around.left - (around.width - own.width) / 2;
}

/** What is picked, in words.
 * @param {string[]} wanted
 * @param {Contact[]} touching */
function describe(wanted, touching) {
  const name = (residue) => residue.replace(/^(receptor|ligand)\./, "");
  const distance = (row) => fixed(row.distance_A, 1);
  if (isArea(wanted)) return say("contacts-area", { residues: wanted.length, contacts: touching.length });
  if (!touching.length) return say("contacts-apart", { n: wanted.length, residues: wanted.map(name).join(" and ") });
  if (wanted.length > 1) return say("contacts-two", { one: label(touching[0], "receptor"), other: label(touching[0], "ligand"), kind: touching[0].kind, distance: distance(touching[0]) });
  const [own, other] = wanted[0].startsWith("receptor.") ? Data.SIDES : Data.SIDES.toReversed();
  const met = touching.slice(0, MOST_NAMED).map((row) => `${label(row, other)} (${row.kind}, ${distance(row)} Å)`).join(", ");
  const values = { residue: label(touching[0], own), protein: Data.label(shown.pair[own]), met };
  return touching.length > MOST_NAMED ? say("contacts-of-many", { ...values, more: touching.length - MOST_NAMED }) : say("contacts-of", values);
}

/** A figure without the marks of what is picked. */
function unmarked(id) {
  const figure = byId(id).firstElementChild.cloneNode(true);
  for (const part of figure.querySelectorAll(".lit, .dim")) part.removeAttribute("class");
  return figure;
}

function download() {
  const header = Object.keys(shown.detail.contacts);
  save(fileName(shown.pair, `model_${shown.model.model}${Refined.suffix(shown.detail, shown.model)}_interface.csv`), csv(header, shown.rows.map((row) => header.map((name) => row[name]))), "text/csv");
}

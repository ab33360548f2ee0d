// The study's kind of figures, each with its caption and as files for a paper: a table, interfaces, a network.
import { copy } from "./copy.js";
import * as Data from "./data.js";
import { byId, drawn, failed } from "./dom.js";
import { png, savePng, saveSvg, source } from "./figure.js";
import { csv, save } from "./files.js";
import * as Interfaces from "./interfaces.js";
import * as NetworkFigure from "./network_figure.js";
import { say } from "./say.js";
import { archive } from "./zip.js";

/** @typedef {{ drawing: SVGElement | null, caption: string }} Figure */

/** What is drawn when it is first looked at or asked for: the id of its place, the part that opens, and how.
 * @type {{ id: string, file: string, part: string, draw: () => Promise<Figure> }[]} */
const FIGURES = [
  { id: "interfaces", file: "interfaces", part: "figures-interfaces", draw: Interfaces.draw },
  { id: "network-figure", file: "network_figure", part: "figures-network", draw: NetworkFigure.draw },
];
/** @type {Map<string, Promise<Figure>>} */
const made = new Map();

export function start() {
  byId("scores-copy").addEventListener("click", (event) => copy(event.currentTarget, plain(), html()));
  byId("scores-csv").addEventListener("click", () => save("scores.csv", values(), "text/csv"));
  byId("scores-html").addEventListener("click", () => save("scores.html", page(), "text/html"));
  byId("scores-caption-copy").addEventListener("click", (event) => copy(event.currentTarget, tableCaption()));
  for (const one of FIGURES) {
    byId(one.part).addEventListener("toggle", () => { if (byId(one.part).open) show(one); });
    byId(`${one.id}-svg`).addEventListener("click", async () => saveSvg(`${one.file}.svg`, (await show(one)).drawing));
    byId(`${one.id}-png`).addEventListener("click", async () => savePng(`${one.file}.png`, (await show(one)).drawing));
    byId(`${one.id}-caption-copy`).addEventListener("click", (event) => copy(event.currentTarget, byId(`${one.id}-caption`).textContent));
  }
  byId("figures-zip").addEventListener("click", all);
}

// The table

/** The table for a spreadsheet, which takes neither a true minus sign nor a space between thousands. */
const plain = () => [...byId("scores-table").rows].map((row) => [...row.cells].map(({ textContent: text }) =>
  (/^\u2212?[\d\u202f.]+$/.test(text) ? text.replace("\u2212", "-").replaceAll("\u202f", "") : text)).join("\t")).join("\n");

const tableCaption = () => byId("scores-table").caption.textContent.trim();

/** The table with its borders in it, as word processors take them over. */
function html() {
  const table = byId("scores-table").cloneNode(true);
  table.removeAttribute("id");
  table.setAttribute("style", "border-collapse: collapse");
  for (const cell of table.querySelectorAll("th, td")) {
    cell.setAttribute("style", `border: 1px solid #999; padding: 2px 6px; text-align: ${cell.cellIndex ? "right" : "left"}`);
  }
  return table.outerHTML;
}

const page = () => `<!DOCTYPE html><meta charset="utf-8"><title>${Data.metric(Data.statistic)?.label ?? ""}</title>${html()}`;

/** Numbers as they are, not as they are shown; with their errors, where there are some. */
function values() {
  const error = (receptor, ligand) => Data.pair(receptor.name, ligand.name)?.uncertainty[Data.statistic] ?? null;
  const some = Data.pairs.some((pair) => typeof pair.uncertainty[Data.statistic] === "number");
  const header = Data.receptors.flatMap((receptor) => [receptor.label, ...(some ? [`${receptor.label}, standard error`] : [])]);
  const lines = Data.ligands.map((ligand) => [ligand.label, ...Data.receptors.flatMap((receptor) =>
    [Data.value(Data.pair(receptor.name, ligand.name), Data.statistic), ...(some ? [error(receptor, ligand)] : [])])]);
  return csv([Data.symmetric ? "protein" : "ligand", ...header], lines);
}

// Drawings

/** Draw a figure once, with its caption under it.
 * @param {typeof FIGURES[number]} one */
function show({ id, draw }) {
  if (!made.has(id)) made.set(id, fill(id, draw));
  return made.get(id);
}

/** @param {string} id
 * @param {() => Promise<Figure>} draw */
async function fill(id, draw) {
  try {
    const { drawing, caption, ...facts } = await draw();
    const full = drawing ? [caption, say("figures-method", { method: byId("figures").dataset.method }), ...(Data.synthetic ? [say("figures-synthetic")] : [])].join(" ") : caption;
    byId(`${id}-caption`).textContent = full;
    if (drawing) {
      drawing.querySelector("desc").textContent = full;
      byId(id).replaceChildren(drawing);
      for (const kind of ["svg", "png", "caption-copy"]) byId(`${id}-${kind}`).disabled = false;
    }
    drawn(byId(id), facts);
    return { drawing, caption: full };
  } catch (error) {
    failed(byId(id), say("figures-failed"), error);
    return { drawing: null, caption: "" };
  }
}

/** All figures and their captions as one archive. */
async function all() {
  /** @type {[string, string | Blob][]} */
  const files = [["scores.csv", values()], ["scores.html", page()]];
  const captions = [`scores\n${tableCaption()}`];
  for (const one of FIGURES) {
    const { drawing, caption } = await show(one);
    if (!drawing) continue;
    files.push([`${one.file}.svg`, source(drawing)], [`${one.file}.png`, await png(drawing)]);
    captions.push(`${one.file}\n${caption}`);
  }
  save("figures.zip", await archive([...files, ["captions.txt", `${captions.join("\n\n")}\n`]].map(([name, content]) => [`figures/${name}`, content])));
}

// The study's kind of figures: the scores as a table for a paper, and an interface for each receptor's best ligand.
import { copy } from "./copy.js";
import * as Data from "./data.js";
import { byId, drawn, fixed, number } from "./dom.js";
import { savePng, saveSvg, svg } from "./figure.js";
import { csv, save } from "./files.js";

/** @import { DockedPair } from "./data.js" */
/** @import { PageProtein } from "./page.js" */

const COLUMNS = 3;
const PANEL = 500; // width of a panel; the drawings are about as wide
const WIDEST = 50; // letters of a title at its full size
const HEAD = 74; // room of a panel's own words
const INK = "#111"; // drawings have a white ground in both themes, as on paper
let panels = null;

export function start() {
  byId("scores-copy").addEventListener("click", (event) => copy(event.currentTarget, plain(), html()));
  byId("scores-csv").addEventListener("click", () => save("scores.csv", values(), "text/csv"));
  byId("scores-html").addEventListener("click", () => save("scores.html", `<!DOCTYPE html><meta charset="utf-8"><title>Docking scores</title>${html()}`, "text/html"));
  byId("figures-interfaces").addEventListener("toggle", () => { if (byId("figures-interfaces").open && !panels) draw(); });
  byId("interfaces-svg").addEventListener("click", () => saveSvg("interfaces.svg", panels));
  byId("interfaces-png").addEventListener("click", () => savePng("interfaces.png", panels));
}

/** The table for a spreadsheet, which takes neither a true minus sign nor a space between thousands. */
const plain = () => [...byId("scores-table").rows].map((row) => [...row.cells].map(({ textContent: text }) =>
  (/^\u2212?[\d\u202f.]+$/.test(text) ? text.replace("\u2212", "-").replaceAll("\u202f", "") : text)).join("\t")).join("\n");

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

/** Numbers as they are, not as they are shown. */
function values() {
  const lines = Data.ligands.map((ligand) => [ligand.label, ...Data.receptors.map((receptor) => Data.value(Data.pair(receptor.name, ligand.name), "score"))]);
  return csv(["ligand", ...Data.receptors.map((receptor) => receptor.label)], lines);
}

/** @param {PageProtein} receptor */
function best(receptor) {
  const scored = Data.pairs.filter((pair) => pair.receptor === receptor.name && Data.value(pair, "score") !== null);
  return scored.sort((a, b) => Data.value(a, "score") - Data.value(b, "score"))[0];
}

async function draw() {
  const pairs = Data.receptors.map(best).filter((pair) => pair?.detail);
  const made = await Promise.all(pairs.map(panel));
  const columns = Math.min(COLUMNS, made.length);
  let top = 0;
  for (let i = 0; i < made.length; i += columns) {
    const line = made.slice(i, i + columns);
    line.forEach(({ group }, j) => group.setAttribute("transform", `translate(${j * PANEL} ${top})`));
    top += Math.max(...line.map(({ height }) => height));
  }
  const size = { width: columns * PANEL, height: top };
  panels = svg("svg", { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${size.width} ${size.height}`, ...size, role: "img",
    "font-family": "Helvetica, Arial, sans-serif", "aria-label": `Interfaces: ${pairs.map((pair) => captions(pair).join(", ")).join("; ")}` },
    svg("rect", { ...size, fill: "white" }), ...made.map(({ group }) => group));
  byId("interfaces").replaceChildren(panels);
  for (const kind of ["svg", "png"]) byId(`interfaces-${kind}`).disabled = false;
  drawn(byId("interfaces"), { panels: made.length });
}

/** @param {DockedPair} pair */
const captions = (pair) => [`${Data.label(pair.ligand)} on ${Data.label(pair.receptor)}`, `score of the pair ${number(Data.value(pair, "score"))}`];

/** One pair: its letter and name, its numbers, and the drawing of its first model.
 * @param {DockedPair} pair */
async function panel(pair, index) {
  const { models, drawings } = await Data.detail(pair);
  const model = models[0];
  const error = pair.affinity?.published_error_kcal_mol;
  const contacts = model && Object.values(model.contacts).reduce((sum, n) => sum + n, 0);
  const [name, score] = captions(pair);
  const numbers = [model && `${contacts} residue contacts, interface area ${number(Math.round((model.buried_receptor_A2 + model.buried_ligand_A2) / 2))} Å²`,
    typeof model?.dg_kcal_mol === "number" && error ? `predicted dG ${fixed(model.dg_kcal_mol, 1)} ± ${fixed(error, 1)} kcal/mol` : null].filter(Boolean);
  const group = svg("g", {},
    svg("text", { x: 16, y: 22, "font-size": Math.min(16, 16 * WIDEST / name.length).toFixed(1), "font-weight": "bold", fill: INK }, `${String.fromCharCode(65 + index % 26)}  ${name}`),
    svg("text", { x: 16, y: 42, "font-size": 13, fill: INK }, `${score}${model && number(model.score) !== number(Data.value(pair, "score")) ? `, of this model ${number(model.score)}` : ""} (${Data.metric("score").unit})`),
    svg("text", { x: 16, y: 60, "font-size": 13, fill: INK }, numbers.join("; ")));
  if (!drawings.length) return { group, height: HEAD };
  const drawing = document.importNode(new DOMParser().parseFromString(drawings[0], "image/svg+xml").documentElement, true);
  const [width, height] = ["width", "height"].map((side) => Number(drawing.getAttribute(side)));
  const shown = Math.min(PANEL, width);
  for (const [key, value] of Object.entries({ x: 0, y: HEAD, width: shown, height: height * shown / width })) drawing.setAttribute(key, String(value));
  group.append(drawing);
  return { group, height: HEAD + height * shown / width };
}

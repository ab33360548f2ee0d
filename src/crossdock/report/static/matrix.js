// The matrix: ligands down, receptors across, colour by a metric; a cell chooses its pair.
import * as Data from "./data.js";
import { byId, drawn, el, failed, number, options, withUnit } from "./dom.js";
import { savePng, saveSvg } from "./figure.js";
import { csv, save } from "./files.js";
import { drawing } from "./heatmap.js";
import { missing } from "./marks.js";
import * as Order from "./order.js";
import { say } from "./say.js";
import * as State from "./state.js";

/** @import { DockedPair, Side } from "./data.js" */
/** @import { Colour } from "./heatmap.js" */
/** @import { Metric, PageProtein } from "./page.js" */

const MOST_CELLS = 2500; // more are drawn only when asked for
const table = byId("matrix-table");
let all = false; // whether every ligand of a large panel is asked for
/** What is drawn, and the side and name of the protein whose values order it.
 * @type {{ metric: Metric, ligands: PageProtein[], receptors: PageProtein[], colour: Colour, tied: Set<DockedPair>, by?: Side, name?: string } | null} */
let view = null;
/** Row and column of each protein.
 * @type {{ ligands: Map<string, number>, receptors: Map<string, number> } | null} */
let places = null;
/** The one button that the Tab key reaches.
 * @type {HTMLElement | undefined} */
let stop;

export function start() {
  if (!Data.metrics.length) return failed(byId("matrix"), say("no-scores"), say("no-scores-why"));
  options(byId("metric"), Data.metrics.map((metric) => [metric.name, metric.label]));
  byId("metric").addEventListener("change", (event) => State.set({ metric: event.target.value }));
  byId("matrix-order").addEventListener("change", (event) => State.set({ order: event.target.value }));
  byId("matrix-others-label").hidden = !some;
  byId("matrix-others").addEventListener("change", (event) => State.set({ others: event.target.checked ? "hidden" : "" }));
  byId("matrix-csv").addEventListener("click", download);
  const figure = () => drawing({ ...view, ends: ends(view.metric), marks: marks() });
  byId("matrix-svg").addEventListener("click", () => saveSvg(`${view.metric.name}.svg`, figure()));
  byId("matrix-png").addEventListener("click", () => savePng(`${view.metric.name}.png`, figure()));
  byId("matrix-all").addEventListener("click", () => { all = true; draw(); });
  table.addEventListener("click", choose);
  table.addEventListener("keydown", walk);
  table.addEventListener("focusin", (event) => { rove(event.target); point(event.target); });
  table.addEventListener("mouseover", (event) => point(event.target));
  table.addEventListener("mouseleave", () => point());
  State.on(["metric", "order", "others"], draw);
  State.on(["receptor", "ligand"], mark);
  draw();
}

/** @type {(button: HTMLElement) => DockedPair | undefined} */
const pairOf = (button) => Data.pair(button.dataset.receptor, button.dataset.ligand);

/** @type {(protein: PageProtein) => boolean} */
const another = (protein) => protein.another;
const some = [...Data.receptors, ...Data.ligands].some(another);

/** What is left of proteins where those that are others than expected are not wanted, if any are left then.
 * @param {PageProtein[]} proteins */
function wanted(proteins) {
  const kept = State.current.others ? proteins.filter((protein) => !another(protein)) : proteins;
  return kept.length ? kept : proteins;
}

/** @type {(side: `${Side}s`, metric: Metric) => PageProtein[]} */
const chosen = (side, metric) => wanted(Order.sorted(side, State.current.order, metric));

function draw() {
  const { order } = State.current;
  byId("matrix-others").checked = Boolean(State.current.others);
  const metric = Data.metric(State.current.metric);
  byId("metric").value = metric.name;
  const [by, name] = Order.split(order);
  options(byId("matrix-order"), by ? [...Order.NAMES, [order, `by values with ${Data.label(name)}`]] : Order.NAMES, order);
  byId("metric-help").textContent = [metric.help, metric.unit && say("matrix-unit", { unit: metric.unit }), metric.better && say(`matrix-better-${metric.better}`)].filter(Boolean).join(" ");
  const receptors = chosen("receptors", metric);
  view = { metric, receptors, ligands: shown(chosen("ligands", metric), metric), colour: scale(metric), tied: ties(metric), by, name };
  const focused = /** @type {HTMLElement} */ (document.activeElement);
  const held = table.contains(focused) ? { ...focused.dataset } : null;
  fill();
  legend();
  mark();
  if (held) (held.side ? headingOf(held.side, held.name) : cellOf(held))?.focus({ preventScroll: true });
  drawn(byId("matrix"), { cells: view.ligands.length * receptors.length, metric: metric.name, order });
}

/** All ligands, or of a large panel those with the best values and the one that is looked at.
 * @param {PageProtein[]} ligands
 * @param {Metric} metric */
function shown(ligands, metric) {
  const most = Math.max(10, Math.floor(MOST_CELLS / Data.receptors.length));
  const part = !all && ligands.length > most;
  byId("matrix-part").hidden = !part;
  if (!part) return ligands;
  byId("matrix-part-text").textContent = say("matrix-part", { most, all: ligands.length, metric: metric.label });
  byId("matrix-all").textContent = `Show all ${ligands.length}`;
  const kept = new Set([...wanted(Order.best(metric)).slice(0, most).map((ligand) => ligand.name), State.current.ligand]);
  return ligands.filter((ligand) => kept.has(ligand.name));
}

/** How far a value goes towards the end of the colours, and whether that is the worse end of a scale with a middle.
 * @type {(metric: Metric) => Colour} */
function scale(metric) {
  const [low, high] = Data.range(metric.name);
  const sign = Data.sign(metric);
  if (metric.diverging) {
    const reach = Math.max(Math.abs(low), Math.abs(high)) || 1;
    return (value) => ({ share: Math.abs(value) / reach, worse: sign * value > 0 });
  }
  const share = (value) => (high === low ? 0.5 : (value - low) / (high - low));
  return (value) => ({ share: sign > 0 ? 1 - share(value) : share(value), worse: false });
}

/** Pairs that are their receptor's best or do not differ from it by more than the errors allow.
 * @type {(metric: Metric) => Set<DockedPair>} */
function ties(metric) {
  /** @param {DockedPair} pair */
  const value = (pair) => Data.value(pair, metric.name);
  if (Data.ranked(metric)) return new Set(Data.pairs.filter((pair) => pair.standing.within_noise === true));
  if (!metric.better || !Data.pairs.some((pair) => pair.uncertainty[metric.name])) return new Set();
  return new Set(Data.receptors.flatMap((receptor) => {
    const pairs = Data.pairsOf("receptor", receptor.name).filter((pair) => value(pair) !== null);
    const best = pairs.reduce((one, other) => (Data.sign(metric) * (value(other) - value(one)) < 0 ? other : one), pairs[0]);
    /** @param {DockedPair} pair */
    const error = (pair) => pair.uncertainty[metric.name] ?? NaN; // nothing is within an error that nobody knows
    return pairs.filter((pair) => Math.abs(value(pair) - value(best)) <= 2 * Math.hypot(error(pair), error(best)));
  }));
}

/** @type {(metric: Metric) => string} */
const tiedText = (metric) => say(Data.ranked(metric) ? "matrix-tied-noise" : "matrix-tied-errors", { of: Data.symmetric ? "protein" : "receptor" });

/** Fill the table; many columns make small cells without numbers and turned names. */
function fill() {
  const { metric, ligands, receptors } = view;
  const columns = receptors.length;
  const dense = columns > 15;
  const room = Math.min(6, Math.max(1.1, 36 / columns));
  table.classList.toggle("turned", columns > 9);
  table.classList.toggle("dense", dense);
  table.classList.toggle("close", ligands.length > 8 && !dense);
  table.parentElement.classList.toggle("many", ligands.length > 25);
  table.style.setProperty("--room", `${room}rem`);
  table.style.setProperty("--columns", String(columns));
  const numbered = (proteins) => new Map(proteins.map((protein, i) => [protein.name, i + 1]));
  places = { ligands: numbered(ligands), receptors: numbered(receptors) };
  const digits = Data.digits(metric.name);
  const head = el("tr", {}, el("td", { class: "axes" }, Data.symmetric ? "" : "ligand ↓ receptor →"), ...receptors.map((receptor) => heading(receptor, "receptor", "col")));
  const rows = ligands.map((ligand) => el("tr", {}, heading(ligand, "ligand", "row"),
    ...receptors.map((receptor) => el("td", {}, cell(receptor.name, ligand.name, digits, dense)))));
  table.replaceChildren(el("caption", { class: "unseen" }, `${metric.label} of every pair`), el("thead", {}, head), el("tbody", {}, ...rows));
}

/** @type {(protein: PageProtein, side: Side, scope: string) => HTMLElement} */
function heading(protein, side, scope) {
  const on = view.by === side && view.name === protein.name;
  const what = Data.called(side === "receptor" ? "ligand" : "receptor");
  return el("th", { scope, "aria-sort": on ? (view.metric.better === "high" ? "descending" : "ascending") : "none" },
    el("button", { type: "button", tabindex: -1, "data-side": side, "data-name": protein.name, class: /\S{15}/.test(protein.label) ? "long" : null,
      title: say(another(protein) ? "matrix-sort-another" : "matrix-sort", { protein: protein.label, what }) },
    protein.label, another(protein) ? el("span", { class: "another" }, "\u00a0!") : ""));
}

/** @type {(receptor: string, ligand: string, digits: number, dense: boolean) => HTMLElement} */
function cell(receptor, ligand, digits, dense) {
  const { metric, colour, tied } = view;
  const pair = Data.pair(receptor, ligand);
  if (!pair) return hole(receptor, ligand);
  const value = Data.value(pair, metric.name);
  const why = value === null ? missing(pair, metric.name) : "";
  const text = `${Data.label(pair.ligand)} on ${Data.label(pair.receptor)}: ${metric.label} ${why || withUnit(value, metric.unit, digits)}`;
  const { share, worse } = value === null ? {} : colour(value);
  const marks = [Data.stands(pair) && "stands", pair.known && "known", tied.has(pair) && "tied", worse && "worse", value === null && "empty"].filter(Boolean);
  return el("button", { type: "button", tabindex: -1, "data-receptor": receptor, "data-ligand": ligand, "aria-pressed": "false",
    "aria-label": text + (Data.stands(pair) ? `, ${say("stands")}` : "") + (pair.known ? `, ${say("matrix-known")}` : "") + (tied.has(pair) ? `, ${tiedText(metric)}` : ""),
    class: marks.join(" ") || null, title: why || null, style: value === null ? null : `--share: ${Math.round(share * 100)}%` },
    Data.stands(pair) && !dense ? el("span", { class: "star", "aria-hidden": true }, "★") : "", dense ? "" : number(value, digits));
}

/** @type {(receptor: string, ligand: string) => string} */
const holeText = (receptor, ligand) => say("hole", { pair: `${Data.label(ligand)} on ${Data.label(receptor)}`, reason: Data.failure(receptor, ligand) ?? say("hole-not-asked") });

/** A cell without a pair: it can be reached and says why, and chooses nothing.
 * @type {(receptor: string, ligand: string) => HTMLElement} */
const hole = (receptor, ligand) => el("button", { type: "button", tabindex: -1, "data-receptor": receptor, "data-ligand": ligand, "aria-disabled": "true",
  class: Data.failure(receptor, ligand) ? "hole failed" : "hole", "aria-label": holeText(receptor, ligand), title: holeText(receptor, ligand) });

/** The weak end of the colours and the strong one: their numbers and, on a scale with a middle, what they mean.
 * @type {(metric: Metric) => string[]} */
function ends(metric) {
  let [low, high] = Data.range(metric.name);
  if (metric.diverging) [low, high] = [-Math.max(-low, high), Math.max(-low, high)];
  const digits = Data.digits(metric.name);
  const ends = metric.ends ?? (Data.sign(metric) > 0 ? ["better", "worse"] : ["worse", "better"]);
  const texts = [low, high].map((value, i) => [number(value, digits), metric.diverging ? ends[i] : ""]);
  const [weak, strong] = Data.sign(metric) > 0 ? texts.reverse() : texts;
  return [weak.reverse(), strong].map((parts) => parts.join(" ").trim());
}

/** What the marks of the drawn cells mean. */
function marks() {
  return { stands: Data.verdict.pairs.length ? say("stands") : null, another: [...view.ligands, ...view.receptors].some(another) ? say("matrix-another") : null,
    known: Data.pairs.some((pair) => pair.known) ? say("matrix-known") : null,
    tied: view.tied.size ? tiedText(view.metric) : null, holes: Data.holes ? say("matrix-holes") : null };
}

function legend() {
  const { metric } = view;
  const [weak, strong] = ends(metric);
  const ramp = el("span", {}, weak, el("span", { class: metric.diverging ? "ramp diverging" : "ramp" }), strong);
  const { stands, another: other, known, tied, holes } = marks();
  byId("matrix-legend").replaceChildren(...[ramp, stands && el("span", {}, el("span", { class: "star" }, "★"), stands), known && el("span", {}, el("span", { class: "dot" }), known),
    tied && el("span", {}, el("span", { class: "dash" }), tied), holes && el("span", {}, el("span", { class: "hole" }), holes),
    Data.symmetric && el("span", {}, say("matrix-mirrored")), other && el("span", {}, el("span", { class: "another" }, "!"), other),
    some && State.current.others && el("span", {}, say("matrix-left-out")), el("span", {}, say("matrix-choose"))].filter(Boolean));
}

/** Name the pair under the pointer and its value, or say why there is none.
 * @param {HTMLElement} [button] */
function point(button) {
  const { metric } = view;
  const pair = button && pairOf(button);
  const { receptor, ligand } = button?.dataset ?? {};
  byId("matrix-pointed").textContent = receptor && !pair ? holeText(receptor, ligand) : pair ? `${Data.label(pair.ligand)} on ${Data.label(pair.receptor)}: ${(Data.value(pair, metric.name) === null && missing(pair, metric.name)) || withUnit(Data.value(pair, metric.name), metric.unit, Data.digits(metric.name))}` : "";
}

/** @type {(row: number, column: number) => HTMLElement | undefined} */
const at = (row, column) => table.rows[row]?.cells[column]?.querySelector("button");
/** @type {(pair: { receptor?: string, ligand?: string }) => HTMLElement | undefined} */
const cellOf = ({ receptor, ligand }) => at(places.ligands.get(ligand), places.receptors.get(receptor));
/** @type {(side: string, name: string) => HTMLElement | undefined} */
const headingOf = (side, name) => (side === "receptor" ? at(0, places.receptors.get(name)) : at(places.ligands.get(name), 0));

/** @param {any} event */
function choose(event) {
  const button = event.target.closest("button");
  if (!button) return;
  const { side, name, receptor, ligand } = button.dataset;
  if (!side) return State.selectPair(receptor, ligand);
  const order = `${side}:${name}`;
  State.set({ order: State.current.order === order ? "config" : order });
}

/** Arrow keys go from cell to cell and into the names, Home and End to the ends of a row, with Ctrl of the table.
 * @param {any} event */
function walk(event) {
  const { parentElement: { cellIndex: column, parentElement: { rowIndex: row } } } = event.target;
  const [lastRow, lastColumn] = [table.rows.length - 1, table.rows[0].cells.length - 1];
  const targets = { ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1], ArrowUp: [row - 1, column], ArrowDown: [row + 1, column],
    Home: [event.ctrlKey ? 1 : row, 1], End: [event.ctrlKey ? lastRow : row, lastColumn] };
  if (event.altKey || event.metaKey || !targets[event.key]) return;
  event.preventDefault();
  const [toRow, toColumn] = targets[event.key];
  at(toRow, toColumn)?.focus();
}

/** Whether a large panel's matrix left out a ligand that it should show.
 * @param {string} ligand */
const left = (ligand) => !places.ligands.has(ligand) && chosen("ligands", view.metric).some((protein) => protein.name === ligand);

/** @param {HTMLElement | undefined} button */
function rove(button) {
  stop?.setAttribute("tabindex", "-1");
  stop = button;
  stop?.setAttribute("tabindex", "0");
}

function mark() {
  if (State.pair() && !cellOf(State.current) && left(State.current.ligand)) return draw();
  for (const one of table.querySelectorAll('[aria-pressed="true"]')) one.setAttribute("aria-pressed", "false");
  const button = cellOf(State.current);
  const { receptor, ligand } = State.current;
  const mirror = Data.symmetric ? cellOf({ receptor: ligand, ligand: receptor }) : null; // the same pair, beyond the diagonal
  for (const one of [button, mirror]) one?.setAttribute("aria-pressed", "true");
  if (!table.contains(document.activeElement)) rove(button ?? at(0, 1));
}

function download() {
  const { metric, receptors } = view;
  const rows = chosen("ligands", metric).map((ligand) => [ligand.name, ...receptors.map((receptor) => Data.value(Data.pair(receptor.name, ligand.name), metric.name))]);
  save(`${metric.name}.csv`, csv([metric.header, ...receptors.map((receptor) => receptor.name)], rows), "text/csv");
}

// The matrix as a figure for print: white, in type that a paper's column can hold, with names, values, marks and legend.
import * as Data from "./data.js";
import { number } from "./dom.js";
import { cut as cutTo, FAMILY, hex, light, rgb, svg, textWidth, wrapped } from "./figure.js";
import { say } from "./say.js";

/** @import { DockedPair } from "./data.js" */
/** @import { Metric, PageProtein } from "./page.js" */
/** How far a value goes towards the end of the colours, and whether that is the worse end.
 * @typedef {(value: number) => { share: number, worse: boolean }} Colour */

/** What each mark means, where one is shown.
 * @typedef {{ stands: string | null, another: string | null, known: string | null, tied: string | null, holes: string | null }} Marks */

const [TITLE, TEXT] = [11, 9]; // px, three quarters of that in points
const [GAP, LINE] = [6, 14];
const LONGEST = 150; // px of a name; longer ones are cut
const RAMP = 90;
const width = (text, size = TEXT) => textWidth(text, size);
const cut = (text) => cutTo(text, LONGEST, TEXT);

/** Colour of a share of the way to one end, mixed as the page mixes it. */
const mixed = (share, end) =>
  hex(`color-mix(in oklab, ${light(end)} ${Math.round(share * 100)}%, ${light("--heat-low")})`);

const endOf = (worse) => (worse ? "--heat-worse" : "--heat-high");

/** Black on light colours, white on dark ones, by their luminance (WCAG 2). */
function inkOn(colour) {
  const [red, green, blue] = rgb(colour).map((part) => ((part / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.18 ? "#ffffff" : "#000000";
}

const text = (x, y, content, more = {}) => svg("text", { x: round(x), y: round(y), ...more }, content);
const round = (value) => Math.round(value * 10) / 10;

/** Draw what the matrix shows, in the order in which it does, with the ends of its colours and its marks in words.
 * @param {{ metric: Metric, ligands: PageProtein[], receptors: PageProtein[], colour: Colour, tied: Set<DockedPair>, ends: string[], marks: Marks }} view */
export function drawing({ metric, ligands, receptors, colour, tied, ends, marks }) {
  const digits = Data.digits(metric.name);
  const rows = ligands.map((ligand) => receptors.map((receptor) => Data.pair(receptor.name, ligand.name)));
  /** @param {DockedPair | undefined} pair */
  const shown = (pair) => (pair ? number(Data.value(pair, metric.name), digits) : "");
  const [rowNames, columnNames] = [ligands, receptors].map((side) => side.map((protein) => cut(protein.label) + (protein.another ? " !" : "")));
  const wide = Math.min(46, Math.max(10, 320 / receptors.length));
  const high = Math.min(22, wide);
  const value = TEXT * Math.min(1, (wide - 4) / Math.max(...rows.flat().map((pair) => width(shown(pair)))));
  const name = Math.min(TEXT, high - 1);
  const turned = Math.max(...columnNames.map((content) => width(content))) > wide - 4;
  const left = Math.max(width("Ligands"), ...rowNames.map((content) => width(content))) + 2 * GAP;
  const head = TITLE + 3 * GAP + (turned ? Math.max(...columnNames.map((content) => width(content))) : TEXT) + LINE;
  const title = metric.unit ? `${metric.label} (${metric.unit})` : metric.label;
  const ending = legend(metric, ends, marks, head + high * rows.length + 2 * GAP);
  const full = Math.ceil(Math.max(left + wide * receptors.length, GAP + width(title, TITLE) * 1.1, ending.width) + GAP);
  const notes = [Data.title, note(metric)].flatMap((content) => wrapped(content, full - 2 * GAP, TEXT));
  const tall = Math.ceil(ending.bottom + LINE * notes.length + GAP);
  const cells = rows.map((pairs, i) => pairs.map((pair, j) => {
    const at = { x: left + j * wide, y: head + i * high, wide, high };
    return cell(pair, at, value >= 6 ? { content: shown(pair), size: round(value) } : null, { metric, colour, tied });
  }));
  const columns = columnNames.map((content, j) => {
    const [x, y] = [left + (j + 0.5) * wide, head - GAP];
    return turned ? text(0, 0, content, { transform: `translate(${round(x + name * 0.35)} ${round(y)}) rotate(-90)`, "font-size": name })
      : text(x, y, content, { "text-anchor": "middle" });
  });
  const lines = rowNames.map((content, i) => text(left - GAP, head + (i + 0.5) * high + name * 0.35, content, { "text-anchor": "end", "font-size": name }));
  return svg("svg", { xmlns: "http://www.w3.org/2000/svg", width: full, height: tall, viewBox: `0 0 ${full} ${tall}`, "font-family": FAMILY, "font-size": TEXT, fill: "#000000" },
    svg("title", {}, title), svg("rect", { width: full, height: tall, fill: "#ffffff" }),
    text(GAP, TITLE + GAP, title, { "font-size": TITLE, "font-weight": "bold" }),
    Data.symmetric ? null : text(left, TITLE + GAP + LINE, "Receptors", { fill: light("--receptor") }),
    Data.symmetric ? null : text(left - GAP, head - GAP, "Ligands", { "text-anchor": "end", fill: light("--ligand") }),
    ...columns, ...lines, ...cells.flat(), ending.drawn, ...notes.map((content, i) => text(GAP, ending.bottom + TEXT + LINE * i, content, { fill: "#58646b" })));
}

/** What the numbers are not.
 * @param {Metric} metric */
function note(metric) {
  return say(Data.synthetic ? "figure-synthetic" : metric.name === "published" ? "figure-published" : "figure-note");
}

/** @param {DockedPair | undefined} pair
 * @param {{ x: number, y: number, wide: number, high: number }} at
 * @param {{ content: string, size: number } | null} label
 * @param {{ metric: Metric, colour: Colour, tied: Set<DockedPair> }} view */
function cell(pair, { x, y, wide, high }, label, { metric, colour, tied }) {
  if (!pair) return hole({ x, y, wide, high });
  const own = Data.value(pair, metric.name);
  const { share, worse } = own === null ? { share: 0, worse: false } : colour(own);
  const fill = own === null ? "#ffffff" : mixed(share, endOf(worse));
  const ink = inkOn(fill);
  const middle = x + wide / 2;
  return svg("g", {}, svg("rect", { x: round(x + 0.5), y: round(y + 0.5), width: round(wide - 1), height: round(high - 1), fill }),
    label && text(middle, y + high / 2 + label.size * 0.35, label.content, { "text-anchor": "middle", "font-size": label.size, fill: ink }),
    tied.has(pair) ? dash(middle - wide * 0.2, y + high - 3, wide * 0.4, ink) : null,
    Data.stands(pair) ? star(x + 1.5, y + 6.5, ink) : null,
    pair.known ? dot(x + wide - 4.5, y + 4.5) : null);
}

/** A cell without a pair: two strokes, as in the page's hatching.
 * @param {{ x: number, y: number, wide: number, high: number }} at */
function hole({ x, y, wide, high }) {
  const side = Math.min(wide, high) - 4;
  const [left, low] = [x + (wide - side) / 2, y + (high + side) / 2];
  return svg("path", { class: "hole", d: `M${round(left)} ${round(low - side / 2)}l${round(side / 2)} ${round(-side / 2)}M${round(left + side / 2)} ${round(low)}l${round(side / 2)} ${round(-side / 2)}`, stroke: "#9aa5ab", "stroke-width": 0.75 });
}

const dot = (x, y) => svg("circle", { class: "known", cx: round(x), cy: round(y), r: 2.5, fill: light("--known"), stroke: "#ffffff" });
const star = (x, y, fill) => text(x, y, "★", { "font-size": 7, fill });
const dash = (x, y, length, stroke) => svg("path", { class: "tied", d: `M${round(x)} ${round(y)}h${round(length)}`, stroke, "stroke-dasharray": "2 1.5" });

/** The colours with the numbers at their ends, and a line for each mark.
 * @param {Metric} metric
 * @param {string[]} ends
 * @param {Marks} marks
 * @param {number} top */
function legend(metric, [weak, strong], { stands, another, known, tied, holes }, top) {
  const start = GAP + width(weak) + GAP;
  const id = "ramp";
  const stops = Array.from({ length: 11 }, (_, i) => i / 10).map((way) => svg("stop", { offset: way,
    "stop-color": metric.diverging ? mixed(Math.abs(2 * way - 1), endOf(way < 0.5)) : mixed(way, endOf(false)) }));
  const parts = [svg("defs", {}, svg("linearGradient", { id }, ...stops)), text(GAP, top + TEXT, weak),
    svg("rect", { x: round(start), y: top + 1, width: RAMP, height: TEXT, fill: `url(#${id})` }), text(start + RAMP + GAP, top + TEXT, strong)];
  let [bottom, widest] = [top + LINE, start + RAMP + GAP + width(strong)];
  const signs = [{ content: stands, sign: (y) => star(GAP + 2, y + 3, "#000000") }, { content: another, sign: (y) => text(GAP + 3, y + 3, "!", { "font-weight": "bold" }) }, { content: known, sign: (y) => dot(GAP + 5, y) },
    { content: tied, sign: (y) => dash(GAP, y, 12, "#000000") }, { content: holes, sign: (y) => hole({ x: GAP, y: y - 7, wide: 12, high: 12 }) }];
  for (const { content, sign } of signs) {
    if (!content) continue;
    parts.push(sign(bottom + TEXT - 3), text(GAP + 18, bottom + TEXT, content));
    widest = Math.max(widest, GAP + 18 + width(content));
    bottom += LINE;
  }
  return { drawn: svg("g", {}, ...parts), width: widest, bottom };
}

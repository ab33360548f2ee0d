// The interfaces of the leading pairs as a figure for a paper: a panel a pair, drawn with the residues and lines of its own drawing.
import * as Contacts from "./contacts.js";
import * as Data from "./data.js";
import { number } from "./dom.js";
import { cut, figure, light, POINT, svg, textWidth, wrapped } from "./figure.js";
import { listed } from "./order.js";
import { say } from "./say.js";

/** @import { Contact } from "./contacts.js" */
/** @import { DockedPair, Side } from "./data.js" */
/** @import { ModelRecord } from "./page.js" */

/** A residue of a panel, and the height of it in the pair's own drawing.
 * @typedef {{ key: string, label: string, sign: string, colour: string, y: number }} Residue */
/** What a panel shows; `rows` are the contacts that are drawn, `more` how many residues of a side are not.
 * @typedef {{ pair: DockedPair, model: ModelRecord | null, residues: Record<Side, Residue[]>, more: Record<Side, number>, rows: Contact[], lines: Map<string, Element> }} Panel */

const MOST = 6; // panels
const MOST_RESIDUES = 24; // of a side; two rows of panels then fit a page
// Points of print, at a width of 85 mm for one panel and of 180 mm for more: one and two columns of a journal.
const [NARROW, WIDE] = [85, 180].map((mm) => mm / POINT);
const [LETTER, NAME, TEXT] = [10, 7.5, 6.5];
const [ROW, BOX, GAP, LINE] = [10.5, 54, 12, 8.5];
const HEAD = 15; // of the two columns of residues
const EDGE = 1; // around all, for the strokes of what stands at the edge
const SAMPLE = 16; // a line of the legend
const KINDS = ["disulfide", "salt bridge", "hydrogen bond", "non-bonded"];
const INK = "#111111";

/** The pairs that the tests name, or where they name none the first of each receptor, with models in the page.
 * @returns {DockedPair[]} */
function leading() {
  const named = Data.verdict.pairs.map(([receptor, ligand]) => Data.pair(receptor, ligand));
  const order = listed((named.length ? named : Data.pairs).filter((pair) => pair?.detail));
  const firsts = order.filter((pair, i) => named.length || order.findIndex(({ receptor }) => receptor === pair.receptor) === i);
  return firsts.slice(0, MOST);
}

/** The figure and its caption; no figure where the page holds no models. */
export async function draw() {
  const panels = await Promise.all(leading().map(read));
  if (!panels.length) return { drawing: null, caption: say("figures-interfaces-none") };
  const caption = captionOf(panels);
  const columns = panels.length === 4 ? 2 : Math.min(3, panels.length);
  const width = columns === 1 ? NARROW : WIDE;
  const room = (width - 2 * EDGE - GAP * (columns - 1)) / columns;
  const parts = [];
  let top = EDGE;
  for (let first = 0; first < panels.length; first += columns) {
    const line = panels.slice(first, first + columns);
    const names = line.map(({ pair }) => title(pair, room - 14));
    const start = Math.max(...names.map((one) => one.length)) * LINE + 2 * LINE + 4 + HEAD;
    const rows = Math.max(1, ...line.flatMap(({ residues }) => Data.SIDES.map((side) => residues[side].length)));
    line.forEach((panel, i) => {
      const drawn = [...header(panel, names[i], String.fromCharCode(65 + first + i), room, start), ...body(panel, room, start, rows * ROW)];
      parts.push(svg("g", { transform: `translate(${round(EDGE + i * (room + GAP))} ${round(top)})` }, ...drawn));
    });
    top += start + rows * ROW + LINE + (line.some(({ more }) => more.receptor || more.ligand) ? LINE : 0);
  }
  const key = legend(panels, width - 2 * EDGE);
  parts.push(svg("g", { transform: `translate(${EDGE} ${round(top)})` }, ...key.parts));
  const about = { width, height: top + key.height + EDGE, unit: POINT, title: say("figures-interfaces-title"), caption };
  return { drawing: figure(about, ...parts), caption, panels: panels.length };
}

/** @type {(pair: DockedPair) => string} */
const words = ({ ligand, receptor }) => `${Data.label(ligand)} on ${Data.label(receptor)}`;

/** The names of a pair in up to three lines.
 * @param {DockedPair} pair
 * @param {number} room */
function title(pair, room) {
  const lines = wrapped(words(pair), room, NAME, "bold");
  return lines.length > 3 ? [...lines.slice(0, 2), cut(lines.slice(2).join(" "), room, NAME, "bold")] : lines;
}

const round = (value) => Math.round(value * 100) / 100;
const text = (x, y, content, more = {}) => svg("text", { x: round(x), y: round(y), "font-size": TEXT, fill: INK, ...more }, content);

// What is drawn

/** The first model of a pair: its contacts, and the residues and lines of its drawing.
 * @param {DockedPair} pair
 * @returns {Promise<Panel>} */
async function read(pair) {
  const detail = await Data.detail(pair);
  const model = detail.models[0] ?? null;
  const drawing = new DOMParser().parseFromString(detail.drawings[0] ?? "<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml");
  const parts = new Map([...drawing.querySelectorAll("[data-residues]")].map((part) => [part.getAttribute("data-residues"), part]));
  const all = model ? Contacts.of(detail, model).filter((row) => parts.has(line(row))) : [];
  const kept = chosen(all);
  /** @type {(side: Side) => Residue[]} */
  const side = (side) => [...kept[side]].map((key) => residue(key, parts.get(key))).sort((a, b) => a.y - b.y);
  const residues = { receptor: side("receptor"), ligand: side("ligand") };
  const left = (side) => new Set(all.map((row) => Contacts.key(row, side))).size - residues[side].length;
  return { pair, model, residues, more: { receptor: left("receptor"), ligand: left("ligand") }, lines: parts,
    rows: all.filter((row) => Data.SIDES.every((side) => kept[side].has(Contacts.key(row, side)))) };
}

/** @param {Contact} row */
const line = (row) => Data.SIDES.map((side) => Contacts.key(row, side)).join(" ");

/** Residues that are drawn: those of the strongest contacts first, until a side is full.
 * @param {Contact[]} rows
 * @returns {Record<Side, Set<string>>} */
function chosen(rows) {
  const kept = { receptor: new Set(), ligand: new Set() };
  const strength = (row) => KINDS.indexOf(row.kind);
  for (const row of [...rows].sort((a, b) => strength(a) - strength(b) || b.atom_pairs - a.atom_pairs)) {
    const fits = Data.SIDES.every((side) => kept[side].has(Contacts.key(row, side)) || kept[side].size < MOST_RESIDUES);
    if (fits) for (const side of Data.SIDES) kept[side].add(Contacts.key(row, side));
  }
  return kept;
}

/** @param {string} key
 * @param {Element} drawn a sign in a circle of its class's colour, and a label
 * @returns {Residue} */
function residue(key, drawn) {
  const [sign, label] = [...drawn.querySelectorAll("text")].map((part) => part.textContent);
  const circle = drawn.querySelector("circle");
  return { key, sign, label, colour: circle.getAttribute("fill"), y: Number(circle.getAttribute("cy")) };
}

// A panel

/** Letter, names and numbers.
 * @param {Panel} panel
 * @param {string[]} names */
function header({ pair, model, residues }, names, letter, room, start) {
  const facts = model ? [[count("hydrogen bond", model), count("salt bridge", model)].join(", "),
    say("figures-interfaces-area", { area: number(Math.round(area(model))), name: statistic(), value: number(Data.value(pair, Data.statistic), Data.digits(Data.statistic)) })] : [say("figures-interfaces-no-model"), ""];
  const columns = Data.SIDES.map((side) => {
    const label = cut(Data.label(pair[side]), room / 2 - 12, TEXT);
    const [x, anchor] = side === "receptor" ? [8, "start"] : [room - 8, "end"];
    const mark = side === "receptor" ? svg("rect", { x: 0, y: round(start - 10), width: 5.5, height: 5.5, fill: light("--receptor") })
      : svg("circle", { cx: round(room - 3), cy: round(start - 7.2), r: 3, fill: light("--ligand") });
    return residues[side].length ? svg("g", {}, mark, text(x, start - 5, label, { "text-anchor": anchor })) : null;
  });
  return [text(0, LETTER, letter, { "font-size": LETTER, "font-weight": "bold" }),
    ...names.map((content, i) => text(14, LETTER - 1 + i * LINE, content, { "font-size": NAME, "font-weight": "bold" })),
    ...facts.map((content, i) => text(14, start - HEAD - LINE * (2 - i) + TEXT - 1, content)), ...columns];
}

/** @param {string} kind
 * @param {ModelRecord} model */
const count = (kind, model) => say(`figures-${kind.replace(" ", "-")}`, { n: model.contacts[kind] ?? 0 });

/** Half of what both partners bury.
 * @param {ModelRecord} model */
const area = (model) => (model.buried_receptor_A2 + model.buried_ligand_A2) / 2;

/** Residues in two columns, the shorter one spread over the height, and the lines between them, the strong over the weak.
 * @param {Panel} panel */
function body({ residues, rows, lines, more }, room, top, height) {
  const box = Math.min(BOX, (room - 40) / 2);
  const places = new Map(Data.SIDES.flatMap((side) => residues[side].map(({ key }, i) => [key, top + height * (i + 0.5) / residues[side].length])));
  const drawn = [...rows].sort((a, b) => KINDS.indexOf(b.kind) - KINDS.indexOf(a.kind)).map((row) => {
    const [from, to] = Data.SIDES.map((side) => places.get(Contacts.key(row, side)));
    return stroke(lines.get(line(row)), box, from, room - box, to);
  });
  return [...drawn, ...residues.receptor.map((one) => label(one, 0, places.get(one.key), box)),
    ...residues.ligand.map((one) => label(one, room - box, places.get(one.key), box)),
    ...Data.SIDES.map((side) => (more[side] ? text(side === "receptor" ? 0 : room, top + height + TEXT + 2, say("figures-more", { n: more[side] }),
      { "text-anchor": side === "receptor" ? "start" : "end" }) : null))];
}

/** A line in the look of the pair's own drawing.
 * @param {Element} like */
function stroke(like, x1, y1, x2, y2) {
  const dashes = like.getAttribute("stroke-dasharray")?.split(" ").map((part) => Number(part) / 2).join(" ");
  return svg("line", { x1: round(x1), y1: round(y1), x2: round(x2), y2: round(y2), stroke: like.getAttribute("stroke"),
    "stroke-width": round(Number(like.getAttribute("stroke-width")) / 2), "stroke-dasharray": dashes });
}

/** @param {Residue} residue */
function label({ colour, label: content, sign }, x, y, box) {
  const [high, r] = [9, 4];
  const size = Math.max(6, TEXT * Math.min(1, (box - 2 * r - 5) / textWidth(content, TEXT)));
  return svg("g", {}, svg("rect", { x: round(x), y: round(y - high / 2), width: round(box), height: high, rx: high / 2, fill: "#ffffff", stroke: colour, "stroke-width": 0.75 }),
    disc(x + high / 2, y, r, colour, sign), text(x + high + 1.5, y + size * 0.36, cut(content, box - high - 3, size), { "font-size": round(size) }));
}

const disc = (x, y, r, colour, sign) => svg("g", {}, svg("circle", { cx: round(x), cy: round(y), r, fill: colour }),
  text(x, y + 2.1, sign, { "text-anchor": "middle", "font-size": 6, fill: "#ffffff" }));

// What marks mean

/** Signs of all kinds of lines and classes that some panel has.
 * @param {Panel[]} panels */
function legend(panels, width) {
  const rows = panels.flatMap((panel) => panel.rows.map((row) => ({ row, like: panel.lines.get(line(row)) })));
  const residues = panels.flatMap((panel) => Data.SIDES.flatMap((side) => panel.residues[side]));
  const kinds = KINDS.map((kind) => ({ kind, like: rows.find(({ row }) => row.kind === kind)?.like })).filter(({ like }) => like);
  const classes = Object.entries(Data.classes).map(([name, { colour }]) => ({ name, colour, sign: residues.find((one) => one.colour === colour)?.sign })).filter(({ sign }) => sign);
  const entries = [...kinds.map(({ kind, like }) => ({ content: kind, wide: SAMPLE, mark: () => stroke(like, 0, 0, SAMPLE, 0) })),
    ...classes.map(({ name, colour, sign }) => ({ content: name, wide: 8, mark: () => disc(4, 0, 4, colour, sign) }))];
  const parts = [];
  let [x, y] = [0, 6];
  for (const { content, wide, mark } of entries) {
    const needed = wide + 3 + textWidth(content, TEXT);
    if (x && x + needed > width) [x, y] = [0, y + ROW];
    parts.push(svg("g", { transform: `translate(${round(x)} ${round(y)})` }, mark(), text(wide + 3, TEXT * 0.36, content)));
    x += needed + 10;
  }
  return { parts, height: y + 6 };
}

/** The number that is given with each interface, as it stands within a sentence. */
const statistic = () => (Data.metric(Data.statistic)?.label ?? "").replace(/^[A-Z](?=[a-z]+( |$))/, (first) => first.toLowerCase());

/** Its unit, and which end of it is better. */
function about() {
  const { unit, better } = Data.metric(Data.statistic) ?? { unit: "", better: "low" };
  return [...(unit ? [say("figures-interfaces-unit", { name: statistic(), unit })] : []), say(`matrix-better-${better}`)];
}

/** @param {Panel[]} panels */
function captionOf(panels) {
  const { pairs, basis } = Data.verdict;
  const list = panels.map(({ pair }, i) => `${String.fromCharCode(65 + i)}, ${words(pair)}${pair.known ? ` (${say("figures-known", { complex: pair.known.complex ?? "" }).trim()})` : ""}`).join("; ");
  const opening = pairs.length ? say(`figures-interfaces-${basis}`, { n: panels.length, all: pairs.length }) : say("figures-interfaces-first", { n: panels.length });
  const cuts = panels.some(({ more }) => more.receptor || more.ligand);
  const drawn = new Set(panels.flatMap(({ pair }) => Data.SIDES.map((side) => pair[side])));
  const doubts = [...Data.receptors, ...Data.ligands].filter(({ name, questionable }) => drawn.has(name) && questionable)
    .map(({ label: own, questionable }) => `${own} (${questionable})`);
  return [opening, `${list}.`, say("figures-interfaces-about"), ...about(), ...(cuts ? [say("figures-interfaces-cut", { n: MOST_RESIDUES })] : []),
    ...(doubts.length ? [say("figures-doubt", { proteins: doubts.join("; ") })] : []), say("figures-interfaces-not")].join(" ");
}

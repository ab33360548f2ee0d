// The predicted aligned errors of the model: a map of all residues of both partners, to point at, and to pick residues in.
import * as Contacts from "./contacts.js";
import * as Data from "./data.js";
import { byId, drawn, el, fixed } from "./dom.js";
import { cut, FAMILY, light, savePng, saveSvg, svg, textWidth } from "./figure.js";
import { fileName } from "./files.js";
import * as Pdb from "./pdb.js";
import { say } from "./say.js";
import * as State from "./state.js";

/** @import { DockedPair, Side } from "./data.js" */
/** @import { ErrorMap, ModelRecord } from "./page.js" */

/** A residue of the map: its name in the address (contacts.js), and for reading.
 * @typedef {{ key: string, label: string, side: Side, chain: string, number: string }} Residue */
/** Cells from one to another, both included.
 * @typedef {{ from: [number, number], to: [number, number] }} Area rows first */

const STEP = 0.5; // angstrom of a step of the data
const MOST = 30; // angstrom of the end of the colours
const [LOW, HIGH] = [[0, 68, 27], [247, 252, 245]]; // dark green is sure, as on AlphaFold DB
const [LEFT, TOP, SIZE, RIGHT] = [54, 4, 330, 16]; // of the map in the figure, in px
const [TEXT, LINE, TICK] = [11, 14, 4];
const LEAST_APART = 44; // px between two ticks
const PIXELS = 1000; // about those of a side of the picture

/** The model that is shown.
 * @type {{ pair: DockedPair, model: ModelRecord, map: ErrorMap, cells: Uint8Array, starts: number[], residues: Residue[], picture: string } | null} */
let shown = null;
/** @type {[number, number]} the cell of the keyboard, and that at which an area begins */
let cursor = [0, 0];
/** @type {[number, number] | null} */
let anchor = null;
let dragged = false; // whether a pointer is down
let draws = 0; // an older one that ends later must not replace a newer one

export function start() {
  const box = byId("pae-map");
  box.addEventListener("pointerdown", down);
  box.addEventListener("pointermove", move);
  box.addEventListener("pointerup", up);
  box.addEventListener("pointerleave", () => { if (!dragged) point(null); });
  box.addEventListener("pointercancel", () => { dragged = false; anchor = null; point(null); });
  box.addEventListener("keydown", key);
  box.addEventListener("focus", () => { if (box.matches(":focus-visible")) point({ from: cursor, to: cursor }); });
  byId("pae-svg").addEventListener("click", () => saveSvg(fileName(shown.pair, `pae_${shown.model.model}.svg`), paper()));
  byId("pae-png").addEventListener("click", () => savePng(fileName(shown.pair, `pae_${shown.model.model}.png`), paper()));
  State.on(["receptor", "ligand", "model", "backend"], draw);
  State.on(["residues"], mark);
  return draw();
}

async function draw() {
  draws += 1;
  const [pair, own] = [State.pair(), draws];
  const box = byId("pae");
  if (!pair?.detail) { shown = null; box.hidden = true; return; }
  const detail = await State.detail(pair);
  const model = State.model(detail);
  const place = detail.models.indexOf(model);
  const map = detail.errors[place];
  const cells = map ? await Data.cellsOf(map) : null;
  if (own !== draws) return;
  box.hidden = !map;
  if (!map) { shown = null; drawn(box, { model: "none" }); return; }
  const { receptor, ligand } = detail.bodies[place];
  const residues = [...residuesOf(receptor, "receptor"), ...residuesOf(Pdb.relettered(receptor, ligand), "ligand")];
  const [first, all] = [map.residues[0], residues.length];
  const starts = [...steps(0, first, map.width), ...steps(first, all, map.width), all];
  shown = { pair, model, map, cells, starts, residues, picture: picture(cells, starts) };
  [cursor, anchor] = [[0, 0], null];
  byId("pae-map").replaceChildren(figure());
  byId("pae-map").setAttribute("aria-label", say("pae-label", { model: model.model }));
  byId("pae-summary").textContent = summary();
  byId("pae-steps").textContent = map.width > 1 ? say("pae-steps-wide", { width: map.width }) : say("pae-steps");
  mark();
  point(null);
  drawn(box, { model: model.model, cells: starts.length - 1, residues: all });
}

/** @type {(from: number, to: number, width: number) => number[]} */
const steps = (from, to, width) => Array.from({ length: Math.ceil((to - from) / width) }, (_, i) => from + i * width);

/** The residues of atom records in their order.
 * @param {string} text
 * @param {Side} side
 * @returns {Residue[]} */
function residuesOf(text, side) {
  const found = new Map();
  for (const line of text.split("\n")) {
    const place = line.slice(21, 27);
    if (!/^(ATOM|HETATM)/.test(line) || found.has(place)) continue;
    const [chain, number] = [place[0], place.slice(1).trim()];
    found.set(place, { key: `${side}.${chain}:${number}`, label: `${line.slice(17, 20).trim()} ${chain}:${number}`, side, chain, number });
  }
  return [...found.values()];
}

// --- values

const count = () => shown.starts.length - 1;
const angstrom = (row, column) => shown.cells[row * count() + column] * STEP;
const within = (cell) => shown.residues.slice(shown.starts[cell], shown.starts[cell + 1]);
/** How many cells the receptor has. */
const border = () => shown.starts.indexOf(shown.map.residues[0]);

/** Mean over cells, each as many times as it has pairs of residues.
 * @param {Area} area */
function mean({ from, to }) {
  let [sum, pairs] = [0, 0];
  for (let row = from[0]; row <= to[0]; row += 1) {
    for (let column = from[1]; column <= to[1]; column += 1) {
      const weight = within(row).length * within(column).length;
      sum += weight * angstrom(row, column);
      pairs += weight;
    }
  }
  return sum / pairs;
}

/** The map in words. */
function summary() {
  const [own, all] = [border(), count()];
  const block = (top, left) => fixed(mean({ from: [top ? own : 0, left ? own : 0], to: [(top ? all : own) - 1, (left ? all : own) - 1] }), 1);
  const [receptor, ligand] = Data.SIDES.map((side) => Data.label(shown.pair[side]));
  return say("pae-means", { receptor, ligand, own: block(0, 0), other: block(1, 1), forth: block(0, 1), back: block(1, 0) });
}

/** Residues in words: one, or the first and the last.
 * @param {number} from
 * @param {number} to */
function named(from, to) {
  const [first, last] = [shown.residues[shown.starts[from]], shown.residues[shown.starts[to + 1] - 1]];
  return first === last ? first.label : `${first.label}–${last.label}`;
}

/** @param {Area} area */
function words({ from, to }) {
  const [aligned, scored] = [0, 1].map((way) => named(from[way], to[way]));
  const error = fixed(mean({ from, to }), 1);
  if (from[0] !== to[0] || from[1] !== to[1]) return say("pae-area", { aligned, scored, error });
  const [of_aligned, of_scored] = from.map((cell) => Data.label(shown.pair[within(cell)[0].side]));
  return say("pae-cell", { aligned, scored, of_aligned, of_scored, error });
}

// --- pointer and keys

/** The cell under a pointer, or the nearest one while an area is drawn.
 * @returns {[number, number] | null} */
function cellAt(event) {
  const { left, top, width } = byId("pae-map").querySelector("image").getBoundingClientRect();
  const share = [event.clientY - top, event.clientX - left].map((way) => way / width);
  if (!dragged && share.some((way) => way < 0 || way >= 1)) return null;
  const [row, column] = share.map((way) => {
    const residue = Math.min(shown.residues.length - 1, Math.max(0, Math.floor(way * shown.residues.length)));
    return shown.starts.findLastIndex((start) => start <= residue);
  });
  return [row, column];
}

/** @returns {Area} */
const between = (one, other) => ({
  from: [Math.min(one[0], other[0]), Math.min(one[1], other[1])], to: [Math.max(one[0], other[0]), Math.max(one[1], other[1])] });

function down(event) {
  if (!shown || event.button) return;
  const cell = cellAt(event);
  if (!cell) return;
  [anchor, cursor, dragged] = [cell, cell, event.pointerType !== "touch"];
  if (dragged) byId("pae-map").setPointerCapture(event.pointerId);
  point({ from: cell, to: cell });
}

function move(event) {
  if (!shown) return;
  const cell = cellAt(event);
  if (dragged) cursor = cell;
  point(cell && (dragged ? between(anchor, cell) : { from: cell, to: cell }));
}

function up() {
  if (!shown || !anchor) return;
  pick(between(anchor, cursor));
  [anchor, dragged] = [null, false];
}

const WAYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function key(event) {
  if (!shown) return;
  const way = WAYS[event.key];
  if (event.key === "Escape") {
    anchor = null;
    State.set({ residues: "" });
  } else if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    pick(between(anchor ?? cursor, cursor));
    anchor = null;
  } else if (way) {
    event.preventDefault();
    anchor = event.shiftKey ? anchor ?? cursor : null;
    const [row, column] = cursor.map((cell, i) => Math.min(count() - 1, Math.max(0, cell + way[i])));
    cursor = [row, column];
    point(between(anchor ?? cursor, cursor));
  }
}

/** Pick all residues of an area, of both ways.
 * @param {Area} area */
function pick({ from, to }) {
  const keys = [0, 1].flatMap((way) => shown.residues.slice(shown.starts[from[way]], shown.starts[to[way] + 1]).map((residue) => residue.key));
  Contacts.pick([...new Set(keys)]);
}

/** Frame cells and say what they have.
 * @param {Area | null} area */
function point(area) {
  if (!shown) return;
  const frame = byId("pae-map").querySelector(".pae-frame");
  frame.setAttribute("visibility", area ? "visible" : "hidden");
  byId("pae-cell").textContent = area ? words(area) : say("pae-none");
  if (!area) return;
  const [[top, bottom], [left, right]] = [0, 1].map((way) => [place(shown.starts[area.from[way]]), place(shown.starts[area.to[way] + 1])]);
  const box = { x: LEFT + left, y: TOP + top, width: right - left, height: bottom - top };
  for (const [name, value] of Object.entries(box)) frame.setAttribute(name, value.toFixed(2));
}

// --- the figure

/** Where a residue begins on the map, in px. */
const place = (residue) => (SIZE * residue) / shown.residues.length;

/** The colour of an error, as three numbers. */
function tone(error) {
  const share = Math.min(1, error / MOST);
  return LOW.map((value, i) => Math.round(value + (HIGH[i] - value) * share ** 0.7));
}

/** The cells as a picture, several pixels a residue where these are few.
 * @param {Uint8Array} cells
 * @param {number[]} starts of cells, and the number of residues */
function picture(cells, starts) {
  const [n, all] = [starts.length - 1, starts[starts.length - 1]];
  const pixels = all < PIXELS ? all * Math.ceil(PIXELS / 2 / all) : PIXELS;
  const cellOf = Array.from({ length: all });
  for (let cell = 0; cell < n; cell += 1) cellOf.fill(cell, starts[cell], starts[cell + 1]);
  const across = Array.from({ length: pixels }, (_, i) => cellOf[Math.floor((i * all) / pixels)]);
  const tones = Array.from({ length: 256 }, (_, step) => [...tone(step * STEP), 255]);
  const canvas = el("canvas", { width: pixels, height: pixels });
  const context = canvas.getContext("2d");
  const image = context.createImageData(pixels, pixels);
  across.forEach((row, y) => across.forEach((column, x) => image.data.set(tones[cells[row * n + column]], 4 * (y * pixels + x))));
  context.putImageData(image, 0, 0);
  return canvas.toDataURL("image/png");
}

const text = (x, y, content, more = {}) => svg("text", { x: x.toFixed(1), y: y.toFixed(1), ...more }, content);
const line = (x1, y1, x2, y2, more = {}) => svg("line", { x1: x1.toFixed(1), y1: y1.toFixed(1), x2: x2.toFixed(1), y2: y2.toFixed(1), stroke: "currentColor", ...more });

/** Map, axes and scale, in the colour of the words around them. */
function figure() {
  const { residues, picture: href } = shown;
  const [right, bottom] = [LEFT + SIZE, TOP + SIZE];
  const parts = [svg("image", { href, x: LEFT, y: TOP, width: SIZE, height: SIZE, style: "image-rendering: pixelated" }),
    svg("rect", { x: LEFT, y: TOP, width: SIZE, height: SIZE, fill: "none", stroke: "currentColor" })];
  for (const at of changes(({ side, chain }) => `${side} ${chain}`)) {
    const partners = at === shown.map.residues[0];
    const look = { stroke: "#000000", "stroke-width": partners ? 1.5 : 0.5, "stroke-dasharray": partners ? null : "3 2" };
    parts.push(line(LEFT + place(at), TOP, LEFT + place(at), bottom, look), line(LEFT, TOP + place(at), right, TOP + place(at), look));
  }
  for (const at of ticks()) {
    const middle = place(at + 0.5);
    const { number } = residues[at];
    parts.push(line(LEFT + middle, bottom, LEFT + middle, bottom + TICK), text(LEFT + middle, bottom + TICK + TEXT, number, { "text-anchor": "middle" }),
      line(LEFT - TICK, TOP + middle, LEFT, TOP + middle), text(LEFT - TICK - 2, TOP + middle + TEXT * 0.35, number, { "text-anchor": "end" }));
  }
  const names = bottom + TICK + TEXT + LINE;
  Data.SIDES.forEach((side, i) => {
    const name = cut(Data.label(shown.pair[side]), rooms()[i], TEXT, "bold");
    const half = textWidth(name, TEXT, "bold") / 2;
    const middle = i ? Math.min(place((shown.map.residues[0] + residues.length) / 2), SIZE - half) : Math.max(place(shown.map.residues[0] / 2), half);
    const look = { "text-anchor": "middle", "font-weight": "bold", fill: light(`--${side}`), class: `pae-${side}` };
    parts.push(text(LEFT + middle, names, name, look), text(0, 0, name, { ...look, transform: `translate(${LEFT - 30} ${(TOP + middle).toFixed(1)}) rotate(-90)` }));
  });
  parts.push(text(LEFT + SIZE / 2, names + LINE, say("pae-scored"), { "text-anchor": "middle" }),
    text(0, 0, say("pae-aligned"), { "text-anchor": "middle", transform: `translate(${TEXT} ${TOP + SIZE / 2}) rotate(-90)` }), ...scale(names + 2 * LINE),
    svg("g", { class: "pae-picked" }), svg("rect", { class: "pae-frame", fill: "none", visibility: "hidden" }));
  const [wide, high] = [right + RIGHT, names + 2 * LINE + 2 * TEXT + 10];
  return svg("svg", { xmlns: "http://www.w3.org/2000/svg", width: wide, height: high, viewBox: `0 0 ${wide} ${high}`, "font-family": FAMILY, "font-size": TEXT, fill: "currentColor" }, ...parts);
}

/** How long the partners' names may be, in px: as their parts of an axis, or a quarter of it for a small one. */
function rooms() {
  const ligand = Math.min(0.75 * SIZE, Math.max(0.25 * SIZE, SIZE - place(shown.map.residues[0])));
  return [SIZE - ligand - TEXT, ligand - TEXT];
}

/** The residues at which something begins anew, but for the first.
 * @param {(residue: Residue) => string} of */
const changes = (of) => shown.residues.flatMap((residue, at) => (at && of(residue) !== of(shown.residues[at - 1]) ? [at] : []));

/** The residues that axes name: the first of each chain, and others as far apart as their numbers need. */
function ticks() {
  const { residues } = shown;
  const least = Math.ceil((LEAST_APART * residues.length) / SIZE);
  const apart = [10, 20, 50, 100, 200, 500, 1000].find((step) => step >= least) ?? least;
  const firsts = [0, ...changes(({ side, chain }) => `${side} ${chain}`)].filter((at, i, all) => !i || at - all[i - 1] >= least / 2);
  const others = residues.flatMap(({ number }, at) => (Number(number) % apart === 0 && firsts.every((first) => Math.abs(first - at) > least / 2) ? [at] : []));
  return [...firsts, ...others];
}

/** What the colours mean.
 * @param {number} top */
function scale(top) {
  const [from, wide] = [LEFT + textWidth(say("pae-scale"), TEXT) + 12, 160];
  const stops = Array.from({ length: 11 }, (_, i) => svg("stop", { offset: i / 10, "stop-color": `rgb(${tone((i / 10) * MOST).join(",")})` }));
  return [svg("defs", {}, svg("linearGradient", { id: "pae-ramp" }, ...stops)), text(LEFT, top + TEXT, say("pae-scale")),
    svg("rect", { x: from, y: top + 2, width: wide, height: TEXT - 1, fill: "url(#pae-ramp)", stroke: "currentColor", "stroke-width": 0.5 }),
    ...[0, 10, 20, MOST].map((error) => text(from + (wide * error) / MOST, top + 2 * TEXT + 4, error === MOST ? `≥${error}` : String(error), { "text-anchor": "middle" }))];
}

/** Bars at the axes beside the residues that are picked. */
function mark() {
  const group = byId("pae-map").querySelector(".pae-picked");
  if (!shown || !group) return;
  const wanted = new Set(Contacts.picked());
  const places = shown.residues.flatMap(({ key: own }, at) => (wanted.has(own) ? [at] : []));
  const least = 2;
  group.replaceChildren(...places.flatMap((at) => {
    const [start, length] = [place(at), Math.max(least, place(1))];
    return [svg("rect", { x: (LEFT + start).toFixed(2), y: TOP + SIZE - 5, width: length.toFixed(2), height: 5 }), svg("rect", { x: LEFT, y: (TOP + start).toFixed(2), width: 5, height: length.toFixed(2) })];
  }));
  byId("pae").dataset.picked = String(places.length);
}

/** The figure on white paper, without what is picked. */
function paper() {
  const copy = figure();
  copy.prepend(svg("title", {}, `${say("pae-label", { model: shown.model.model })}: ${Data.label(shown.pair.ligand)}, ${Data.label(shown.pair.receptor)}`), svg("desc", {}, summary()), svg("rect", { width: "100%", height: "100%", fill: "#ffffff" }));
  for (const part of copy.querySelectorAll(".pae-frame, .pae-picked")) part.remove();
  copy.setAttribute("color", "#000000");
  return copy;
}

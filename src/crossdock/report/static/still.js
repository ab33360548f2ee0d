// Still pictures of models: chain traces seen from one side, the receptor on the left, the ligand on the right.
import * as Contacts from "./contacts.js";
import * as Data from "./data.js";
import { el } from "./dom.js";
import { svg } from "./figure.js";
import { placed } from "./pdb.js";
import { say } from "./say.js";

/** @import { DockedPair, Side } from "./data.js" */
/** @typedef {[number, number, number]} Point */
/** Residues of a chain without a break; `met` where they touch the partner.
 * @typedef {{ side: Side, points: Point[], met: boolean[] }} Strand */
/** A piece of a trace: a curve around one residue; `next` is the residue that follows.
 * @typedef {{ side: Side, met: boolean, depth: number, from: Point, by: Point, to: Point, joined: boolean, next: Point | null }} Piece */
/** Pieces of one layer that follow one another, and the residues before and after them.
 * @typedef {{ layer: number, side: Side, met: boolean, before: Point | null, after: Point | null, pieces: Piece[] }} Run */

const BREAK = 4.5; // angstrom between CA atoms beyond which a chain is broken
const TUBE = 2.1; // angstrom, what is drawn of a chain
const MET = 1.45; // how much thicker it is where the partners touch
const MARGIN = 3; // pixels
const SMALL = 1.2; // pixels an angstrom below which coils are only noise

/** A picture of a pair's first model; colours are the page's own, so that it suits every theme and paper.
 * @param {DockedPair} pair
 * @param {number} width in CSS pixels
 * @param {number} height
 * @returns {Promise<HTMLElement>} */
export async function still(pair, width, height) {
  const detail = pair.detail ? await Data.detail(pair) : null;
  const model = detail?.models[0];
  if (!model) return el("span", { class: "still none" }, say("still-none"));
  const [receptor, ligand] = await Promise.all([pair.receptor, pair.ligand].map(Data.structure));
  const body = placed(detail, model, trace(receptor), trace(ligand));
  const touched = new Set(Contacts.of(detail, model).flatMap((row) => Data.SIDES.map((side) => Contacts.key(row, side))));
  const strands = Data.SIDES.flatMap((side) => strandsOf(side, body[side], touched, side === "ligand" ? detail.ligand_chains : {}));
  const label = say("still", { ligand: Data.label(pair.ligand), receptor: Data.label(pair.receptor) });
  return el("span", { class: "still", role: "img", "aria-label": label }, drawing(strands, width, height));
}

/** @param {string} text PDB format */
const trace = (text) => text.split("\n").filter((line) => line.startsWith("ATOM") && line.slice(12, 16) === " CA ").join("\n");

/** @param {Side} side
 * @param {string} text PDB format, all atoms or a trace
 * @param {Set<string>} touched keys of residues (contacts.js)
 * @param {{ [chain: string]: string }} letters of chains in contacts, where they are others */
function strandsOf(side, text, touched, letters) {
  /** @type {Strand[]} */
  const strands = [];
  let chain = "";
  for (const line of trace(text).split("\n").filter(Boolean)) {
    const point = /** @type {Point} */ ([30, 38, 46].map((start) => Number(line.slice(start, start + 8))));
    const last = strands.at(-1)?.points.at(-1);
    if (line[21] !== chain || distance(last, point) > BREAK) strands.push({ side, points: [], met: [] });
    chain = line[21];
    strands.at(-1).points.push(point);
    strands.at(-1).met.push(touched.has(`${side}.${letters[chain] ?? chain}:${line.slice(22, 27).trim()}`));
  }
  return strands;
}

/** @type {(a: Point, b: Point) => number} */
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/** @param {Strand[]} strands
 * @param {number} width
 * @param {number} height */
function drawing(strands, width, height) {
  const turn = view(strands);
  const turned = strands.map((strand) => ({ ...strand, points: strand.points.map(turn) }));
  const all = turned.flatMap(({ points }) => points);
  const [x, y, z] = [0, 1, 2].map((axis) => extent(all, axis));
  const scale = Math.min((width - 2 * MARGIN) / (x.size + TUBE * MET), (height - 2 * MARGIN) / (y.size + TUBE * MET));
  /** @type {(point: Point) => Point} */
  const project = (point) => [width / 2 + scale * (point[0] - x.middle), height / 2 - scale * (point[1] - y.middle), (point[2] - z.low) / (z.size || 1)];
  const rounds = scale < SMALL ? 4 : 1;
  const pieces = turned.flatMap((strand) => piecesOf({ ...strand, points: smoothed(strand.points, rounds).map(project) }));
  return svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, fill: "none", "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" },
    ...layers(pieces, scale < SMALL ? 6 : 20, Math.max(1.3, TUBE * scale)));
}

/** What turns the pair so that the ligand is to the right of the receptor, and their broadest side to the reader.
 * @param {Strand[]} strands
 * @returns {(point: Point) => Point} */
function view(strands) {
  const [from, to] = Data.SIDES.map((side) => centre(strands.filter((strand) => strand.side === side).flatMap(({ points }) => points)));
  const right = unit(minus(to, from)) ?? [1, 0, 0];
  const helper = /** @type {Point} */ (Math.abs(right[2]) < 0.9 ? [0, 0, 1] : [0, 1, 0]);
  const up = unit(cross(helper, right));
  const out = cross(right, up);
  const all = strands.flatMap(({ points }) => points);
  const middle = centre(all);
  let [uu, uo, oo] = [0, 0, 0];
  for (const point of all) {
    const [u, o] = [dot(minus(point, middle), up), dot(minus(point, middle), out)];
    uu += u * u; uo += u * o; oo += o * o;
  }
  const angle = Math.atan2(2 * uo, uu - oo) / 2; // of the axis along which they spread most
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return (point) => {
    const [r, u, o] = [right, up, out].map((axis) => dot(minus(point, middle), axis));
    return [r, c * u + s * o, c * o - s * u];
  };
}

/** @type {(points: Point[]) => Point} */
const centre = (points) => /** @type {Point} */ ([0, 1, 2].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / (points.length || 1)));
/** @type {(a: Point, b: Point) => Point} */
const minus = (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
/** @type {(a: Point, b: Point) => number} */
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
/** @type {(a: Point, b: Point) => Point} */
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
/** @type {(a: Point) => Point | null} */
function unit(a) {
  const length = Math.hypot(...a);
  return length > 1e-6 ? [a[0] / length, a[1] / length, a[2] / length] : null;
}

/** @param {Point[]} points
 * @param {number} axis */
function extent(points, axis) {
  let [low, high] = [Infinity, -Infinity];
  for (const point of points) [low, high] = [Math.min(low, point[axis]), Math.max(high, point[axis])];
  return { low, size: high - low, middle: (low + high) / 2 };
}

/** Each point moved towards its neighbours, the ends kept.
 * @param {Point[]} points
 * @param {number} rounds */
function smoothed(points, rounds) {
  let now = points;
  for (let round = 0; round < rounds; round += 1) {
    now = now.map((point, i) => (i === 0 || i === now.length - 1 ? point
      : /** @type {Point} */ (point.map((value, axis) => (now[i - 1][axis] + 2 * value + now[i + 1][axis]) / 4))));
  }
  return now;
}

/** @param {Strand} strand
 * @returns {Piece[]} */
function piecesOf({ side, points, met }) {
  /** @type {(a: Point, b: Point) => Point} */
  const half = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2];
  return points.map((point, i) => ({ side, met: met[i], depth: point[2], by: point, joined: i > 0,
    from: i ? half(points[i - 1], point) : point, to: i < points.length - 1 ? half(point, points[i + 1]) : point, next: points[i + 1] ?? null }));
}

/** What is behind first: in each layer dark outlines, then the traces on them; what is far away fades.
 * @param {Piece[]} pieces
 * @param {number} count
 * @param {number} tube width of a trace in pixels */
function layers(pieces, count, tube) {
  /** @type {Run[][]} */
  const made = Array.from({ length: count }, () => []);
  /** @type {Run | null} */
  let run = null;
  for (const piece of pieces) {
    const layer = Math.min(count - 1, Math.floor(piece.depth * count));
    if (!(run && piece.joined && run.layer === layer && run.side === piece.side && run.met === piece.met)) {
      run = { layer, side: piece.side, met: piece.met, before: piece.joined ? run.pieces.at(-1).by : null, after: null, pieces: [] };
      made[layer].push(run);
    }
    run.pieces.push(piece);
    run.after = piece.next;
  }
  return made.flatMap((runs, layer) => {
    const near = Math.round(100 * (0.45 + 0.55 * layer / (count - 1)));
    const kinds = Data.SIDES.flatMap((side) => [false, true].map((met) => ({ tone: `var(--${side})`, width: tube * (met ? MET : 1),
      of: runs.filter((one) => one.side === side && one.met === met) }))).filter(({ of }) => of.length);
    /** @type {(d: string, width: number, tone: string) => SVGElement} */
    const path = (d, width, tone) => svg("path", { d, "stroke-width": width.toFixed(1), style: `stroke: color-mix(in oklab, ${tone} ${near}%, var(--page))` });
    return [...kinds.map(({ tone, width, of }) => path(of.map(curve).join(""), width + Math.min(1.8, 0.55 * tube), `color-mix(in oklab, ${tone} 45%, #000)`)),
      ...kinds.map(({ tone, width, of }) => path(of.map(joint).join(""), width, tone))];
  });
}

/** @type {(run: Run) => string} */
const curve = ({ pieces }) => `M${at(pieces[0].from)}${pieces.map(({ by, to }) => `Q${at(by)} ${at(to)}`).join("")}`;

/** The same, reaching into what it joins, so that it covers the round ends of its outline there.
 * @param {Run} run */
function joint(run) {
  const [from, to] = [run.pieces[0].from, run.pieces.at(-1).to];
  /** @type {(a: Point, b: Point) => Point} */
  const into = (a, b) => [a[0] + (b[0] - a[0]) / 2, a[1] + (b[1] - a[1]) / 2, 0];
  return (run.before ? `M${at(into(from, run.before))}L` : "M") + curve(run).slice(1) + (run.after ? `L${at(into(to, run.after))}` : "");
}

/** @type {(point: Point) => string} */
const at = (point) => `${point[0].toFixed(1)} ${point[1].toFixed(1)}`;

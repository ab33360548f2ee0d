// The marks of a pair: what was looked at of its proteins and of itself (marks.py), in words.
import * as Data from "./data.js";
import { el } from "./dom.js";
import { say } from "./say.js";

/** @import { DockedPair } from "./data.js" */
/** @import { Mark } from "./page.js" */

/**
 * A mark in words; of what both partners share there is one.
 * @typedef {object} Shown
 * @property {string} kind
 * @property {Mark["level"]} level
 * @property {string} badge a few words
 * @property {string} text sentences
 * @property {number} [n] what it counts
 */

const LEVELS = ["wrong", "note", "fine"];

/** Marks of pairs by place.
 * @type {Map<number, Mark[]> | null} */
let byPlace = null;

/** @type {(place: number) => Mark[]} */
function ofPlace(place) {
  if (!byPlace) {
    byPlace = new Map();
    for (const { kind, level, places, values } of Data.pairMarks) {
      const names = Object.keys(values);
      places.forEach((one, i) => {
        if (!byPlace.has(one)) byPlace.set(one, []);
        byPlace.get(one).push({ kind, level, values: Object.fromEntries(names.map((name) => [name, values[name][i]])) });
      });
    }
  }
  return byPlace.get(place) ?? [];
}

/** How many warnings a pair carries, and how many of them say that something is wrong; without making their words.
 * @type {(pair: DockedPair) => { wrong: number, note: number }} */
export function countOf(pair) {
  const kinds = { wrong: new Set(), note: new Set(), fine: new Set() };
  for (const mark of [...Data.SIDES.flatMap((side) => Data.marks(pair[side])), ...ofPlace(pair.place)]) kinds[mark.level].add(mark.kind);
  return { wrong: kinds.wrong.size, note: kinds.note.size };
}

/** All marks of a pair, the worst first; `fine` ones say what was looked at and found well.
 * @type {(pair: DockedPair) => Shown[]} */
export function marksOf(pair) {
  /** @type {Map<string, Shown>} */
  const found = new Map();
  /** @param {Mark} mark
   * @param {string} [protein] */
  const add = ({ kind, level, values }, protein = "") => {
    const text = say(`${level === "fine" ? "fine" : "mark"}-${kind}`, { ...values, protein });
    const known = found.get(`${kind} ${level}`);
    if (known) known.text += ` ${text}`;
    else found.set(`${kind} ${level}`, { kind, level, badge: say(`badge-${kind}`, values), text, n: Number(values.n ?? 0) });
  };
  for (const name of new Set([pair.receptor, pair.ligand])) Data.marks(name).forEach((mark) => add(mark, Data.label(name)));
  ofPlace(pair.place).forEach((mark) => add(mark));
  return [...found.values()].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}

/** Why a pair has no value of a metric although it was docked, in a few words; empty where nothing is known of that.
 * @type {(pair: DockedPair, metric: string) => string} */
export function missing(pair, metric) {
  if (metric === "predicted_dg" && ofPlace(pair.place).some(({ kind }) => kind === "withheld")) return say("withheld");
  // A pair that the page holds no models of may have some of a further backend all the same.
  const backend = pair.detail && Data.furtherBackends.find((name) => metric.endsWith(`_${name}`) && !Object.hasOwn(pair.others, name));
  return backend ? say("missing-in-backend", { backend }) : "";
}

/** The warnings of a pair: those that are not fine.
 * @type {(pair: DockedPair) => Shown[]} */
export const warningsOf = (pair) => marksOf(pair).filter(({ level }) => level !== "fine");

/** A mark as a badge that unfolds its explanation, for the keyboard and a screen reader too.
 * @type {(mark: Shown) => HTMLElement} */
export const badge = ({ level, badge: words, text }) => el("details", { class: `mark ${level}` },
  el("summary", { title: text }, words), el("p", {}, text));

// Orders of the matrix: as in the config, by name, by mean, clustered, or by the values with one protein ("receptor:NAME", "ligand:NAME").
import * as Data from "./data.js";

/** @import { DockedPair, Side } from "./data.js" */
/** @import { Metric, PageProtein } from "./page.js" */
/** @typedef {`${Side}s`} Sides */

export const NAMES = [["config", "as in the config"], ["name", "by name"], ["mean", "by mean, best first"], ["clustered", "clustered"]];
const collator = new Intl.Collator("en", { numeric: true });

/** Side and name of the protein that an order goes by; nothing for the other orders.
 * @type {(order: string) => [Side, string] | []} */
export const split = (order) => /** @type {any} */ (order.match(/^(receptor|ligand):(.*)$/s)?.slice(1) ?? []);

/** @param {string | null} order */
export function known(order) {
  const [side, name] = split(order ?? "");
  return side ? Data[`${side}s`].some((protein) => protein.name === name) : NAMES.some(([value]) => value === order);
}

/** @type {(side: Sides, name: string, other: string) => DockedPair} */
const pairOf = (side, name, other) => (side === "receptors" ? Data.pair(name, other) : Data.pair(other, name));

/** Values of a protein with all of the other side.
 * @type {(side: Sides, name: string, metric: Metric) => number[]} */
const values = (side, name, metric) => Data[side === "receptors" ? "ligands" : "receptors"]
  .map((other) => Data.value(pairOf(side, name, other.name), metric.name)).filter((value) => value !== null);

/** @type {(numbers: number[]) => number | null} */
const mean = (numbers) => (numbers.length ? numbers.reduce((sum, value) => sum + value, 0) / numbers.length : null);

/** Sort by a number of each, the metric's better end first, those without one last.
 * @param {PageProtein[]} proteins
 * @param {Metric} metric
 * @param {(name: string) => number | null} numberOf */
function byNumber(proteins, metric, numberOf) {
  const numbers = new Map(proteins.map((protein) => [protein, numberOf(protein.name) ?? null]));
  /** @param {PageProtein} protein */
  const place = (protein) => (numbers.get(protein) === null ? Infinity : Data.sign(metric) * numbers.get(protein));
  return [...proteins].sort((a, b) => place(a) - place(b) || 0);
}

/** Proteins of one side in an order.
 * @param {Sides} side
 * @param {string} order
 * @param {Metric} metric */
export function sorted(side, order, metric) {
  const proteins = Data[side];
  const [by, name] = split(order);
  if (by) return `${by}s` === side ? proteins : byNumber(proteins, metric, (own) => Data.value(pairOf(side, own, name), metric.name));
  if (order === "name") return [...proteins].sort((a, b) => collator.compare(a.label, b.label));
  if (order === "mean") return byNumber(proteins, metric, (own) => mean(values(side, own, metric)));
  if (order === "clustered") {
    const places = new Map(metric.clustered[side].map((own, place) => [own, place]));
    return [...proteins].sort((a, b) => places.get(a.name) - places.get(b.name));
  }
  return proteins;
}

/** Ligands by the best value that each reaches with any receptor.
 * @param {Metric} metric */
export const best = (metric) => byNumber(Data.ligands, metric, (own) => {
  const signed = values("ligands", own, metric).map((value) => Data.sign(metric) * value);
  return signed.length ? Data.sign(metric) * Math.min(...signed) : null;
});

/** Pairs as the table of pairs lists them at first: by q, then specificity, then what that is of, those without a number last.
 * @param {DockedPair[]} pairs */
export function listed(pairs) {
  const keys = Data.order.map(Data.metric);
  /** @type {(pair: DockedPair, metric: Metric) => number} */
  const place = (pair, metric) => { const value = Data.value(pair, metric.name); return value === null ? Infinity : Data.sign(metric) * value; };
  return [...pairs].sort((a, b) => keys.map((metric) => [place(a, metric), place(b, metric)]).map(([one, other]) => (one === other ? 0 : one - other)).find(Boolean) ?? a.place - b.place);
}

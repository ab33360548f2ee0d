// The data of the run: read from the page once, packed parts opened when they are first looked at.

/** @import { Detail, ErrorMap, HotSpot, Mark, Metric, PageData, PageProtein } from "./page.js" */

/** @type {PageData} */
const data = JSON.parse(document.getElementById("payload").textContent);
export const { title, receptors, ligands, metrics, network, classes, sentences, verdict, symmetric, labels } = data;

/** Whether scores and models are made up. */
export const { synthetic } = data;

/** The main backend's name. */
export const mainBackend = data.backend;

/** @typedef {"receptor" | "ligand"} Side */

/** Receptors are always named first.
 * @type {Side[]} */
export const SIDES = ["receptor", "ligand"];

const opened = new Map();

/** @param {PageProtein[]} proteins */
const placesOf = (proteins) => new Map(proteins.map((protein, place) => [protein.name, place]));
const places = { receptors: placesOf(receptors), ligands: placesOf(ligands) };
const across = receptors.length;
/** Place of each pair in the matrix, row by row; every cell where all pairs are there. */
const cells = data.pairs.cells.length ? data.pairs.cells : Array.from({ length: across * ligands.length }, (_, cell) => cell);
const byName = new Map(metrics.map((one) => [one.name, one]));
const proteins = new Map([...receptors, ...ligands].map((protein) => [protein.name, protein]));

/** A pair; its numbers stay in their columns, of which a large panel's page is made. */
export class DockedPair {
  /** @param {number} place */
  constructor(place) {
    const more = data.pairs.records[place];
    this.place = place;
    this.receptor = receptors[cells[place] % across].name;
    this.ligand = ligands[Math.floor(cells[place] / across)].name;
    this.known = more?.known ?? null;
    this.affinity = more?.affinity ?? null;
    /** Models and contacts, packed, where the page holds them. */
    this.detail = more?.detail ?? null;
    /** The same of further backends, by name.
     * @type {{ [backend: string]: string }} */
    this.others = more?.others ?? {};
    /** Where the first model binds, in words, likewise. */
    this.site = more?.site ?? null;
    /** Of a known complex of homologues over which a model was laid, in words. */
    this.template = more?.template ?? "";
    /** What databases say of the two, and what stands for them in that complex. */
    this.facts = more?.facts ?? [];
  }

  get uncertainty() { return row(data.pairs.uncertainty, this.place); }
  get standing() { return row(data.pairs.standing, this.place); }
  get first() { return row(data.pairs.first, this.place); }

  /** By metric, the rank among the ligands of its receptor and among the receptors of its ligand; without roles, among
   * all partners of each. Equals share a rank. */
  get ranks() {
    const [column, line] = SIDES.map((side) => pairsOf(side, this[side]).map(({ place }) => place));
    return Object.fromEntries(metrics.filter((one) => one.better && valueAt(one.name, this.place) !== null)
      .map((one) => [one.name, { receptor: rank(one, this.place, column), ligand: rank(one, this.place, line) }]));
  }
}

/**
 * @template {{[name: string]: any[]}} T
 * @param {T} columns
 * @param {number} place
 * @returns {{[K in keyof T]: T[K][number]}}
 */
const row = (columns, place) => /** @type {any} */ (Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[place]])));

/** @type {(name: string, place: number) => number | null} */
const valueAt = (name, place) => data.pairs.values[name]?.[place] ?? null;

/** The rank of a pair among those at the places of a line.
 * @param {Metric} one
 * @param {number} place
 * @param {number[]} line */
function rank(one, place, line) {
  const values = line.map((other) => valueAt(one.name, other)).filter((number) => number !== null);
  const own = valueAt(one.name, place);
  return { rank: 1 + values.filter((number) => sign(one) * (number - own) < 0).length, of: values.length };
}

/** @type {(packed: string) => Response} */
function opening(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
}

/** @type {(packed: string) => Promise<string>} */
const unpack = (packed) => opening(packed).text();

/** The cells of a picture of predicted errors, in steps of half an angstrom.
 * @type {(map: ErrorMap) => Promise<Uint8Array>} */
export const cellsOf = async (map) => new Uint8Array(await opening(map.cells).arrayBuffer());

/** @template T
 * @param {string} name
 * @param {() => T} make
 * @returns {T} */
function once(name, make) {
  if (!opened.has(name)) opened.set(name, make());
  return opened.get(name);
}

/** Every pair that was docked, ligand by ligand. */
export const pairs = cells.map((_, place) => new DockedPair(place));

/** Names of the further backends that have models on the page. */
export const furtherBackends = [...new Set(pairs.flatMap(({ others }) => Object.keys(others)))];

const byCell = new Map(pairs.map((one) => [cells[one.place], one]));
/** @type {(receptor: string, ligand: string) => DockedPair | undefined} */
const docked = (receptor, ligand) => byCell.get(places.ligands.get(ligand) * across + places.receptors.get(receptor));

/** The pair of two proteins, without roles in either order; nothing where it was not docked.
 * @type {(receptor: string, ligand: string) => DockedPair | undefined} */
export const pair = (receptor, ligand) => docked(receptor, ligand) ?? (symmetric ? docked(ligand, receptor) : undefined);

const failures = new Map(data.holes.map(({ receptor, ligand, text }) => [JSON.stringify([receptor, ligand]), text]));

/** Why a cell of the matrix has no pair, in words; nothing where the pair was not asked for.
 * @type {(receptor: string, ligand: string) => string | undefined} */
export const failure = (receptor, ligand) => failures.get(JSON.stringify([receptor, ligand])) ?? (symmetric ? failures.get(JSON.stringify([ligand, receptor])) : undefined);

/** Whether any cell of the matrix has no pair. */
export const holes = pairs.length * (symmetric ? 2 : 1) < across * ligands.length + (symmetric ? pairs.filter((one) => one.receptor === one.ligand).length : 0);

/** Pairs of a protein on one side; without roles, all of its pairs.
 * @type {(side: Side, name: string) => DockedPair[]} */
export const pairsOf = (side, name) => once(`pairs of ${symmetric ? "" : side} ${name}`, () => pairs.filter((one) => one[side] === name || (symmetric && SIDES.some((either) => one[either] === name))));

/** How many proteins there are to draw: of a panel without roles each counts once. */
export const proteinCount = symmetric ? receptors.length : receptors.length + ligands.length;

/** What the proteins of a side are called, one or several.
 * @type {(side: Side, n?: number) => string} */
export const called = (side, n = 2) => (symmetric ? "partner" : side) + (n === 1 ? "" : "s");

/** Overlaps for each 100 contacts that models of rigid docking usually have. */
export const usualOverlaps = data.usual_overlaps;

/** How many pairs have their models in the page: all, or of a large panel the best. */
export const detailed = pairs.filter((one) => one.detail).length;

/** @type {(name: string) => Metric | undefined} */
export const metric = (name) => byName.get(name);

/** The metric that the page leads with. */
export const leading = byName.has("specificity") ? "specificity" : metrics[0]?.name;

/** The metric that specificity, ranks and tests are of: the score, or another number of the pairs. */
export const statistic = data.statistic;

/** The metrics by which pairs are in order at first. */
export const order = ["background_q", "q_value", "specificity", statistic].filter((name) => byName.has(name));

/** Whether ranks.csv, with its intervals, is of this metric: of specificity; with a lone receptor or ligand, of what it is of.
 * @type {(one: Metric) => boolean} */
export const ranked = (one) => one.name === (leading === "specificity" ? "specificity" : statistic);

const named = new Set(verdict.pairs.map(([receptor, ligand]) => pair(receptor, ligand)));

/** Whether the verdict names a pair.
 * @type {(one: DockedPair) => boolean} */
export const stands = (one) => named.has(one);

/** @type {(name: string) => string} */
export const label = (name) => proteins.get(name)?.label ?? name;

/** A metric of a pair; nothing where there is none, or no such pair.
 * @type {(one: DockedPair | undefined, name: string) => number | null} */
export const value = (one, name) => (one ? valueAt(name, one.place) : null);

/** Lowest and highest value of a metric; nulls where there is none.
 * @type {(name: string) => [number, number] | [null, null]} */
export const range = (name) => once(`range ${name}`, () => {
  let [low, high] = [null, null];
  for (const number of data.pairs.values[name] ?? []) {
    if (number === null) continue;
    low = Math.min(low ?? number, number);
    high = Math.max(high ?? number, number);
  }
  return [low, high];
});

/** Decimals that suit a metric: one number for a whole table, so that its columns line up. Shares and q-values, which
 * may be small, keep two figures of the smallest.
 * @type {(name: string) => number} */
export const digits = (name) => once(`digits ${name}`, () => {
  if (name === "mean_rank") return 1; // as in the table of backends
  const sizes = (data.pairs.values[name] ?? []).map((number) => Math.abs(number ?? 0));
  const most = sizes.reduce((one, other) => Math.max(one, other), 0);
  if (most >= 1000 || sizes.every((size) => size % 1 === 0)) return 0;
  if (most > 1) return most >= 10 ? 1 : 2;
  const least = sizes.reduce((one, other) => (other ? Math.min(one, other) : one), 1);
  return Math.min(4, Math.max(2, 1 - Math.floor(Math.log10(least))));
});

/** 1 where low values of a metric come first, -1 where high ones do.
 * @type {(one: Metric) => number} */
export const sign = (one) => (one.better === "high" ? -1 : 1);

/** Models and contacts of a pair that has `detail`; of a further backend, where it is named and has the pair.
 * @type {(one: DockedPair, backend?: string) => Promise<Detail>} */
export const detail = (one, backend = "") => once(`pair ${one.place} ${one.others[backend] ? backend : ""}`,
  async () => JSON.parse(await unpack(one.others[backend] ?? one.detail)));

/** PDB text of a prepared structure.
 * @type {(name: string) => Promise<string>} */
export const structure = (name) => once(`structure ${name}`, () => unpack(data.structures[name]));

/** How often each residue of a receptor is met: rows of hotspots.csv.
 * @type {(name: string) => Promise<HotSpot[]>} */
export const hotspots = (name) => once(`hotspots ${name}`, async () => (data.hotspots[name] ? JSON.parse(await unpack(data.hotspots[name])) : []));

/** What changes the reading of a protein's every pair.
 * @type {(name: string) => string[]} */
export const doubts = (name) => proteins.get(name)?.doubts ?? [];

/** What was looked at of a protein, and of all pairs (marks.js).
 * @type {(name: string) => Mark[]} */
export const marks = (name) => proteins.get(name)?.marks ?? [];
export const pairMarks = data.pairs.marks;

/** How a protein's residue numbers follow from UniProt's.
 * @type {(name: string) => string} */
export const numbering = (name) => proteins.get(name).numbering;

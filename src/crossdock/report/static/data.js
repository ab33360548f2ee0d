// The data of the run: read from the page once, packed parts opened when they are first looked at.

const data = JSON.parse(document.getElementById("payload").textContent);
export const { title, receptors, ligands, metrics, network, classes } = data;

/** Whether scores and models are made up. */
export const { synthetic } = data;

const opened = new Map();
const placesOf = (proteins) => new Map(proteins.map((protein, place) => [protein.name, place]));
const places = { receptors: placesOf(receptors), ligands: placesOf(ligands) };
const across = receptors.length;
const byName = new Map(metrics.map((one) => [one.name, one]));
const proteins = new Map([...receptors, ...ligands].map((protein) => [protein.name, protein]));

/** A pair; its numbers stay in their columns, of which a large panel's page is made. */
class DockedPair {
  constructor(place) {
    this.place = place;
    this.receptor = receptors[place % across].name;
    this.ligand = ligands[Math.floor(place / across)].name;
    this.known = null;
    Object.assign(this, data.pairs.records[place]);
  }

  get uncertainty() { return row(data.pairs.uncertainty, this.place); }
  get standing() { return row(data.pairs.standing, this.place); }

  /** By metric, the rank among the ligands of its receptor and among the receptors of its ligand; equals share a rank. */
  get ranks() {
    const own = Math.floor(this.place / across);
    const column = ligands.map((_, i) => i * across + this.place % across);
    const line = receptors.map((_, j) => own * across + j);
    return Object.fromEntries(metrics.filter((one) => one.better && valueAt(one.name, this.place) !== null)
      .map((one) => [one.name, { receptor: rank(one, this.place, column), ligand: rank(one, this.place, line) }]));
  }
}

const row = (columns, place) => Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[place]]));
const valueAt = (name, place) => data.pairs.values[name]?.[place] ?? null;

function rank(one, place, line) {
  const values = line.map((other) => valueAt(one.name, other)).filter((number) => number !== null);
  const own = valueAt(one.name, place);
  return { rank: 1 + values.filter((number) => sign(one) * (number - own) < 0).length, of: values.length };
}

async function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

function once(name, make) {
  if (!opened.has(name)) opened.set(name, make());
  return opened.get(name);
}

/** Every pair, ligand by ligand. */
export const pairs = Array.from({ length: across * ligands.length }, (_, place) => new DockedPair(place));

export const pair = (receptor, ligand) => pairs[places.ligands.get(ligand) * across + places.receptors.get(receptor)];

/** How many pairs have their models in the page: all, or of a large panel the best. */
export const detailed = pairs.filter((one) => one.detail).length;

export const metric = (name) => byName.get(name);

/** The metric that the page leads with, that which found partners best (docs/validation.md). */
export const leading = byName.has("specificity") ? "specificity" : metrics[0]?.name;

export const label = (name) => proteins.get(name)?.label ?? name;

export const value = (one, name) => valueAt(name, one.place);

/** Lowest and highest value of a metric; nulls where there is none. */
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
 * may be small, keep two figures of the smallest. */
export const digits = (name) => once(`digits ${name}`, () => {
  const sizes = (data.pairs.values[name] ?? []).map((number) => Math.abs(number ?? 0));
  const most = sizes.reduce((one, other) => Math.max(one, other), 0);
  if (most >= 1000 || sizes.every((size) => size % 1 === 0)) return 0;
  if (most > 1) return most >= 10 ? 1 : 2;
  const least = sizes.reduce((one, other) => (other ? Math.min(one, other) : one), 1);
  return Math.min(4, Math.max(2, 1 - Math.floor(Math.log10(least))));
});

/** 1 where low values of a metric come first, -1 where high ones do. */
export const sign = (one) => (one.better === "high" ? -1 : 1);

/** Models and contacts of a pair that has `detail`. */
export const detail = (one) => once(`pair ${one.place}`, async () => JSON.parse(await unpack(one.detail)));

/** PDB text of a prepared structure. */
export const structure = (name) => once(`structure ${name}`, () => unpack(data.structures[name]));

/** How often each residue of a receptor is met: rows of hotspots.csv. */
export const hotspots = (name) => once(`hotspots ${name}`, async () => (data.hotspots[name] ? JSON.parse(await unpack(data.hotspots[name])) : []));

/** What changes the reading of a protein's every pair. */
export const doubts = (name) => proteins.get(name)?.doubts ?? [];

/** How a protein's residue numbers follow from UniProt's. */
export const numbering = (name) => proteins.get(name).numbering;

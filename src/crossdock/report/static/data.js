// The data of the run: read from the page once, packed parts opened when they are first looked at.
const Data = (() => {
  const data = JSON.parse(Dom.byId("payload").textContent);
  const opened = new Map();
  const key = (receptor, ligand) => JSON.stringify([receptor, ligand]);
  const places = Object.fromEntries(["receptors", "ligands"].map((side) => [side, new Map(data[side].map((protein, place) => [protein.name, place]))]));
  const across = data.receptors.length;
  const metrics = new Map(data.metrics.map((metric) => [metric.name, metric]));
  const labels = new Map([...data.receptors, ...data.ligands].map((protein) => [protein.name, protein.label]));

  /** A pair; its numbers stay in their columns, of which a large panel's page is made. */
  class DockedPair {
    constructor(place) {
      this.place = place;
      this.receptor = data.receptors[place % across].name;
      this.ligand = data.ligands[Math.floor(place / across)].name;
      this.known = null;
      Object.assign(this, data.pairs.records[place]);
    }

    get uncertainty() { return row(data.pairs.uncertainty, this.place); }
    get standing() { return row(data.pairs.standing, this.place); }

    /** By metric, the rank among the ligands of its receptor and among the receptors of its ligand; equals share a rank. */
    get ranks() {
      const own = Math.floor(this.place / across);
      const column = data.ligands.map((_, i) => i * across + this.place % across);
      const line = data.receptors.map((_, j) => own * across + j);
      return Object.fromEntries(data.metrics.filter((metric) => metric.better && valueAt(metric.name, this.place) !== null)
        .map((metric) => [metric.name, { receptor: rank(metric, this.place, column), ligand: rank(metric, this.place, line) }]));
    }
  }

  const row = (columns, place) => Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[place]]));
  const valueAt = (metric, place) => data.pairs.values[metric]?.[place] ?? null;
  const sign = (metric) => (metric.better === "high" ? -1 : 1);

  function rank(metric, place, line) {
    const values = line.map((other) => valueAt(metric.name, other)).filter((value) => value !== null);
    const own = valueAt(metric.name, place);
    return { rank: 1 + values.filter((value) => sign(metric) * (value - own) < 0).length, of: values.length };
  }

  const protein = (name) => [...data.receptors, ...data.ligands].find((one) => one.name === name);
  const pairs = Array.from({ length: across * data.ligands.length }, (_, place) => new DockedPair(place));

  async function unpack(packed) {
    const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  }

  function once(name, make) {
    if (!opened.has(name)) opened.set(name, make());
    return opened.get(name);
  }

  const range = (metric) => once(`range ${metric}`, () => {
    let [low, high] = [null, null];
    for (const value of data.pairs.values[metric] ?? []) {
      if (value === null) continue;
      low = Math.min(low ?? value, value);
      high = Math.max(high ?? value, value);
    }
    return [low, high];
  });

  return {
    title: data.title,
    receptors: data.receptors,
    ligands: data.ligands,
    metrics: data.metrics,
    network: data.network,
    classes: data.classes,
    /** Whether scores and models are made up, for a test. */
    synthetic: data.synthetic,
    pairs,
    pair: (receptor, ligand) => pairs[places.ligands.get(ligand) * across + places.receptors.get(receptor)],
    /** How many pairs have their models in the page: all, or of a large panel the best. */
    detailed: pairs.filter((pair) => pair.detail).length,
    metric: (name) => metrics.get(name),
    /** The metric that the page leads with, that which found partners best (docs/validation.md). */
    leading: metrics.has("specificity") ? "specificity" : data.metrics[0]?.name,
    label: (name) => labels.get(name) ?? name,
    /** Lowest and highest value of a metric; nulls where there is none. */
    range,
    /** Decimals that suit a metric: one number for a whole table, so that its columns line up. Shares and q-values, which
     * may be small, keep two figures of the smallest. */
    digits: (metric) => once(`digits ${metric}`, () => {
      const sizes = (data.pairs.values[metric] ?? []).map((value) => Math.abs(value ?? 0));
      const most = sizes.reduce((one, other) => Math.max(one, other), 0);
      if (most >= 1000 || sizes.every((size) => size % 1 === 0)) return 0;
      if (most > 1) return most >= 10 ? 1 : 2;
      const least = sizes.reduce((one, other) => (other ? Math.min(one, other) : one), 1);
      return Math.min(4, Math.max(2, 1 - Math.floor(Math.log10(least))));
    }),
    /** 1 where low values of a metric come first, -1 where high ones do. */
    sign,
    /** Models and contacts of a pair that has `detail`. */
    detail: (pair) => once(`pair ${key(pair.receptor, pair.ligand)}`, async () => JSON.parse(await unpack(pair.detail))),
    /** PDB text of a prepared structure. */
    structure: (name) => once(`structure ${name}`, () => unpack(data.structures[name])),
    /** How often each residue of a receptor is met: rows of hotspots.csv. */
    hotspots: (name) => once(`hotspots ${name}`, async () => (data.hotspots[name] ? JSON.parse(await unpack(data.hotspots[name])) : [])),
    /** What changes the reading of a protein's every pair. */
    doubts: (name) => protein(name)?.doubts ?? [],
    /** How a protein's residue numbers follow from UniProt's. */
    numbering: (name) => protein(name).numbering,
    value: (pair, metric) => valueAt(metric, pair.place),
  };
})();

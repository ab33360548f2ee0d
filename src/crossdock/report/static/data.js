// The data of the run: read from the page once, packed parts opened when they are first looked at.
const Data = (() => {
  const data = JSON.parse(Dom.byId("payload").textContent);
  const opened = new Map();
  const key = (receptor, ligand) => JSON.stringify([receptor, ligand]);
  const pairs = new Map(data.pairs.map((pair) => [key(pair.receptor, pair.ligand), pair]));
  const metrics = new Map(data.metrics.map((metric) => [metric.name, metric]));
  const labels = new Map([...data.receptors, ...data.ligands].map((protein) => [protein.name, protein.label]));

  async function unpack(packed) {
    const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  }

  function once(name, make) {
    if (!opened.has(name)) opened.set(name, make());
    return opened.get(name);
  }

  return {
    receptors: data.receptors,
    ligands: data.ligands,
    metrics: data.metrics,
    network: data.network,
    classes: data.classes,
    pairs: data.pairs,
    pair: (receptor, ligand) => pairs.get(key(receptor, ligand)),
    metric: (name) => metrics.get(name),
    label: (name) => labels.get(name) ?? name,
    /** Decimals that suit a metric: one number for a whole table, so that its columns line up. */
    digits: (metric) => {
      const sizes = data.pairs.map((pair) => pair.values[metric]).filter((value) => typeof value === "number").map(Math.abs);
      const largest = Math.max(0, ...sizes);
      return sizes.every(Number.isInteger) || largest >= 1000 ? 0 : largest >= 10 ? 1 : 2;
    },
    /** Models and contacts of a pair. */
    detail: (pair) => once(`pair ${key(pair.receptor, pair.ligand)}`, async () => JSON.parse(await unpack(pair.detail))),
    /** PDB text of a prepared structure. */
    structure: (name) => once(`structure ${name}`, () => unpack(data.structures[name])),
    value: (pair, metric) => pair.values[metric] ?? null,
  };
})();

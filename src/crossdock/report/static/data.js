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

  const range = (metric) => once(`range ${metric}`, () => data.pairs.map((pair) => pair.values[metric] ?? null)
    .filter((value) => value !== null)
    .reduce(([low, high], value) => [Math.min(low ?? value, value), Math.max(high ?? value, value)], [null, null]));

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
    /** Lowest and highest value of a metric; nulls where there is none. */
    range,
    /** Decimals that suit a metric: one number for a whole table, so that its columns line up. */
    digits: (metric) => once(`digits ${metric}`, () => {
      const [low, high] = range(metric).map(Math.abs);
      const whole = data.pairs.every((pair) => (pair.values[metric] ?? 0) % 1 === 0);
      return whole || Math.max(low, high) >= 1000 ? 0 : Math.max(low, high) >= 10 ? 1 : 2;
    }),
    /** 1 where low values of a metric come first, -1 where high ones do. */
    sign: (metric) => (metric.better === "high" ? -1 : 1),
    /** Models and contacts of a pair. */
    detail: (pair) => once(`pair ${key(pair.receptor, pair.ligand)}`, async () => JSON.parse(await unpack(pair.detail))),
    /** PDB text of a prepared structure. */
    structure: (name) => once(`structure ${name}`, () => unpack(data.structures[name])),
    /** How often each residue of a receptor is met: rows of hotspots.csv. */
    hotspots: (name) => once(`hotspots ${name}`, async () => JSON.parse(await unpack(data.hotspots[name]))),
    value: (pair, metric) => pair.values[metric] ?? null,
  };
})();

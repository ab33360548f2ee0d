// The matrix: ligands down, receptors across, colour by a metric; a cell chooses its pair.
const Matrix = (() => {
  const { byId, el, number, withUnit } = Dom;
  const sorting = { receptor: null, ligand: null }; // the column (receptor) and the row (ligand) that others are sorted by

  function start() {
    Dom.options(byId("metric"), Data.metrics.map((metric) => [metric.name, metric.label]), State.current.metric);
    byId("metric").addEventListener("change", (event) => State.set({ metric: event.target.value }));
    byId("matrix-csv").addEventListener("click", download);
    byId("matrix-order").addEventListener("click", () => { Object.assign(sorting, { receptor: null, ligand: null }); draw(); });
    State.on(["metric"], draw);
    State.on(["receptor", "ligand"], mark);
    draw();
  }

  function scale(metric) {
    const values = Data.pairs.map((pair) => Data.value(pair, metric.name)).filter((value) => value !== null);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const reach = Math.max(Math.abs(low), Math.abs(high)) || 1;
    const sign = metric.better === "low" ? -1 : 1;
    if (metric.diverging) return (value) => ({ share: Math.abs(value) / reach, worse: sign * value < 0 });
    const share = (value) => (high === low ? 0.5 : (value - low) / (high - low));
    return (value) => ({ share: sign > 0 ? share(value) : 1 - share(value), worse: false });
  }

  /** Proteins of one side in the order asked for: the config's, or by their values with one protein of the other side. */
  function ordered(proteins, pairOf, metric) {
    if (!pairOf) return proteins;
    const sign = metric.better === "high" ? -1 : 1;
    const value = (protein) => Data.value(pairOf(protein), metric.name) ?? sign * Infinity;
    return [...proteins].sort((a, b) => sign * (value(a) - value(b)) || 0);
  }

  function draw() {
    const metric = Data.metric(State.current.metric);
    if (!metric) return Dom.failed(byId("matrix"), "There are no scores to show.", "scores.csv is empty");
    byId("metric").value = metric.name;
    byId("metric-help").textContent = `${metric.help} ${metric.unit ? `In ${metric.unit}. ` : ""}${advice(metric)}`;
    const ligands = ordered(Data.ligands, sorting.receptor && ((ligand) => Data.pair(sorting.receptor, ligand.name)), metric);
    const receptors = ordered(Data.receptors, sorting.ligand && ((receptor) => Data.pair(receptor.name, sorting.ligand)), metric);
    const colour = scale(metric);
    const head = el("tr", {}, el("td", { class: "corner" }, "ligand ↓ receptor →"),
      ...receptors.map((receptor) => heading(receptor, "receptor", "col")));
    const rows = ligands.map((ligand) => el("tr", {}, heading(ligand, "ligand", "row"),
      ...receptors.map((receptor) => el("td", {}, cell(Data.pair(receptor.name, ligand.name), metric, colour)))));
    byId("matrix-table").style.setProperty("--cell", receptors.length > 7 ? "4.25rem" : "6rem");
    byId("matrix-table").replaceChildren(
      el("caption", { class: "unseen" }, `${metric.label} of every pair`), el("thead", {}, head), el("tbody", {}, ...rows));
    byId("matrix-order").hidden = !sorting.receptor && !sorting.ligand;
    legend(metric);
    mark();
    Dom.drawn(byId("matrix"), { cells: rows.length * receptors.length, metric: metric.name });
  }

  const advice = (metric) => (metric.better === "low" ? "Lower is better." : metric.better === "high" ? "Higher is better." : "");

  function heading(protein, side, scope) {
    const on = sorting[side] === protein.name;
    const sort = () => { sorting[side] = on ? null : protein.name; draw(); };
    const what = side === "receptor" ? "ligands" : "receptors";
    return el("th", { scope, "aria-sort": on ? (Data.metric(State.current.metric).better === "high" ? "descending" : "ascending") : "none" },
      el("button", { type: "button", onclick: sort, class: /\S{15}/.test(protein.label) ? "long" : null, title: `Sort ${what} by their values with ${protein.label}` }, protein.label));
  }

  function cell(pair, metric, colour) {
    const value = Data.value(pair, metric.name);
    const digits = Data.digits(metric.name);
    const text = number(value, digits);
    const words = `${Data.label(pair.ligand)} on ${Data.label(pair.receptor)}: ${metric.label} ${withUnit(value, metric.unit, digits)}`;
    const button = el("button", { type: "button", "data-receptor": pair.receptor, "data-ligand": pair.ligand, "aria-pressed": "false",
      "aria-label": words + (pair.known ? ", known complex" : "") + (tied(pair, metric) ? ", within noise of its receptor's best" : ""), onclick: () => State.selectPair(pair.receptor, pair.ligand) }, text);
    if (value !== null) {
      const { share, worse } = colour(value);
      button.style.setProperty("--share", `${Math.round(share * 100)}%`);
      button.classList.toggle("worse", worse);
    }
    button.classList.toggle("known", Boolean(pair.known));
    button.classList.toggle("tied", tied(pair, metric));
    button.addEventListener("mouseenter", () => numbers(pair));
    button.addEventListener("mouseleave", () => numbers(State.pair()));
    button.addEventListener("focus", () => numbers(pair));
    return button;
  }

  /** Whether a pair, or its receptor's best, differs from the other by no more than the search's own noise. */
  const tied = (pair, metric) => metric.name === "specificity" && pair.standing.within_noise === true;

  function legend(metric) {
    const values = Data.pairs.map((pair) => Data.value(pair, metric.name)).filter((value) => value !== null);
    let [weak, strong] = [Math.min(...values), Math.max(...values)];
    if (metric.diverging) [weak, strong] = [-Math.max(-weak, strong), Math.max(-weak, strong)];
    if (metric.better === "low") [weak, strong] = [strong, weak];
    const digits = Data.digits(metric.name);
    const ramp = el("span", {}, number(weak, digits), el("span", { class: metric.diverging ? "ramp diverging" : "ramp" }), number(strong, digits));
    const known = Data.pairs.some((pair) => pair.known) ? el("span", {}, el("span", { class: "dot" }), "known complex") : null;
    const noisy = Data.pairs.some((pair) => tied(pair, metric)) ? el("span", {}, el("u", { class: "tied" }, "−0"), "the best of its receptor, or within noise of it") : null;
    byId("matrix-legend").replaceChildren(...[ramp, known, noisy, el("span", {}, "Choose a cell to see the pair, a name to sort by it.")].filter(Boolean));
  }

  /** Show every number of a pair beside the matrix. */
  function numbers(pair) {
    if (!pair) return;
    const rows = Data.metrics.map((metric) => {
      const error = pair.uncertainty[metric.name];
      const ranks = pair.ranks[metric.name];
      const { low, high } = pair.standing;
      const interval = metric.name === "specificity" && low ? ` (${low === high ? low : `${low} to ${high}`} in 95 %)` : "";
      const rank = ranks && `rank ${ranks.receptor.rank}${interval} of ${ranks.receptor.of} ligands, ${ranks.ligand.rank} of ${ranks.ligand.of} receptors`;
      const value = withUnit(Data.value(pair, metric.name), metric.unit === "arbitrary units" ? "a.u." : metric.unit, Data.digits(metric.name));
      return el("div", {}, el("dt", {}, metric.label),
        el("dd", {}, error ? `${value} ± ${number(error)}` : value), rank ? el("dd", { class: "rank" }, rank) : null);
    });
    byId("matrix-numbers").replaceChildren(el("h3", {}, `${Data.label(pair.ligand)} on ${Data.label(pair.receptor)}`),
      pair.known ? el("span", { class: "known-note" }, `known complex ${pair.known.complex ?? ""}`) : "", el("dl", {}, ...rows),
      el("a", { href: "#pair", "data-receptor": pair.receptor, "data-ligand": pair.ligand }, "Show the pair"));
  }

  function mark() {
    for (const button of byId("matrix-table").querySelectorAll("td button")) {
      const on = button.dataset.receptor === State.current.receptor && button.dataset.ligand === State.current.ligand;
      button.setAttribute("aria-pressed", String(on));
    }
    numbers(State.pair());
  }

  function download() {
    const metric = State.current.metric;
    const rows = Data.ligands.map((ligand) =>
      [ligand.name, ...Data.receptors.map((receptor) => Data.value(Data.pair(receptor.name, ligand.name), metric))]);
    Dom.save(`${metric}.csv`, Dom.csv(["ligand", ...Data.receptors.map((receptor) => receptor.name)], rows), "text/csv");
  }

  return { start };
})();

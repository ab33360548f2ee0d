// The chosen pair in words, and the table of its models.
const Pair = (() => {
  const { byId, el, number, fixed } = Dom;
  const TERMS = [["repulsion", "Repulsion"], ["attraction", "Attraction"], ["electrostatics", "Electrostatics"], ["contact", "Contact"], ["residue", "Residue"]];

  function start() {
    for (const side of ["receptor", "ligand"]) {
      const select = byId(`pair-${side}`);
      Dom.options(select, Data[`${side}s`].map((protein) => [protein.name, protein.label]));
      select.addEventListener("change", () => State.set({ [side]: select.value, model: 0, residues: "" }));
    }
    byId("pair-model").addEventListener("change", (event) => State.set({ model: Number(event.target.value) }));
    byId("models-csv").addEventListener("click", downloadModels);
    Contacts.start();
    Download.start();
    State.on(["receptor", "ligand", "model"], draw);
    return draw();
  }

  /** The model that the address or the reader chose, or the first. */
  const chosen = (detail) => detail.models.find((model) => model.model === State.current.model) ?? detail.models[0];

  async function draw() {
    const pair = State.pair();
    if (!pair) return;
    byId("pair-receptor").value = pair.receptor;
    byId("pair-ligand").value = pair.ligand;
    for (const id of ["pair-model-label", "pair-detail"]) byId(id).hidden = !pair.detail;
    if (!pair.detail) return elsewhere(pair);
    const detail = await Data.detail(pair);
    if (pair !== State.pair()) return; // another pair was chosen meanwhile
    const model = chosen(detail);
    Dom.options(byId("pair-model"), detail.models.map((row) => [row.model, modelName(row)]), model?.model);
    byId("pair-summary").textContent = summary(pair, detail);
    drawModels(pair, detail, model);
    Contacts.draw(pair, detail, model);
    byId("affinity-summary").textContent = affinity(pair, model);
    Dom.drawn(byId("pair"), { receptor: pair.receptor, ligand: pair.ligand, model: model.model });
  }

  /** Where the models of a pair are that a large panel's page leaves out, and what shows them. */
  function elsewhere(pair) {
    const folder = `results/pairs/${pair.receptor}/${pair.ligand}`;
    byId("pair-summary").replaceChildren(
      `${Data.label(pair.ligand)} on ${Data.label(pair.receptor)} is not one of the ${number(Data.detailed)} pairs, of ${number(Data.pairs.length)}, whose models this page holds: its files are in `,
      el("code", {}, `${folder}/`), ", where ", el("code", {}, "pymol view.pml"), " shows it in PyMOL, and ",
      el("code", {}, `crossdock.view(${JSON.stringify(folder)})`), " shows it in a notebook.");
    Dom.drawn(byId("pair"), { receptor: pair.receptor, ligand: pair.ligand, model: "none" });
  }

  const modelName = (model) => `${model.model} – ${model.members} poses${typeof model.dockq !== "number" ? "" : `, DockQ ${fixed(model.dockq, 2)}`}`;

  function summary(pair, detail) {
    const parts = [`${Data.label(pair.ligand)} docked on ${Data.label(pair.receptor)}: ${number(pair.n_poses)} poses clustered, ` +
      `${detail.models.length} model${detail.models.length === 1 ? "" : "s"}`];
    parts.push(pair.known ? `known complex ${pair.known.complex ?? ""}` : "no known complex to compare with");
    return `${parts.join("; ")}.`;
  }

  function drawModels(pair, detail, chosenModel) {
    const compared = detail.models.some((model) => typeof model.dockq === "number");
    // What a backend does not give has no column, nor has what only repeats the score.
    const terms = [...TERMS, ["lowest_score", "Lowest of cluster"]].filter(([name]) =>
      detail.models.some((model) => typeof model[name] === "number" && model[name] !== model.score));
    // Every model is its cluster's best pose, or every one its center: one remark, no column.
    const kinds = new Set(detail.models.map((model) => model.representative ?? "–"));
    const header = ["Model", "Members", ...(kinds.size > 1 ? ["Representative"] : []), "Score", ...terms.map(([, label]) => label), "Contacts", "Overlaps", "Buried (Å²)", `Predicted dG (kcal/mol${pair.affinity ? `, ± ${fixed(pair.affinity.published_error_kcal_mol, 1)}` : ""})`,
      ...(compared ? ["DockQ", "Interface RMSD (Å)", "Ligand RMSD (Å)", "Native contacts"] : [])];
    const rows = detail.models.map((model) => {
      const pick = el("button", { type: "button", onclick: () => State.set({ model: model.model }) }, `Model ${model.model}`);
      const numbers = [model.score, ...terms.map(([name]) => model[name])].map((value) => el("td", { class: "number" }, fixed(value, 1)));
      const near = compared ? [[model.dockq, 2], [model.irmsd_A, 1], [model.lrmsd_A, 1], [model.fnat, 2]].map(([value, digits]) => el("td", { class: "number" }, fixed(value, digits))) : [];
      const made = [[model.buried_receptor_A2 + model.buried_ligand_A2, 0], [model.dg_kcal_mol, 1]].map(([value, digits]) => el("td", { class: "number" }, fixed(value, digits)));
      return el("tr", { class: model === chosenModel ? "selected" : null, "aria-current": model === chosenModel ? "true" : null },
        el("th", { scope: "row" }, pick), el("td", { class: "number" }, number(model.members)), ...(kinds.size > 1 ? [el("td", {}, model.representative ?? "–")] : []),
        ...numbers, el("td", { class: "number" }, number(total(model.contacts))),
        el("td", { class: "number", title: "Pairs of atoms nearer than bonds are: the partners are rigid" }, number(model.overlaps)), ...made, ...near);
    });
    byId("models-table").replaceChildren(
      el("thead", {}, el("tr", {}, ...header.map((text, i) => el("th", { scope: "col", class: i === 0 || text === "Representative" ? null : "number" }, text)))),
      el("tbody", {}, ...rows));
  }

  /** What is predicted from a model's contacts; never without its error and its caveat. */
  function affinity(pair, model) {
    if (!pair.affinity || typeof model?.dg_kcal_mol !== "number") return "";
    const { temperature_C, published_error_kcal_mol, caveat, method } = pair.affinity;
    const spread = typeof model.dg_spread_kcal_mol === "number" ? `; ${fixed(model.dg_spread_kcal_mol, 1)} over other poses of its cluster` : "";
    return `Buries ${number(Math.round(model.buried_receptor_A2))} Å² of the receptor and ${number(Math.round(model.buried_ligand_A2))} Å² of the ligand. ` +
      `Predicted dG ${fixed(model.dg_kcal_mol, 1)} ± ${fixed(published_error_kcal_mol, 1)} kcal/mol (error of ${method} on solved complexes${spread}), ` +
      `Kd ${molar(model.kd_M)} (${molar(model.kd_low_M)} to ${molar(model.kd_high_M)} by that error) at ${temperature_C} °C. ${caveat}`;
  }

  /** Write a concentration with the unit that suits it. */
  function molar(value) {
    const [unit, size] = [["M", 1], ["mM", 1e-3], ["µM", 1e-6], ["nM", 1e-9], ["pM", 1e-12], ["fM", 1e-15]].find(([, size]) => value >= size) ?? ["fM", 1e-15];
    return `${Number((value / size).toPrecision(2))} ${unit}`;
  }

  const total = (contacts) => (contacts && typeof contacts === "object" ? Object.values(contacts).reduce((sum, n) => sum + n, 0) : contacts);

  const fileName = (pair, what) => `${pair.receptor}_${pair.ligand}_${what}`;

  async function downloadModels() {
    const pair = State.pair();
    const { models } = await Data.detail(pair);
    const header = [...new Set(models.flatMap((model) => Object.keys(model)))];
    const flat = (value) => (value && typeof value === "object" ? JSON.stringify(value) : value);
    Dom.save(fileName(pair, "models.csv"), Dom.csv(header, models.map((model) => header.map((name) => flat(model[name])))), "text/csv");
  }

  return { start, chosen, fileName };
})();

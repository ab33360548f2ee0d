// The chosen pair in words, and the table of its models.
import * as Contacts from "./contacts.js";
import * as Data from "./data.js";
import { byId, coded, drawn, el, fixed, number, options } from "./dom.js";
import * as Download from "./download.js";
import { csv, fileName, save } from "./files.js";
import * as State from "./state.js";

/** @import { DockedPair } from "./data.js" */
/** @import { Detail, HotSpot, ModelRecord } from "./page.js" */

const MOST_MET = 5; // residues of the receptor that count as those met most, as on its card
const COUNTED = 5; // first models of each ligand that hot spots are counted over
const TIGHTEST_M = 1e-14; // about that of barnase and barstar (Schreiber & Fersht 1993, Biochemistry 32:5145)

export function start() {
  for (const side of Data.SIDES) {
    const select = byId(`pair-${side}`);
    options(select, Data[`${side}s`].map((protein) => [protein.name, protein.label]));
    select.addEventListener("change", () => State.set({ [side]: select.value, model: 0, residues: "" }));
  }
  byId("pair-model").addEventListener("change", (event) => State.set({ model: Number(event.target.value) }));
  byId("models-csv").addEventListener("click", downloadModels);
  Contacts.start();
  Download.start();
  State.on(["receptor", "ligand", "model"], draw);
  return draw();
}

async function draw() {
  const pair = State.pair();
  if (!pair) return;
  byId("pair-receptor").value = pair.receptor;
  byId("pair-ligand").value = pair.ligand;
  for (const id of ["pair-model-label", "pair-detail"]) byId(id).hidden = !pair.detail;
  byId("pair-doubts").hidden = true;
  if (!pair.detail) return elsewhere(pair);
  const [detail, spots] = await Promise.all([Data.detail(pair), Data.hotspots(pair.receptor)]);
  if (pair !== State.pair()) return; // another pair was chosen meanwhile
  const model = State.model(detail);
  options(byId("pair-model"), detail.models.map((row) => [row.model, modelName(row)]), model?.model);
  byId("pair-summary").textContent = summary(pair, detail, model);
  drawDoubts(pair, detail, model, spots);
  drawModels(pair, detail, model);
  Contacts.draw(pair, detail, model);
  byId("affinity-summary").textContent = affinity(pair, model);
  drawn(byId("pair"), { receptor: pair.receptor, ligand: pair.ligand, model: model.model });
}

/** What must be known of a pair before its numbers: of its proteins, of its place, and of how far its models agree.
 * @param {DockedPair} pair
 * @param {Detail} detail
 * @param {ModelRecord} model
 * @param {HotSpot[]} spots */
function drawDoubts(pair, detail, model, spots) {
  const said = Data.SIDES.flatMap((side) => Data.doubts(pair[side]).map((text) => `${Data.label(pair[side])}: ${text}`));
  const texts = [...said, agreement(detail, model), favoured(pair, detail, model, spots)].filter(Boolean);
  byId("pair-doubts").replaceChildren(...texts.map((text) => el("li", {}, ...coded(text))));
  byId("pair-doubts").hidden = !texts.length;
}

/** The receptor's residues that a model has in contact.
 * @param {Detail} detail
 * @param {ModelRecord} model */
const met = (detail, model) => new Set(Contacts.of(detail, model).map((row) => Contacts.key(row, "receptor")));

/** How many of the other models bind where a model does.
 * @param {Detail} detail
 * @param {ModelRecord} model */
function agreement(detail, model) {
  const [others, alike] = [detail.models.length - 1, model?.models_at_site];
  if (!others || typeof alike !== "number") return "";
  return `Models are alternatives, not votes: of the ${others} other${others === 1 ? "" : "s"}, ${alike} meet${alike === 1 ? "s" : ""} at least half of the receptor’s residues that model ${model.model} meets, and ${model.models_elsewhere} none of them.`;
}

/** Whether a model lies where the receptor's other ligands lie anyway: at least half of them meet what it meets.
 * @param {DockedPair} pair
 * @param {Detail} detail
 * @param {ModelRecord} model
 * @param {HotSpot[]} spots */
function favoured(pair, detail, model, spots) {
  const most = spots.filter((spot) => spot.frequency > 0).sort((one, other) => other.frequency - one.frequency).slice(0, MOST_MET);
  const own = model ? met(detail, model) : new Set();
  const first = detail.models.slice(0, COUNTED).map((other) => met(detail, other)); // this ligand's part of the count
  const key = (spot) => `receptor.${spot.chain}:${spot.number}`;
  const others = (spot) => spot.ligands - (first.some((residues) => residues.has(key(spot))) ? 1 : 0);
  const shared = most.filter((spot) => own.has(key(spot)) && 2 * others(spot) >= Data.ligands.length - 1);
  if (Data.ligands.length < 3 || shared.length * 2 <= most.length || most.length < MOST_MET) return "";
  return `${shared.length} of the ${most.length} residues of ${Data.label(pair.receptor)} that all ligands meet most (${shared.map((spot) => `${spot.residue} ${spot.chain}:${spot.number}`).join(", ")}) are in this interface: it may be a place that the scores favour with anybody.`;
}

/** Where the models of a pair are that a large panel's page leaves out, and what shows them.
 * @param {DockedPair} pair */
function elsewhere(pair) {
  const folder = `results/pairs/${pair.receptor}/${pair.ligand}`;
  byId("pair-summary").replaceChildren(
    `${Data.label(pair.ligand)} on ${Data.label(pair.receptor)} is not one of the ${number(Data.detailed)} pairs, of ${number(Data.pairs.length)}, whose models this page holds: its files are in `,
    el("code", {}, `${folder}/`), ", where ", el("code", {}, "pymol view.pml"), " shows it in PyMOL, and ",
    el("code", {}, `crossdock.view(${JSON.stringify(folder)})`), " shows it in a notebook.");
  drawn(byId("pair"), { receptor: pair.receptor, ligand: pair.ligand, model: "none" });
}

/** @param {ModelRecord} model */
const modelName = (model) => `${model.model} – ${model.members} ${model.members === 1 ? "pose" : "poses"}${typeof model.dockq !== "number" ? "" : `, DockQ ${fixed(model.dockq, 2)}`}`;

/** How often the search came to the place of a model.
 * @param {DockedPair} pair
 * @param {ModelRecord} model */
function share(pair, model) {
  if (!model || !pair.n_poses) return "";
  const part = 100 * model.members / pair.n_poses;
  return `The cluster of model ${model.model} holds ${part < 1 ? "less than 1" : Math.round(part)} % of the poses.`;
}

/** @param {DockedPair} pair
 * @param {Detail} detail
 * @param {ModelRecord} model */
function summary(pair, detail, model) {
  const parts = [`${Data.label(pair.ligand)} docked on ${Data.label(pair.receptor)}: ${number(pair.n_poses)} poses clustered, ` +
    `${detail.models.length} model${detail.models.length === 1 ? "" : "s"}`];
  parts.push(pair.known ? `known complex ${pair.known.complex ?? ""}` : "no known complex to compare with");
  const letters = Object.entries(detail.ligand_chains ?? {}).filter(([old, now]) => old !== now);
  const renamed = letters.map(([old, now]) => `chain ${old} of ${Data.label(pair.ligand)} is called ${now}`);
  return [`${parts.join("; ")}.`, share(pair, model), renamed.length ? `In the models ${renamed.join(", ")}.` : ""].filter(Boolean).join(" ");
}

/** @param {DockedPair} pair
 * @param {Detail} detail
 * @param {ModelRecord} chosenModel */
function drawModels(pair, detail, chosenModel) {
  const compared = detail.models.some((model) => typeof model.dockq === "number");
  // What a backend does not give has no column, nor has what only repeats the score.
  const names = [...new Set(detail.models.flatMap((model) => Object.keys(model.terms)))];
  /** @type {{ label: string, value: (model: ModelRecord) => number | null }[]} */
  const columns = [...names.map((name) => ({ label: capital(name), value: (model) => model.terms[name] })), { label: "Lowest of cluster", value: (model) => model.lowest_score }];
  const own = [...new Set(detail.models.flatMap((model) => Object.keys(model.extra)))].filter((name) => detail.models.some((model) => typeof model.extra[name] === "number"));
  const terms = columns.filter(({ value }) => detail.models.some((model) => typeof value(model) === "number" && value(model) !== model.score));
  // Every model is its cluster's best pose, or every one its center: one remark, no column.
  const kinds = new Set(detail.models.map((model) => model.representative ?? "–"));
  const header = ["Model", "Members", ...(kinds.size > 1 ? ["Representative"] : []), "Score", ...terms.map(({ label }) => label), ...own.map((name) => Data.metric(name)?.label ?? capital(name)), "Contacts", "Overlaps", "Area (Å²)", `Predicted dG (kcal/mol${pair.affinity ? `, ± ${fixed(pair.affinity.published_error_kcal_mol, 1)}` : ""})`,
    ...(compared ? ["DockQ", "Interface RMSD (Å)", "Ligand RMSD (Å)", "Native contacts"] : [])];
  const rows = detail.models.map((model) => {
    const pick = el("button", { type: "button", onclick: () => State.set({ model: model.model }) }, `Model ${model.model}`);
    const numbers = [model.score, ...terms.map(({ value }) => value(model))].map((value) => el("td", { class: "number" }, fixed(value, 1)))
      .concat(own.map((name) => el("td", { class: "number" }, number(model.extra[name]))));
    const near = compared ? [[model.dockq, 2], [model.irmsd_A, 1], [model.lrmsd_A, 1], [model.fnat, 2]].map(([value, digits]) => el("td", { class: "number" }, fixed(value, digits))) : [];
    const made = [[area(model), 0], [model.dg_kcal_mol, 1]].map(([value, digits]) => el("td", { class: "number" }, fixed(value, digits)));
    return el("tr", { class: model === chosenModel ? "selected" : null, "aria-current": model === chosenModel ? "true" : null },
      el("th", { scope: "row" }, pick), el("td", { class: "number" }, number(model.members)), ...(kinds.size > 1 ? [el("td", {}, model.representative ?? "–")] : []),
      ...numbers, el("td", { class: "number" }, number(total(model.contacts))),
      el("td", { class: "number", title: "Pairs of atoms nearer than bonds are: the partners are rigid" }, number(model.overlaps)), ...made, ...near);
  });
  byId("models-table").replaceChildren(
    el("thead", {}, el("tr", {}, ...header.map((text, i) => el("th", { scope: "col", class: i === 0 || text === "Representative" ? null : "number" }, text)))),
    el("tbody", {}, ...rows));
}

/** What is predicted from a model's contacts; never without its error and its caveat.
 * @param {DockedPair} pair
 * @param {ModelRecord} model */
function affinity(pair, model) {
  if (!pair.affinity || typeof model?.dg_kcal_mol !== "number") return "";
  const { temperature_C, published_error_kcal_mol, caveat, method } = pair.affinity;
  const spread = typeof model.dg_spread_kcal_mol === "number" ? `; ${fixed(model.dg_spread_kcal_mol, 1)} over other poses of its cluster` : "";
  const tight = model.kd_M < TIGHTEST_M ? " That is tighter than nearly any complex known: the count of a large interface, not a finding." : "";
  return `Interface area ${number(Math.round(area(model)))} Å²: buries ${number(Math.round(model.buried_receptor_A2))} Å² of the receptor and ${number(Math.round(model.buried_ligand_A2))} Å² of the ligand. ` +
    `Predicted dG ${fixed(model.dg_kcal_mol, 1)} ± ${fixed(published_error_kcal_mol, 1)} kcal/mol (error of ${method} on solved complexes${spread}), ` +
    `Kd ${molar(model.kd_M)} (${molar(model.kd_low_M)} to ${molar(model.kd_high_M)} by that error) at ${temperature_C} °C.${tight} ${caveat}`;
}

const UNITS = [{ unit: "M", size: 1 }, { unit: "mM", size: 1e-3 }, { unit: "µM", size: 1e-6 }, { unit: "nM", size: 1e-9 }, { unit: "pM", size: 1e-12 }, { unit: "fM", size: 1e-15 }];

/** Write a concentration with the unit that suits it. */
function molar(value) {
  const rounded = Number(value.toPrecision(2)); // first, or 999.6 pM would be 1000 pM
  const { unit, size } = UNITS.find((one) => rounded >= one.size) ?? UNITS.at(-1);
  return `${Number((rounded / size).toPrecision(2))} ${unit}`;
}

/** Area of the interface, as the matrix has it: what is buried, per side.
 * @param {ModelRecord} model */
const area = (model) => (model.buried_receptor_A2 + model.buried_ligand_A2) / 2;

const total = (contacts) => (contacts && typeof contacts === "object" ? Object.values(contacts).reduce((sum, n) => sum + n, 0) : contacts);

/** @type {(text: string) => string} */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

async function downloadModels() {
  const pair = State.pair();
  const models = (await Data.detail(pair)).models.map(({ terms, extra, ...model }) => ({ ...model, ...terms, ...extra }));
  const header = [...new Set(models.flatMap((model) => Object.keys(model).filter((name) => model[name] !== null)))];
  const flat = (value) => (value && typeof value === "object" ? JSON.stringify(value) : value);
  save(fileName(pair, "models.csv"), csv(header, models.map((model) => header.map((name) => flat(model[name])))), "text/csv");
}

// The chosen pair in words, and the table of its models.
import * as Contacts from "./contacts.js";
import * as Data from "./data.js";
import { byId, coded, drawn, el, fixed, number, options } from "./dom.js";
import * as Download from "./download.js";
import { csv, fileName, save } from "./files.js";
import { badge } from "./marks.js";
import { listed } from "./order.js";
import * as Pdb from "./pdb.js";
import * as Refined from "./refined.js";
import { say } from "./say.js";
import * as State from "./state.js";

/** @import { DockedPair, Side } from "./data.js" */
/** @import { Shown } from "./marks.js" */
/** @import { Detail, HotSpot, ModelRecord } from "./page.js" */

const MOST_MET = 5; // residues of the receptor that count as those met most, as on its card
const COUNTED = 5; // first models of each ligand that hot spots are counted over
const LOWERING = 15; // overlaps for each 100 contacts from which that makes dG too low (docs/validation.md)
const TIGHTEST_M = 1e-14; // about that of barnase and barstar (Schreiber & Fersht 1993, Biochemistry 32:5145)

export function start() {
  for (const side of Data.SIDES) {
    const select = byId(`pair-${side}`);
    select.addEventListener("change", () => choose(side, select.value));
  }
  byId("pair-model").addEventListener("change", (event) => {
    const [model, backend] = event.target.value.split(" ");
    State.set({ model: Number(model), backend: backend ?? "", residues: "" });
  });
  byId("models-csv").addEventListener("click", downloadModels);
  Contacts.start();
  Download.start();
  Refined.start();
  State.on(["receptor", "ligand", "model", "backend", "refined"], draw);
  return draw();
}

/** Choose a protein: with the partner that is chosen, or where they were not docked, with its first.
 * @param {Side} side
 * @param {string} name */
function choose(side, name) {
  const [receptor, ligand] = side === "receptor" ? [name, State.current.ligand] : [State.current.receptor, name];
  const pair = Data.pair(receptor, ligand) ?? listed(Data.pairsOf(side, name))[0];
  if (pair) State.selectPair(pair.receptor, pair.ligand);
}

/** Offer the proteins of a side that are in a pair there.
 * @param {DockedPair} pair */
function offer(pair) {
  for (const side of Data.SIDES) {
    const docked = Data[`${side}s`].filter(({ name }) => Data.pairsOf(side, name).length);
    options(byId(`pair-${side}`), docked.map((protein) => [protein.name, protein.label]), pair[side]);
  }
}

/** Offer the models of a pair, under the names of the backends where it has several.
 * @param {DockedPair} pair
 * @param {Detail} detail
 * @param {ModelRecord | undefined} model */
async function offerModels(pair, detail, model) {
  const select = byId("pair-model");
  const own = Object.hasOwn(pair.others, State.current.backend) ? ` ${State.current.backend}` : "";
  const backends = Object.keys(pair.others);
  if (!backends.length) return options(select, detail.models.map((row) => [row.model, modelName(detail)(row)]), model?.model);
  const groups = await Promise.all(["", ...backends].map(async (backend) => ({ backend, detail: await Data.detail(pair, backend) })));
  select.replaceChildren(...groups.map(({ backend, detail }) => {
    const group = el("optgroup", { label: backend || Data.mainBackend });
    const end = backend ? ` ${backend}` : "";
    // The closed list shows no groups, so each model says whose it is.
    const name = modelName(detail);
    options(group, detail.models.map((row) => [`${row.model}${end}`, `${name(row)} (${backend || Data.mainBackend})`]), `${model?.model}${own}`);
    return group;
  }));
}

async function draw() {
  const pair = State.pair();
  if (!pair) return;
  offer(pair);
  for (const id of ["pair-model-label", "pair-detail"]) byId(id).hidden = !pair.detail;
  byId("pair-doubts").hidden = true;
  if (!pair.detail) return elsewhere(pair);
  const [detail, spots] = await Promise.all([State.detail(pair), Data.hotspots(pair.receptor)]);
  if (pair !== State.pair()) return; // another pair was chosen meanwhile
  const model = State.model(detail);
  await offerModels(pair, detail, model);
  if (pair !== State.pair()) return;
  byId("pair-summary").textContent = summary(pair, detail, model);
  drawDoubts(pair, detail, model, spots);
  drawModels(pair, detail, model);
  Refined.draw(pair, detail, model);
  const mark = model && clashes(detail, model);
  byId("pair-clashes").hidden = !mark;
  byId("pair-clashes").replaceChildren(...(mark ? [badge(mark)] : []));
  Contacts.draw(pair, detail, model);
  byId("area-summary").textContent = buried(model);
  byId("affinity-summary").textContent = affinity(pair, detail, model);
  byId("affinity").hidden = !byId("affinity-summary").textContent;
  drawn(byId("pair"), { receptor: pair.receptor, ligand: pair.ligand, model: model.model, refined: Refined.shown(detail, model) ? "yes" : "no" });
}

/** The mark of a model whose atoms overlap: how many, docked and refined, and what that means.
 * @param {Detail} detail
 * @param {ModelRecord} model
 * @returns {Shown | null} */
function clashes(detail, model) {
  const share = Math.round(100 * model.overlaps / Math.max(1, total(model.contacts)));
  const refined = Refined.overlaps(detail, model);
  if (!model.overlaps && !refined) return null;
  const badge = say("model-clashes", { n: model.overlaps }) + (refined === null ? "" : say("model-clashes-and", { refined }));
  const text = [say("model-clashes-docked", { n: model.overlaps, share, limit: Data.usualOverlaps }), refined === null ? "" : say("model-clashes-refined", { n: refined }),
    model.dg_withheld ? say("model-clashes-withheld") : ""].filter(Boolean).join(" ");
  return { kind: "clashes", level: model.dg_withheld ? "wrong" : "note", badge, text };
}

/** What to keep in mind of a pair: of its proteins, of its place, and of how far its models agree; what is wrong stands out.
 * @param {DockedPair} pair
 * @param {Detail} detail
 * @param {ModelRecord} model
 * @param {HotSpot[]} spots */
function drawDoubts(pair, detail, model, spots) {
  const ofProteins = Data.SIDES.flatMap((side) => Data.doubts(pair[side]).map((text) => ({
    text: say("pair-doubt", { protein: Data.label(pair[side]), text }), wrong: isWrong(pair[side], text) })));
  const ofModels = [agreement(detail, model), favoured(pair, detail, model, spots)].filter(Boolean).map((text) => ({ text, wrong: false }));
  const found = [...ofProteins, ...ofModels];
  byId("pair-doubts").replaceChildren(...found.map(({ text, wrong }) => el("li", { class: wrong ? "wrong" : null }, ...coded(text))));
  byId("pair-doubts").hidden = !found.length;
}

/** Whether a doubt says that a protein is wrong: another one, a fragment, or in a membrane that the config does not name.
 * @param {string} name
 * @param {string} text */
const isWrong = (name, text) => Data.marks(name).some(({ level, values }) => level === "wrong" && String(values.why).includes(text));

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
  return say("pair-agreement", { n: alike, others, model: model.model, elsewhere: model.models_elsewhere });
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
  const partners = Data.pairsOf("receptor", pair.receptor).length;
  const shared = most.filter((spot) => own.has(key(spot)) && 2 * others(spot) >= partners - 1);
  if (partners < 3 || shared.length * 2 <= most.length || most.length < MOST_MET) return "";
  const residues = shared.map((spot) => `${spot.residue} ${spot.chain}:${spot.number}`).join(", ");
  return say("pair-favoured", { n: shared.length, most: most.length, receptor: Data.label(pair.receptor), residues });
}

/** @param {DockedPair} pair */
const names = ({ receptor, ligand }) => ({ receptor: Data.label(receptor), ligand: Data.label(ligand) });

/** Where the models of a pair are that a large panel's page leaves out, and what shows them.
 * @param {DockedPair} pair */
function elsewhere(pair) {
  const folder = `results/pairs/${pair.receptor}/${pair.ligand}`;
  const values = { ...names(pair), held: number(Data.detailed), pairs: number(Data.pairs.length), folder, path: JSON.stringify(folder) };
  byId("pair-summary").replaceChildren(...coded(say("pair-elsewhere", values)));
  drawn(byId("pair"), { receptor: pair.receptor, ligand: pair.ligand, model: "none" });
}

/** A model's number, how many poses it stands for where it is one of a cluster, and its DockQ.
 * @param {Detail} detail */
const modelName = (detail) => (/** @type {ModelRecord} */ model) => {
  const poses = Pdb.ownShapes(detail) ? "" : `${model.members} ${model.members === 1 ? "pose" : "poses"}`;
  const known = typeof model.dockq === "number" ? `DockQ ${fixed(model.dockq, 2)}` : "";
  const near = model.overlaps ? say("model-clashes", { n: model.overlaps }) : "";
  const more = [poses, known, near].filter(Boolean).join(", ");
  return more ? `${model.model} – ${more}` : `${model.model}`;
};

/** How often the search came to the place of a model.
 * @param {Detail} detail
 * @param {ModelRecord} model */
function share(detail, model) {
  if (!model || !detail.n_poses) return "";
  const part = 100 * model.members / detail.n_poses;
  return say(part < 1 ? "pair-share-small" : "pair-share", { model: model.model, share: Math.round(part) });
}

/** How many models with coordinates of their own a backend has, and at how many places they lie.
 * @param {DockedPair} pair
 * @param {Detail} detail */
function modelled(pair, detail) {
  const backend = pair.others[State.current.backend] ? State.current.backend : Data.mainBackend;
  const models = detail.models.reduce((sum, model) => sum + model.members, 0);
  const n = detail.models.length;
  return say(models > n ? "pair-grouped" : "pair-modelled", { ...names(pair), backend, models, n });
}

/** Which of several conformers of a partner a model is of; empty of a partner with one.
 * @param {Detail} detail
 * @param {ModelRecord} model
 * @param {string} side */
const conformer = (detail, model, side) => detail.conformers[side]?.[(model[`${side}_conformer`] ?? 1) - 1] ?? "";

/** How many conformers were docked, which ones a model is of, and how far their scores differ.
 * @param {DockedPair} pair
 * @param {Detail} detail
 * @param {ModelRecord} model */
function conformers(pair, detail, model) {
  const several = Data.SIDES.filter((side) => (detail.conformers[side]?.length ?? 0) > 1);
  if (!several.length || !model) return "";
  const best = detail.conformer_scores.map(({ scores }) => scores.reduce((sum, one) => sum + one, 0) / scores.length);
  const counts = several.map((side) => `${detail.conformers[side].length} of ${Data.label(pair[side])}`).join(", ");
  const own = several.map((side) => conformer(detail, model, side)).join(" and ");
  return say("pair-conformers", { counts, model: model.model, own, n: best.length, low: fixed(Math.min(...best), 1), high: fixed(Math.max(...best), 1) });
}

/** @param {DockedPair} pair
 * @param {Detail} detail
 * @param {ModelRecord} model */
function summary(pair, detail, model) {
  const models = Pdb.ownShapes(detail) ? modelled(pair, detail)
    : say("pair-docked", { ...names(pair), poses: number(detail.n_poses), n: detail.models.length });
  const known = pair.known ? say(pair.known.complex ? "pair-known" : "pair-known-unnamed", { complex: pair.known.complex ?? "" }) : say("pair-no-known");
  const letters = Object.entries(detail.ligand_chains ?? {}).filter(([old, now]) => old !== now);
  const renamed = letters.map(([old, now]) => say("pair-chain-renamed", { old, now, ligand: Data.label(pair.ligand) }));
  const lacking = Data.furtherBackends.filter((backend) => !Object.hasOwn(pair.others, backend)).map((backend) => say("pair-lacking", { backend }));
  return [models, ...lacking, conformers(pair, detail, model), known, Pdb.ownShapes(detail) ? "" : share(detail, model), ...renamed].filter(Boolean).join(" ");
}

/** @param {DockedPair} pair
 * @param {Detail} detail
 * @param {ModelRecord} chosenModel */
function drawModels(pair, detail, chosenModel) {
  const compared = detail.models.some((model) => typeof model.dockq === "number");
  // What a backend does not give has no column, nor has what only repeats the score.
  const names = [...new Set(detail.models.flatMap((model) => Object.keys(model.terms)))];
  /** @type {{ label: string, value: (model: ModelRecord) => number | null }[]} */
  const columns = [...names.map((name) => ({ label: labelOf(name), value: (model) => model.terms[name] })), { label: "Lowest of cluster", value: (model) => model.lowest_score }];
  const own = [...new Set(detail.models.flatMap((model) => Object.keys(model.extra)))].filter((name) => detail.models.some((model) => typeof model.extra[name] === "number"));
  const terms = columns.filter(({ value }) => detail.models.some((model) => typeof value(model) === "number" && value(model) !== model.score));
  // Every model is its cluster's best pose, or every one its center: one remark, no column.
  const kinds = new Set(detail.models.map((model) => model.representative ?? "–"));
  const several = Data.SIDES.filter((side) => detail.conformers[side]?.length);
  const header = ["Model", "Members", ...several.map((side) => `Conformer of ${Data.label(pair[side])}`), ...(kinds.size > 1 ? ["Representative"] : []), "Score", ...terms.map(({ label }) => label), ...own.map(labelOf), "Contacts", "Clashes", ...(detail.refined ? ["Clashes, refined"] : []), "Area (Å²)", `Predicted dG (kcal/mol${pair.affinity ? `, ± ${fixed(pair.affinity.published_error_kcal_mol, 1)}` : ""})`,
    ...(compared ? ["DockQ", "Interface RMSD (Å)", "Ligand RMSD (Å)", "Native contacts"] : [])];
  const rows = detail.models.map((model) => {
    const pick = el("button", { type: "button", onclick: () => State.set({ model: model.model }) }, `Model ${model.model}`);
    const numbers = [model.score, ...terms.map(({ value }) => value(model))].map((value) => el("td", { class: "number" }, fixed(value, 1)))
      .concat(own.map((name) => el("td", { class: "number" }, number(model.extra[name]))));
    const near = compared ? [[model.dockq, 2], [model.irmsd_A, 1], [model.lrmsd_A, 1], [model.fnat, 2]].map(([value, digits]) => el("td", { class: "number" }, fixed(value, digits))) : [];
    const refined = detail.refined ? [el("td", { class: "number" }, Refined.of(detail, model) ? number(Refined.overlaps(detail, model)) : Refined.tried(detail, model) ? say("model-left") : "–")] : [];
    const mark = clashes(detail, model);
    const made = [el("td", { class: "number" }, fixed(area(model), 0)), el("td", { class: "number", title: model.dg_withheld || null }, model.dg_withheld ? say("model-withheld") : fixed(model.dg_kcal_mol, 1))];
    return el("tr", { class: model === chosenModel ? "selected" : null, "aria-current": model === chosenModel ? "true" : null },
      el("th", { scope: "row" }, pick), el("td", { class: "number" }, number(model.members)), ...several.map((side) => el("td", {}, conformer(detail, model, side))), ...(kinds.size > 1 ? [el("td", {}, model.representative ?? "–")] : []),
      ...numbers, el("td", { class: "number" }, number(total(model.contacts))),
      el("td", { class: "number", title: say("pair-overlaps-help") }, mark ? badge({ ...mark, badge: number(model.overlaps) }) : number(model.overlaps)), ...refined, ...made, ...near);
  });
  byId("models-table").replaceChildren(
    el("thead", {}, el("tr", {}, ...header.map((text, i) => el("th", { scope: "col", class: i === 0 || text === "Representative" || text.startsWith("Conformer of ") ? null : "number" }, text)))),
    el("tbody", {}, ...rows));
}

/** How much of both surfaces a model buries.
 * @param {ModelRecord} model */
function buried(model) {
  if (!model) return "";
  const [whole, receptor, ligand] = [area(model), model.buried_receptor_A2, model.buried_ligand_A2].map((value) => number(Math.round(value)));
  return say("pair-area", { area: whole, receptor, ligand });
}

/** What is predicted from a model's contacts, never without its error; or why nothing is.
 * @param {DockedPair} pair
 * @param {Detail} detail
 * @param {ModelRecord} model */
function affinity(pair, detail, model) {
  if (!pair.affinity || !model) return "";
  const refined = Refined.of(detail, model)?.record.dg_kcal_mol;
  const also = typeof refined === "number" ? say("pair-dg-refined", { dg: fixed(refined, 1), error: fixed(pair.affinity.published_error_kcal_mol, 1) }) : "";
  if (model.dg_withheld) return [say("pair-dg-withheld", { model: model.model, why: model.dg_withheld }), also].filter(Boolean).join(" ");
  if (typeof model.dg_kcal_mol !== "number") return "";
  const { temperature_C: temperature, published_error_kcal_mol: error, method } = pair.affinity;
  const [dg, known] = [model.dg_kcal_mol, error].map((value) => fixed(value, 1));
  return [say("pair-dg", { model: model.model, method, dg, error: known }),
    typeof model.dg_spread_kcal_mol === "number" ? say("pair-dg-spread", { spread: fixed(model.dg_spread_kcal_mol, 1) }) : "",
    say("pair-kd", { temperature, kd: molar(model.kd_M), low: molar(model.kd_low_M), high: molar(model.kd_high_M) }),
    model.kd_M < TIGHTEST_M ? say("pair-kd-tight") : "",
    100 * model.overlaps > LOWERING * total(model.contacts) ? say("pair-dg-overlaps") : "", also].filter(Boolean).join(" ");
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

/** What a number of a model is called.
 * @type {(name: string) => string} */
const labelOf = (name) => Data.metric(name)?.label ?? Data.labels[name] ?? capital(name.replaceAll("_", " "));

async function downloadModels() {
  const pair = State.pair();
  const models = (await State.detail(pair)).models.map(({ terms, extra, plddt, ...model }) => ({ ...model, ...terms, ...extra }));
  const header = [...new Set(models.flatMap((model) => Object.keys(model).filter((name) => model[name] !== null)))];
  const flat = (value) => (value && typeof value === "object" ? JSON.stringify(value) : value);
  save(fileName(pair, "models.csv"), csv(header, models.map((model) => header.map((name) => flat(model[name])))), "text/csv");
}

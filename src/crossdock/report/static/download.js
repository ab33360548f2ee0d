// Files of the chosen pair, made in the page from what it holds.
import * as Data from "./data.js";
import { byId } from "./dom.js";
import { csv, fileName, save, stem } from "./files.js";
import * as Pdb from "./pdb.js";
import * as Refined from "./refined.js";
import * as State from "./state.js";
import { archive } from "./zip.js";

/** @import { DockedPair } from "./data.js" */
/** @import { ModelRecord, PageRefinedModel } from "./page.js" */

export function start() {
  byId("model-pdb").addEventListener("click", () => withModel((pair, parts) => {
    const form = Refined.shown(parts.detail, parts.model);
    save(fileName(pair, `model_${parts.model.model}${form ? "_refined" : ""}.pdb`), pdb(pair, parts, form), "chemical/x-pdb");
  }));
  byId("model-cif").addEventListener("click", () => withModel((pair, { detail, receptor, ligand, model }) => {
    const body = Pdb.placed(detail, model, receptor, ligand, Refined.shown(detail, model), false);
    save(fileName(pair, `model_${model.model}${Refined.suffix(detail, model)}.cif`), Pdb.cif("complex", [body.receptor, Pdb.relettered(body.receptor, body.ligand)], model.plddt ? confidence(model) : null), "chemical/x-mmcif");
  }));
  byId("pair-zip").addEventListener("click", () => withModel(folder));
}

/** What is known of a whole model under the names that ModelCIF has.
 * @param {ModelRecord} model
 * @returns {Pdb.Confidence[]} */
function confidence(model) {
  return Object.entries({ ipTM: ["complex_iptm", "iptm"], pTM: ["ptm"] }).flatMap(([name, names]) => {
    const own = names.find((one) => typeof model.extra[one] === "number");
    return own ? [{ name, value: model.extra[own], about: Data.metric(own)?.help ?? "." }] : [];
  });
}

/** @param {ModelRecord} model */
const padded = (model) => String(model.model).padStart(2, "0");

/** Do something with everything of the chosen pair. */
async function withModel(use) {
  const pair = State.pair();
  const [detail, receptor, ligand] = await Promise.all([State.detail(pair), Data.structure(pair.receptor), Data.structure(pair.ligand)]);
  const model = State.model(detail);
  if (model) await use(pair, { detail, receptor, ligand, model });
}

/** A model, docked or refined; a refined one without hydrogens, of which the page holds some only.
 * @param {DockedPair} pair
 * @param {any} parts
 * @param {PageRefinedModel | null} form */
function pdb(pair, { detail, receptor, ligand, model }, form) {
  const body = Pdb.placed(detail, model, receptor, ligand, form, false);
  const remarks = [...(Data.synthetic ? ["SYNTHETIC, no docking was done"] : []), `CROSSDOCK MODEL ${model.model} OF ${pair.ligand} ON ${pair.receptor}`, `SCORE ${model.score} ARBITRARY UNITS, NOT AN AFFINITY`,
    ...(form ? ["REFINED, THE SCORE IS OF THE DOCKED MODEL", `HYDROGENS ARE IN refined/model_${padded(model)}.pdb OF THE PAIR`] : [])];
  return Pdb.complex(body.receptor, body.ligand, remarks);
}

/** The pair's folder as the run has it: all models, the scripts that open them, contacts and figures.
 * @param {DockedPair} pair */
async function folder(pair, parts) {
  const { detail } = parts;
  const figures = ["drawing", "map"].flatMap((kind) => detail.models.map((model, i) => [`drawings/${kind === "map" ? "map" : "interface"}_${padded(model)}.svg`, detail[`${kind}s`][i]]));
  const header = Object.keys(detail.contacts);
  const rows = detail.contacts.model.map((_, i) => header.map((name) => detail.contacts[name][i]));
  const files = [
    ...detail.models.map((model) => [`models/model_${padded(model)}.pdb`, pdb(pair, { ...parts, model }, null)]),
    ...detail.models.filter((model) => Refined.of(detail, model)).map((model) => [`refined/model_${padded(model)}.pdb`, pdb(pair, { ...parts, model }, Refined.of(detail, model))]),
    ...Object.entries(detail.scripts), ["interface.csv", csv(header, rows)], ...figures];
  const name = stem(pair).replace(/[^\w.-]+/g, "_");
  save(`${name}.zip`, await archive(files.map(([path, text]) => [`${name}/${path}`, text])));
}

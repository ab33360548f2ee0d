// Docked or refined: which of both is shown of a model, and what refinement did to it.
import { byId, el, fixed } from "./dom.js";
import { say } from "./say.js";
import * as State from "./state.js";

/** @import { DockedPair } from "./data.js" */
/** @import { Detail, ModelRecord, PageRefinedModel } from "./page.js" */

export function start() {
  for (const choice of choices()) choice.addEventListener("change", () => { if (choice.checked) State.set({ refined: choice.value === "refined" ? "yes" : "" }); });
}

/** @type {() => any[]} */
const choices = () => [...byId("refined").querySelectorAll("input")];

/** What refinement made of a model; nothing where it was not tried.
 * @param {Detail} detail
 * @param {ModelRecord} model */
export const tried = (detail, model) => detail.refined?.models.find(({ record }) => record.model === model.model);

/** The refined form of a model; nothing where there is none.
 * @param {Detail} detail
 * @param {ModelRecord} model
 * @returns {PageRefinedModel | null} */
export function of(detail, model) {
  const found = tried(detail, model);
  return found?.residues.length ? found : null;
}

/** The refined form of a model where the reader wants that and it has one.
 * @param {Detail} detail
 * @param {ModelRecord} model */
export const shown = (detail, model) => (State.current.refined ? of(detail, model) : null);

/** How many atom pairs overlap in a refined model; null where there is none.
 * @param {Detail} detail
 * @param {ModelRecord} model */
export function overlaps(detail, model) {
  if (!of(detail, model)) return null;
  const { model: numbers, overlaps: counts } = detail.refined.contacts;
  return counts.map(Number).reduce((sum, n, i) => (numbers[i] === model.model ? sum + n : sum), 0);
}

/** Why a model has no refined form, in words; empty where it has one.
 * @param {Detail} detail
 * @param {ModelRecord} model */
function missing(detail, model) {
  if (detail.refined.failed) return say("refined-failed", { reason: detail.refined.failed });
  const found = tried(detail, model);
  if (!found) return say("refined-not-tried", { model: model.model, n: detail.refined.models.length });
  return of(detail, model) ? "" : say("refined-left", { model: model.model, reason: found.record.reason });
}

/** The switch, and below it what refinement did.
 * @param {DockedPair} pair
 * @param {Detail} detail
 * @param {ModelRecord} model */
export function draw(pair, detail, model) {
  byId("refined").hidden = byId("refined-more").hidden = !detail.refined;
  if (!detail.refined) return;
  const why = missing(detail, model);
  const folder = Object.hasOwn(pair.others, State.current.backend) ? `results/backends/${State.current.backend}` : "results";
  const path = `${folder}/pairs/${pair.receptor}/${pair.ligand}/refined/model_${String(model.model).padStart(2, "0")}.pdb`;
  const on = Boolean(shown(detail, model));
  for (const choice of choices()) {
    choice.checked = (choice.value === "refined") === on;
    choice.disabled = choice.value === "refined" && Boolean(why);
  }
  byId("refined-why").textContent = why || (on ? `${say("refined-shown")} ${say("refined-file", { path })}` : "");
  byId("refined-why").hidden = !why && !on;
  byId("refined-facts").replaceChildren(...(why ? [] : facts(detail, model).map((text) => el("li", {}, text))));
  byId("refined-facts").hidden = Boolean(why);
}

/** @param {Detail} detail
 * @param {ModelRecord} model */
function facts(detail, model) {
  const { record } = of(detail, model);
  const found = [
    say(record.added_atoms ? "refined-clashes-added" : "refined-clashes", { before: record.clashes_before, after: record.clashes_after }),
    typeof record.clashscore_after === "number" ? say("refined-clashscore", { before: fixed(record.clashscore_before, 1), after: fixed(record.clashscore_after, 1) }) : "",
    say("refined-moved", { rmsd: fixed(record.rmsd_A, 2), residues: record.free_residues, backbone: fixed(record.backbone_rmsd_A, 2), most: record.most_moved }),
    typeof record.dockq_after === "number" ? say("refined-dockq", { before: fixed(record.dockq_before, 2), after: fixed(record.dockq_after, 2) }) : "",
    record.peptides.length ? `${say("refined-peptides", { changes: record.peptides.join(", ") })} ${say("refined-handedness")}` : say("refined-chirality"),
    record.added_atoms ? say("refined-added", { n: record.added_atoms }) : "",
    record.held.length ? say("refined-held", { names: record.held.join(", ") }) : "",
    record.interaction ? say("refined-energy", { energy: fixed(record.interaction.total, 0) }) : ""];
  return found.filter(Boolean);
}

/** The end of names of files and of titles that are of the refined model.
 * @param {Detail} detail
 * @param {ModelRecord} model */
export const suffix = (detail, model) => (shown(detail, model) ? "_refined" : "");

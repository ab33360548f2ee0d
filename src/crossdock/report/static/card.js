// The card of the chosen pair beside the matrix: what the tests say of it, where it binds, and its numbers.
import * as Data from "./data.js";
import { byId, drawn, el, number, withUnit } from "./dom.js";
import { say } from "./say.js";
import * as State from "./state.js";

/** @import { DockedPair } from "./data.js" */
/** @import { Detail, Metric } from "./page.js" */

/** The numbers of every card, beside the agreement of the models; of the first group the first that the panel has. */
const FEW = [["score"], ["specificity"], ["q_value", "robust_z"], ["interface_area"]];

export function start() {
  State.on(["receptor", "ligand"], draw);
  return draw();
}

async function draw() {
  const pair = State.pair();
  if (!pair) return;
  const detail = pair.detail ? await Data.detail(pair) : null;
  if (pair !== State.pair()) return; // another pair was chosen meanwhile
  const few = FEW.map((names) => names.map(Data.metric).find((metric) => metric && Data.value(pair, metric.name) !== null)).filter(Boolean);
  const rest = Data.metrics.filter((metric) => !few.includes(metric));
  const named = Data.verdict.pairs.some(([receptor, ligand]) => receptor === pair.receptor && ligand === pair.ligand);
  byId("card").replaceChildren(
    el("h3", {}, `${Data.label(pair.ligand)} on ${Data.label(pair.receptor)}`),
    el("p", { class: named ? "standing named" : "standing" }, say(`card-${named ? `named-${Data.verdict.basis}` : Data.verdict.basis ? "not-named" : "untested"}`)),
    pair.known ? el("p", { class: "known-note" }, say("card-known", { complex: pair.known.complex ?? "" })) : "",
    el("dl", { class: "few" }, ...few.map((metric) => numberOf(pair, metric)), agreement(detail)),
    el("a", { href: "#pair", "data-receptor": pair.receptor, "data-ligand": pair.ligand }, "3D view and interface"),
    el("details", {}, el("summary", {}, "All numbers"), el("dl", {}, ...rest.map((metric) => numberOf(pair, metric)))));
  drawn(byId("card"), { receptor: pair.receptor, ligand: pair.ligand });
}

/** A number with its error and its ranks, with the interval where ranks.csv has one of it.
 * @param {DockedPair} pair
 * @param {Metric} metric */
function numberOf(pair, metric) {
  const [value, error] = [Data.value(pair, metric.name), pair.uncertainty[metric.name]];
  const unit = metric.unit === "arbitrary units" ? "a.u." : metric.unit;
  const digits = Data.digits(metric.name);
  const text = error ? `${number(value, digits)} ± ${withUnit(error, unit, digits)}` : withUnit(value, unit, digits);
  const ranks = pair.ranks[metric.name];
  const { low, high } = pair.standing;
  const interval = Data.ranked(metric) && low ? ` (${low === high ? low : `${low} to ${high}`} in 95 %)` : "";
  const rank = ranks && `rank ${ranks.receptor.rank}${interval} of ${ranks.receptor.of} ligands, ${ranks.ligand.rank} of ${ranks.ligand.of} receptors`;
  return el("div", { title: metric.help }, el("dt", {}, metric.label), el("dd", {}, text), rank ? el("dd", { class: "rank" }, rank) : null);
}

/** How many of the other models bind where the first does.
 * @param {Detail | null} detail */
function agreement(detail) {
  const first = detail?.models[0];
  if (typeof first?.models_at_site !== "number") return null;
  return el("div", { title: say("agreement-help") }, el("dt", {}, "Models at the same site"), el("dd", {}, `${first.models_at_site} of ${detail.models.length - 1} others`));
}

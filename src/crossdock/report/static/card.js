// The card of the chosen pair beside the matrix: what the tests say of it, where it binds, and its numbers.
import * as Data from "./data.js";
import { byId, drawn, el, number, withUnit } from "./dom.js";
import { badge, marksOf, missing } from "./marks.js";
import { say } from "./say.js";
import * as State from "./state.js";
import { still } from "./still.js";

/** @import { DockedPair, Side } from "./data.js" */
/** @import { Metric } from "./page.js" */

/** The numbers of every card, beside the agreement of the models; of the first group the first that the panel has. */
const FEW = [[Data.statistic], ["specificity"], ["background_q", "q_value", "noise_z", "robust_z"], ["interface_area"]];

/** Pixels of the picture.
 * @type {[number, number]} */
const PICTURE = [272, 150];

export function start() {
  State.on(["receptor", "ligand"], draw);
  return draw();
}

async function draw() {
  const pair = State.pair();
  if (!pair) return;
  const picture = pair.detail ? await still(pair, ...PICTURE) : null;
  if (pair !== State.pair()) return;
  const few = FEW.map((names) => names.map(Data.metric).find((metric) => metric && Data.value(pair, metric.name) !== null)).filter(Boolean);
  const rest = Data.metrics.filter((metric) => !few.includes(metric));
  const named = Data.stands(pair);
  const [names, standing] = [`${Data.label(pair.ligand)} on ${Data.label(pair.receptor)}`,
    say(`card-${named ? `named-${Data.verdict.basis}` : Data.verdict.basis ? "not-named" : "untested"}`, { limit: number(Data.verdict.limit) })];
  byId("card-said").textContent = byId("card").dataset.drawn ? `${names}. ${standing}` : ""; // screen readers hear of changes
  byId("card").replaceChildren(
    el("h3", {}, names),
    el("p", { class: named ? "standing named" : "standing" }, standing),
    pair.known ? el("p", { class: "known-note" }, say("card-known", { complex: pair.known.complex ?? "" })) : "",
    pair.template ? el("p", { class: "template-note" }, pair.template) : "",
    picture ? el("a", { class: "opens", href: "#pair", title: say("card-open") }, picture) : "",
    ...site(pair),
    el("p", { class: "card-marks" }, ...marksOf(pair).filter(({ kind, level, n }) => level !== "fine" || (kind === "clashes" && n)).map(badge)),
    ...passed(pair),
    el("dl", { class: "few" }, ...few.map((metric) => numberOf(pair, metric, Data.ranked(metric))), agreement(pair)),
    el("a", { href: "#pair" }, say("card-open")),
    el("details", {}, el("summary", {}, "All numbers"), el("dl", {}, ...few.filter((metric) => !Data.ranked(metric)).concat(rest).map((metric) => numberOf(pair, metric, true)))));
  drawn(byId("card"), { receptor: pair.receptor, ligand: pair.ligand });
}

/** A number with its error and its ranks, with the interval where ranks.csv has one of it.
 * @param {DockedPair} pair
 * @param {Metric} metric
 * @param {boolean} ranked whether its ranks are said */
function numberOf(pair, metric, ranked) {
  const [value, error] = [Data.value(pair, metric.name), pair.uncertainty[metric.name]];
  const unit = metric.unit === "arbitrary units" ? "a.u." : metric.unit;
  const digits = Data.digits(metric.name);
  const text = value === null ? missing(pair, metric.name) || number(value) : error ? `${number(value, digits)} ± ${withUnit(error, unit, digits)}` : withUnit(value, unit, digits);
  const ranks = ranked && pair.ranks[metric.name];
  const { low, high } = pair.standing;
  const interval = Data.ranked(metric) && low ? ` (${low === high ? low : `${low} to ${high}`} in 95 %)` : "";
  const among = ranks ? [{ ...ranks.receptor, sure: interval, what: whose("ligand", pair.receptor) }, { ...ranks.ligand, sure: "", what: whose("receptor", pair.ligand) }].filter((one) => one.of > 1) : [];
  const rank = among.length ? `rank ${among.map((one) => `${one.rank}${one.sure} of ${one.of} ${one.what}`).join(", ")}` : null;
  return el("div", { title: metric.help }, el("dt", {}, metric.label), el("dd", {}, text), rank ? el("dd", { class: "rank" }, rank) : null);
}

/** Among whom a pair is ranked: without roles, the partners of one of its proteins.
 * @type {(side: Side, name: string) => string} */
const whose = (side, name) => (Data.symmetric ? `partners of ${Data.label(name)}` : Data.called(side));

/** What was looked at and found well.
 * @param {DockedPair} pair */
function passed(pair) {
  const fine = marksOf(pair).filter(({ level }) => level === "fine");
  return fine.length ? [el("details", { class: "site" }, el("summary", {}, say("card-passed", { n: fine.length })), el("ul", {}, ...fine.map(({ text }) => el("li", {}, text))))] : [];
}

/** How many of the other models bind where the first does.
 * @param {DockedPair} pair */
function agreement({ first }) {
  if (typeof first?.at_site !== "number") return null;
  return el("div", { title: say("agreement-help") }, el("dt", {}, "Models at the same site"), el("dd", {}, say("agreement", { n: first.at_site, others: first.others })));
}

/** Where the first model binds, on both partners.
 * @param {DockedPair} pair */
function site({ site: found, receptor, ligand }) {
  if (!found?.receptor) return [];
  return [el("p", { class: "site" }, say("card-site", { protein: Data.label(receptor), residues: found.receptor })),
    el("details", { class: "site" }, el("summary", {}, say("card-site-ligand", { protein: Data.label(ligand) })), found.ligand)];
}

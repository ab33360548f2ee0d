// The table of hits: a row for each pair, sorted and filtered; rows are added in portions, as a panel may have 50,000 pairs.
import * as Data from "./data.js";
import { byId, drawn, el, number, options } from "./dom.js";
import { csv, save } from "./files.js";
import { badge, countOf, warningsOf } from "./marks.js";
import { say } from "./say.js";
import * as State from "./state.js";
import { still } from "./still.js";

/** @import { DockedPair, Side } from "./data.js" */

/**
 * @typedef {object} Column
 * @property {string} name
 * @property {string} label
 * @property {string} help
 * @property {string} [class]
 * @property {(pair: DockedPair) => number | null} [key] what it is sorted by
 * @property {boolean} [high] whether high ones come first when it is first chosen
 * @property {(pair: DockedPair) => (string | Node)[]} cell
 * @property {{ [header: string]: (pair: DockedPair) => string | number | null }} file what a file has of it
 */

const FIRST = 8; // rows that are shown at first
const PORTION = 200; // rows that are added at a time
const THUMB = { width: 64, height: 48 };
const table = byId("hits-table");
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Sorting: the column, and whether its order is turned. */
const sorting = { by: "", turned: false };
let all = false; // whether more than the first rows are asked for
/** Pairs that fit the filters, in order.
 * @type {DockedPair[]} */
let listed = [];
let shown = 0; // how many of them have a row
/** @type {Column[]} */
let columns = [];
/** @type {Map<string, Float64Array>} */
const sortKeys = new Map();
/** @type {HTMLElement | null} */
let body = null;
/** @type {IntersectionObserver} */
let seen;

export function start() {
  columns = [pairColumn(), rankColumn(), ...Data.order.map(metricColumn), agreementColumn(), ...["dockq_of_backends", "mean_rank"].map(metricColumn), siteColumn(), marksColumn(), pictureColumn()].filter(Boolean);
  sorting.by = Data.order[0] ?? "pair";
  seen = new IntersectionObserver(look, { rootMargin: "300px" });
  new IntersectionObserver((entries) => { if (all && entries.some((entry) => entry.isIntersecting)) more(); }, { rootMargin: "1500px" }).observe(byId("hits-end"));
  options(byId("hits-receptor"), [["", "all"], ...Data.receptors.map(({ name, label }) => [name, label])]);
  const sortable = columns.filter(({ key }) => key);
  options(byId("hits-sort"), sortable.map(({ name, label }) => [name, label]), sorting.by);
  byId("hits-known-label").hidden = !Data.pairs.some(({ known }) => known);
  for (const id of ["hits-text", "hits-receptor", "hits-marks", "hits-known"]) byId(id).addEventListener("input", draw);
  byId("hits-sort").addEventListener("change", (event) => sort(event.target.value));
  byId("hits-csv").addEventListener("click", download);
  byId("hits-all").addEventListener("click", () => { all = !all; draw(); });
  State.on(["receptor", "ligand"], mark);
  byId("hits-columns").append(...columns.map(({ label, help }) => el("div", {}, el("dt", {}, label), el("dd", {}, help))));
  body = el("tbody", { role: "rowgroup" });
  table.append(el("caption", { class: "unseen" }, "Pairs"),
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...columns.map(heading))), body);
  draw();
  window.requestIdleCallback?.(() => body.querySelectorAll(".thumb:empty").forEach(picture)); // paper needs those of the first rows
}

/** @type {(pair: DockedPair) => string} */
const words = ({ ligand, receptor }) => `${Data.label(ligand)} on ${Data.label(receptor)}`;

/** Places of proteins in the order of their labels.
 * @type {(side: Side) => Map<string, number>} */
function alphabet(side) {
  const inWords = new Intl.Collator("en", { numeric: true });
  const sorted = [...Data[`${side}s`]].sort((a, b) => inWords.compare(a.label, b.label));
  return new Map(sorted.map(({ name }, place) => [name, place]));
}

/** @returns {Column} */
function pairColumn() {
  const [receptors, ligands] = Data.SIDES.map(alphabet);
  return { name: "pair", label: "Pair", help: say("hits-pair-help"),
    key: ({ ligand, receptor }) => ligands.get(ligand) * receptors.size + receptors.get(receptor),
    cell: (pair) => [el("a", { href: "#pair", "data-receptor": pair.receptor, "data-ligand": pair.ligand, title: "Show the pair" }, el("b", {}, Data.label(pair.ligand)), ` on ${Data.label(pair.receptor)}`),
      ...(Data.stands(pair) ? [el("span", { class: "stands" }, say("stands"))] : []),
      ...(pair.known ? [el("span", { class: "known-note" }, say("hits-known"))] : [])],
    file: { ligand: ({ ligand }) => ligand, receptor: ({ receptor }) => receptor, stands_out: (pair) => (Data.stands(pair) ? "yes" : "no"), known: ({ known }) => (known ? "yes" : "no") } };
}

/** Ranks among the ligands of each receptor, counted once for all pairs.
 * @returns {Column | null} */
function rankColumn() {
  const metric = Data.metric(Data.leading);
  if (!metric?.better) return null;
  const ranks = new Map(Data.receptors.map(({ name }) => [name, ranksOf(name)]));
  /** @type {(pair: DockedPair) => number | null} */
  const rank = (pair) => ranks.get(pair.receptor).places.get(pair.place) ?? null;
  const limit = (value) => (value ? Number(value) : null);
  const interval = (pair) => (pair.standing.low && pair.standing.low !== pair.standing.high ? [el("span", { class: "brief" }, say("hits-interval", pair.standing))] : []);
  return { name: "rank", label: "Rank", help: say("hits-rank-help", { metric: metric.label.toLowerCase() }),
    class: "number", key: rank,
    cell: (pair) => (rank(pair) === null || ranks.get(pair.receptor).of < 2 ? ["–"] : [say("hits-rank", { rank: rank(pair), of: ranks.get(pair.receptor).of }), ...interval(pair)]),
    file: { rank, rank_of: ({ receptor }) => ranks.get(receptor).of, rank_low: ({ standing }) => limit(standing.low), rank_high: ({ standing }) => limit(standing.high) } };
}

/** @param {string} receptor */
function ranksOf(receptor) {
  const sign = Data.sign(Data.metric(Data.leading));
  const rows = Data.pairsOf("receptor", receptor).map((pair) => ({ name: pair.place, value: Data.value(pair, Data.leading) }))
    .filter(({ value }) => value !== null).sort((a, b) => sign * (a.value - b.value));
  const places = new Map();
  rows.forEach(({ name, value }, i) => places.set(name, i && rows[i - 1].value === value ? places.get(rows[i - 1].name) : i + 1));
  return { places, of: rows.length };
}

/** @type {(name: string) => Column | null} */
function metricColumn(name) {
  const metric = Data.metric(name);
  if (!metric) return null;
  const digits = Data.digits(name);
  const value = (pair) => Data.value(pair, name);
  return { name, label: metric.label, help: metric.help, class: "number", high: metric.better === "high", key: value,
    cell: (pair) => [number(value(pair), digits)], file: { [name]: value } };
}

/** @returns {Column | null} */
function agreementColumn() {
  if (!Data.pairs.some(({ first }) => typeof first.at_site === "number")) return null;
  return { name: "agreement", label: "Models agree", help: say("agreement-help"),
    class: "number", high: true, key: ({ first }) => (typeof first.at_site === "number" && first.others ? first.at_site / first.others : null),
    cell: ({ first }) => [typeof first.at_site === "number" ? say("hits-agree", { n: first.at_site, others: first.others }) : "–"],
    file: { models_at_site: ({ first }) => first.at_site ?? null, other_models: ({ first }) => first.others ?? null } };
}

/** @returns {Column | null} */
function siteColumn() {
  if (!Data.detailed) return null;
  return { name: "site", label: "Site on the receptor", help: say("hits-site-help"),
    class: "site", cell: ({ site }) => [site ? site.short.replaceAll("-", "\u2011") || "–" : el("span", { class: "brief" }, say("hits-no-site"))],
    file: { site_on_receptor: ({ site }) => site?.receptor ?? "", site_on_ligand: ({ site }) => site?.ligand ?? "" } };
}

/** @returns {Column} */
function marksColumn() {
  return { name: "marks", label: "Marks", help: say("hits-marks-help"),
    class: "marks", key: (pair) => { const { wrong, note } = countOf(pair); return 1000 * wrong + note; },
    cell: (pair) => { const found = warningsOf(pair); return found.length ? found.map(badge) : ["none"]; },
    file: { marks: (pair) => warningsOf(pair).map((one) => one.badge).join("; ") } };
}

/** @returns {Column | null} */
function pictureColumn() {
  if (!Data.detailed) return null;
  return { name: "picture", label: "Model", help: say("hits-picture-help"), class: "picture",
    cell: (pair) => [pair.detail ? el("span", { class: "thumb", "data-place": pair.place }) : ""], file: {} };
}

/** @param {Column} column */
function heading({ name, label, help, key, class: kind }) {
  const words = key ? el("button", { type: "button", title: help, onclick: () => sort(name) }, label) : el("span", { title: help }, label);
  return el("th", { scope: "col", role: "columnheader", class: kind, "data-column": name, "aria-sort": key ? "none" : null }, words);
}

/** @param {string} name */
function sort(name) {
  sorting.turned = name === sorting.by && !sorting.turned;
  sorting.by = name;
  draw();
}

/** Draw pictures when their rows come into sight.
 * @param {IntersectionObserverEntry[]} entries */
function look(entries) {
  for (const { isIntersecting, target } of entries) if (isIntersecting) picture(target);
}

/** @param {any} thumb */
async function picture(thumb) {
  seen.unobserve(thumb);
  thumb.replaceChildren(await still(Data.pairs[Number(thumb.dataset.place)], THUMB.width, THUMB.height));
}

/** A number of every pair to sort by, missing ones last; the column's usual order goes upwards.
 * @type {(name: string) => Float64Array} */
function keys(name) {
  if (!sortKeys.has(name)) {
    const { key, high } = columns.find((column) => column.name === name);
    sortKeys.set(name, Float64Array.from(Data.pairs, (pair) => { const value = key(pair); return value === null ? NaN : high ? -value : value; }));
  }
  return sortKeys.get(name);
}

/** Pairs in order: by the chosen column, then by q, specificity and what that is of.
 * @param {DockedPair[]} pairs */
function sorted(pairs) {
  const names = [sorting.by, ...Data.order.filter((name) => name !== sorting.by)];
  const by = names.map((name, i) => ({ values: keys(name), sign: i === 0 && sorting.turned ? -1 : 1 }));
  return pairs.sort(({ place: a }, { place: b }) => {
    for (const { values, sign } of by) {
      const [one, other] = [values[a], values[b]];
      if (one === other) continue;
      if (Number.isNaN(one) || Number.isNaN(other)) {
        if (Number.isNaN(one) && Number.isNaN(other)) continue;
        return Number.isNaN(one) ? 1 : -1;
      }
      return sign * (one - other);
    }
    return a - b;
  });
}

/** Pairs that fit the filters: every word is in the names of one of the two. */
function filtered() {
  const asked = plain(byId("hits-text").value).split(/\s+/).filter(Boolean);
  const texts = new Map([...Data.receptors, ...Data.ligands].map(({ name, label, found_by }) => [name, plain([label, name, ...found_by].join(" "))]));
  const [receptor, marks, known] = [byId("hits-receptor").value, byId("hits-marks").value, byId("hits-known").checked];
  return Data.pairs.filter((pair) => {
    if (receptor && pair.receptor !== receptor && !(Data.symmetric && pair.ligand === receptor)) return false;
    if (known && !pair.known) return false;
    if (!asked.every((word) => texts.get(pair.ligand).includes(word) || texts.get(pair.receptor).includes(word))) return false;
    if (!marks) return true;
    const found = countOf(pair);
    return !found.wrong && (marks === "wrong" || !found.note);
  });
}

function draw() {
  listed = sorted(filtered());
  seen.disconnect();
  body.replaceChildren();
  shown = 0;
  for (const head of table.tHead.rows[0].cells) {
    if (head.hasAttribute("aria-sort")) head.setAttribute("aria-sort", head.dataset.column === sorting.by ? direction() : "none");
  }
  byId("hits-sort").value = sorting.by;
  more();
  byId("hits-count").textContent = !listed.length ? say("hits-none") : listed.length < Data.pairs.length ? say("hits-found", { n: number(listed.length), all: number(Data.pairs.length) }) : say("hits-count", { n: listed.length === 1 ? 1 : number(listed.length) });
  byId("hits-all").hidden = listed.length <= FIRST;
  byId("hits-all").textContent = all ? say("hits-first", { n: FIRST }) : say("hits-all", { n: number(listed.length) });
}

function direction() {
  const { high } = columns.find(({ name }) => name === sorting.by);
  return Boolean(high) === sorting.turned ? "ascending" : "descending";
}

/** Add rows: the first ones, or the next portion. */
function more() {
  const next = listed.slice(shown, all ? shown + PORTION : FIRST);
  if (!next.length) return;
  body.append(...next.map(row));
  shown += next.length;
  for (const thumb of body.querySelectorAll(".thumb:empty")) seen.observe(thumb);
  mark();
  drawn(byId("hits"), { rows: shown, by: sorting.by });
}

/** @param {DockedPair} pair */
function row(pair) {
  const cells = columns.map(({ name, label, class: kind, cell }) => (name === "pair"
    ? el("th", { scope: "row", role: "rowheader", class: "name" }, ...cell(pair))
    : el("td", { role: "cell", class: kind, "data-label": label }, ...cell(pair))));
  return el("tr", { role: "row", "data-place": pair.place, "data-pair": words(pair) }, ...cells);
}

/** Mark the row of the pair that is looked at. */
function mark() {
  const place = String(State.pair()?.place);
  for (const one of body.querySelectorAll("tr.selected")) { one.classList.remove("selected"); one.removeAttribute("aria-current"); }
  const own = body.querySelector(`tr[data-place="${place}"]`);
  own?.classList.add("selected");
  own?.setAttribute("aria-current", "true");
}

/** All rows in the order and by the filters that are shown. */
function download() {
  const parts = columns.flatMap(({ file }) => Object.entries(file));
  save("pairs.csv", csv(parts.map(([header]) => header), listed.map((pair) => parts.map(([, value]) => value(pair)))), "text/csv");
}

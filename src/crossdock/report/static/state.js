// What is looked at - pair, model, picked residues, colours, metric, order of the matrix, edges of the network - kept in the
// address, so that a view can be shared.
import * as Data from "./data.js";
import * as Order from "./order.js";

/** @import { DockedPair } from "./data.js" */
/** @import { Detail, ModelRecord } from "./page.js" */

/**
 * @typedef {object} View
 * @property {string | null} receptor
 * @property {string | null} ligand
 * @property {number} model
 * @property {string} backend whose model it is; empty for the main one
 * @property {"" | "yes"} refined whether models are shown refined, where they are (refined.js)
 * @property {string} residues keys of what is picked (contacts.js), a blank between two
 * @property {string} colour what the ribbons' colours mean (pair3d.js)
 * @property {string | null} metric the matrix's
 * @property {string} order the matrix's (order.js)
 * @property {"" | "hidden"} others whether proteins that are others than expected are left out
 * @property {"kept" | "threshold" | "all"} edges the network's
 * @property {string | null} netmetric the network's, where it is not the rule's
 * @property {number | null} threshold
 */

/** @type {View["edges"][]} */
const EDGES = ["kept", "threshold", "all"];

/** @type {((changed: (keyof View)[]) => void)[]} */
const listeners = [];

/** @type {View} */
export const current = { receptor: null, ligand: null, model: 0, backend: "", refined: "", residues: "", colour: "partner", metric: null, order: "config", others: "",
  edges: "kept", netmetric: null, threshold: null };

const NAMES = /** @type {(keyof View)[]} */ (Object.keys(current));

export function start() {
  const [receptor, ligand] = Data.verdict.pairs[0] ?? [];
  const best = Data.pair(receptor, ligand) ?? Order.listed(Data.pairs)[0];
  Object.assign(current, { receptor: best?.receptor, ligand: best?.ligand, metric: Data.leading });
  read();
  window.addEventListener("hashchange", () => { if (read()) tell(NAMES); });
}

/** Take over what the address says, as far as this panel has it. */
function read() {
  if (!location.hash.includes("=")) return false;
  const asked = new URLSearchParams(location.hash.slice(1));
  const named = Data.pair(asked.get("receptor"), asked.get("ligand"));
  if (named) Object.assign(current, { receptor: named.receptor, ligand: named.ligand });
  Object.assign(current, { netmetric: null, threshold: null }); // a link leaves them out where they are the page's own
  current.model = Number.parseInt(asked.get("model") ?? "0", 10) || 0;
  current.backend = asked.get("backend") ?? "";
  current.refined = asked.get("refined") === "yes" ? "yes" : "";
  current.residues = asked.get("residues") ?? "";
  current.colour = asked.get("colour") ?? current.colour;
  if (Data.metric(asked.get("metric"))) current.metric = asked.get("metric");
  if (Order.known(asked.get("order"))) current.order = asked.get("order");
  current.others = asked.get("others") === "hidden" ? "hidden" : "";
  current.edges = EDGES.find((kind) => kind === asked.get("edges")) ?? current.edges;
  if (Data.metric(asked.get("netmetric"))?.better) current.netmetric = asked.get("netmetric");
  if (asked.get("threshold")?.trim() && Number.isFinite(Number(asked.get("threshold")))) current.threshold = Number(asked.get("threshold"));
  return true;
}

/** @param {Partial<View>} changes */
export function set(changes) {
  const changed = NAMES.filter((name) => name in changes && current[name] !== changes[name]);
  if (!changed.length) return;
  Object.assign(current, changes);
  const kept = NAMES.filter((name) => current[name] !== "" && current[name] !== null).map((name) => [name, String(current[name])]);
  history.replaceState(null, "", `#${new URLSearchParams(kept)}`);
  tell(changed);
}

/** @param {(keyof View)[]} changed */
function tell(changed) {
  for (const listener of listeners) listener(changed);
}

/** The pair that is looked at.
 * @type {() => DockedPair | undefined} */
export const pair = () => Data.pair(current.receptor, current.ligand);

/** Models and contacts of a pair by the backend that is looked at.
 * @type {(one: DockedPair) => Promise<Detail>} */
export const detail = (one) => Data.detail(one, current.backend);

/** The model that the address or the reader chose, or the first.
 * @type {(detail: Detail) => ModelRecord | undefined} */
export const model = (detail) => detail.models.find((one) => one.model === current.model) ?? detail.models[0];

/** Choose a pair that was docked; its model and residues stay where it is chosen already.
 * @param {string} receptor
 * @param {string} ligand */
export function selectPair(receptor, ligand) {
  const chosen = Data.pair(receptor, ligand);
  if (!chosen) return;
  ({ receptor, ligand } = chosen);
  if (receptor !== current.receptor || ligand !== current.ligand) set({ receptor, ligand, model: 0, backend: "", residues: "" });
}

/** Call `listener` when one of `names` changes.
 * @param {(keyof View)[]} names
 * @param {() => void} listener */
export function on(names, listener) {
  listeners.push((changed) => { if (changed.some((name) => names.includes(name))) listener(); });
}

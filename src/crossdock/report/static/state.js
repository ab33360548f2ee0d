// What is looked at - pair, model, picked residues, colours, metric, order of the matrix, edges of the network - kept in the
// address, so that a view can be shared.
import * as Data from "./data.js";
import * as Order from "./order.js";

const listeners = [];
export const current = { receptor: null, ligand: null, model: 0, residues: "", colour: "partner", metric: null, order: "config", others: "",
  edges: "kept", netmetric: null, threshold: null };

export function start() {
  const best = lowest() ?? Data.pairs[0];
  Object.assign(current, { receptor: best?.receptor, ligand: best?.ligand, metric: Data.leading });
  read();
  window.addEventListener("hashchange", () => { if (read()) tell(Object.keys(current)); });
}

/** The pair that the page's first sentence is about. */
const lowest = () => [...Data.pairs].filter((pair) => Data.value(pair, Data.leading) !== null)
  .sort((a, b) => Data.value(a, Data.leading) - Data.value(b, Data.leading))[0];

/** Take over what the address says, as far as this panel has it. */
function read() {
  if (!location.hash.includes("=")) return false;
  const asked = new URLSearchParams(location.hash.slice(1));
  if (Data.pair(asked.get("receptor"), asked.get("ligand"))) {
    current.receptor = asked.get("receptor");
    current.ligand = asked.get("ligand");
  }
  Object.assign(current, { netmetric: null, threshold: null }); // a link leaves them out where they are the page's own
  current.model = Number.parseInt(asked.get("model") ?? "0", 10) || 0;
  current.residues = asked.get("residues") ?? "";
  current.colour = asked.get("colour") ?? current.colour;
  if (Data.metric(asked.get("metric"))) current.metric = asked.get("metric");
  if (Order.known(asked.get("order"))) current.order = asked.get("order");
  current.others = asked.get("others") === "hidden" ? "hidden" : "";
  if (["kept", "threshold", "all"].includes(asked.get("edges"))) current.edges = asked.get("edges");
  if (Data.metric(asked.get("netmetric"))?.better) current.netmetric = asked.get("netmetric");
  if (asked.get("threshold")?.trim() && Number.isFinite(Number(asked.get("threshold")))) current.threshold = Number(asked.get("threshold"));
  return true;
}

export function set(changes) {
  const changed = Object.keys(changes).filter((name) => current[name] !== changes[name]);
  if (!changed.length) return;
  Object.assign(current, changes);
  history.replaceState(null, "", `#${new URLSearchParams(Object.entries(current).filter(([, value]) => value !== "" && value !== null))}`);
  tell(changed);
}

function tell(changed) {
  for (const listener of listeners) listener(changed);
}

/** The pair that is looked at. */
export const pair = () => Data.pair(current.receptor, current.ligand);

/** The model that the address or the reader chose, or the first. */
export const model = (detail) => detail.models.find((one) => one.model === current.model) ?? detail.models[0];

/** Choose a pair; its model and residues stay where it is chosen already. */
export function selectPair(receptor, ligand) {
  if (receptor !== current.receptor || ligand !== current.ligand) set({ receptor, ligand, model: 0, residues: "" });
}

/** Call `listener` when one of `names` changes. */
export function on(names, listener) {
  listeners.push((changed) => { if (changed.some((name) => names.includes(name))) listener(); });
}

// What databases say of the chosen pair: recorded facts with their source and date, which go into no score.
import { byId, el } from "./dom.js";
import * as State from "./state.js";

/** @import { Fact } from "./page.js" */

export function start() {
  State.on(["receptor", "ligand"], draw);
  draw();
}

function draw() {
  const facts = State.pair()?.facts ?? [];
  byId("pair-facts").replaceChildren(...facts.map((fact) => el("li", { class: fact.severity === "wrong" ? "wrong" : null }, `${fact.text} `, source(fact))));
  byId("pair-facts").hidden = !facts.length;
}

/** @param {Fact} fact */
function source({ source: name, date, url }) {
  if (!name) return "";
  const web = /^https?:/.test(url);
  return el("span", {}, "(", web ? el("a", { href: url, rel: "noreferrer" }, name) : name, date ? `, ${date})` : ")");
}

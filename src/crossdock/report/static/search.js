// The search box: part of a protein's name, entry, accession or title goes to its card; a ligand and a receptor, to the pair.
import * as Data from "./data.js";
import { byId, cardOf, el, goTo } from "./dom.js";
import { say } from "./say.js";
import * as State from "./state.js";

/** @import { DockedPair } from "./data.js" */

const MOST_PROTEINS = 8;
const MOST_PAIRS = 6;
const box = byId("search");
const list = byId("search-list");
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
let found = []; // what the list shows, each with what choosing it does
let active = -1;

/** Each protein once, with its roles; the names as shown, then everything that finds it. */
function all() {
  const proteins = new Map();
  for (const role of Data.SIDES) {
    for (const protein of Data[`${role}s`]) {
      const known = proteins.get(protein.name) ?? { ...protein, roles: [], texts: [protein.label, protein.name, ...protein.found_by].map(plain) };
      known.roles.push(role);
      proteins.set(protein.name, known);
    }
  }
  return [...proteins.values()];
}
const proteins = all();

export function start() {
  box.addEventListener("input", look);
  box.addEventListener("focus", look);
  box.addEventListener("blur", close);
  box.addEventListener("keydown", steer);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the keyboard
  list.addEventListener("click", (event) => choose(found[[...list.children].indexOf(event.target.closest("li"))]));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof Element && event.target.closest("input, select, textarea")) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
}

/** How well a word finds a protein: 3 where its name begins with it, 2 where a word of any text does, 1 within one, else 0. */
function fit(protein, word) {
  if (protein.texts.slice(0, 2).some((text) => text.startsWith(word))) return 3;
  const places = protein.texts.map((text) => [text, text.indexOf(word)]).filter(([, place]) => place >= 0);
  return places.some(([text, place]) => place === 0 || /[^\p{L}\p{N}]/u.test(text[place - 1])) ? 2 : places.length ? 1 : 0;
}

/** What the words find: proteins that hold all of them; pairs whose ligand and receptor hold some each and all together. */
function search(text) {
  const terms = plain(text).split(/\s+/).filter(Boolean);
  if (!terms.length) return { hits: [], total: 0 };
  const fits = new Map(proteins.map((protein) => [protein.name, terms.map((word) => fit(protein, word))]));
  const best = (hits) => hits.sort((a, b) => b.score - a.score);
  const matches = best(proteins.filter((protein) => fits.get(protein.name).every(Boolean))
    .map((protein) => ({ protein, score: Math.min(...fits.get(protein.name)) })));
  const pairs = terms.length < 2 ? [] : best(Data.pairs.map((pair) => {
    const [ligand, receptor] = [fits.get(pair.ligand), fits.get(pair.receptor)];
    const shared = ligand.some(Boolean) && receptor.some(Boolean);
    return { pair, score: shared ? Math.min(...terms.map((_, i) => Math.max(ligand[i], receptor[i]))) : 0 };
  }).filter(({ score }) => score));
  return { hits: [...matches.slice(0, MOST_PROTEINS), ...pairs.slice(0, MOST_PAIRS)], total: matches.length + pairs.length };
}

function look() {
  const { hits, total } = search(box.value);
  found = hits;
  list.replaceChildren(...hits.map((hit, i) => el("li", { id: `search-${i}`, role: "option", "aria-selected": "false" }, ...(hit.pair ? pairShown(hit.pair) : proteinShown(hit.protein)))));
  const asked = box.value.trim();
  if (asked && !hits.length) list.append(el("li", { class: "none", role: "option", "aria-disabled": "true", "aria-selected": "false" }, say("search-none", { asked })));
  list.hidden = !asked;
  box.setAttribute("aria-expanded", String(Boolean(asked)));
  byId("search-count").textContent = asked ? say(total > hits.length ? "search-part" : "search-found", { total, first: hits.length }) : "";
  activate(hits.length ? 0 : -1);
}

function proteinShown({ label, roles, found_by: why }) {
  return [el("span", { class: `chip ${roles[0]}` }), label, el("span", { class: "why" }, [Data.symmetric ? "protein" : roles.join(" and "), ...why].join(" · "))];
}

/** @param {DockedPair} pair */
function pairShown(pair) {
  return [el("span", { class: "chip ligand" }), `${Data.label(pair.ligand)} on ${Data.label(pair.receptor)}`,
    el("span", { class: "why" }, pair.known ? "pair · known complex" : "pair")];
}

function activate(place) {
  list.children[active]?.setAttribute("aria-selected", "false");
  active = place;
  const option = list.children[active];
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) box.setAttribute("aria-activedescendant", option.id);
  else box.removeAttribute("aria-activedescendant");
}

function close() {
  list.hidden = true;
  box.setAttribute("aria-expanded", "false");
  activate(-1);
}

function steer(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    if (list.hidden) look();
    else if (found.length) activate((active + step + found.length) % found.length);
  } else if (event.key === "Enter" && !list.hidden) {
    choose(found[active]);
  } else if (event.key === "Escape") {
    if (list.hidden) box.value = "";
    close();
  }
}

function choose(hit) {
  if (!hit) return;
  box.value = "";
  close();
  if (hit.pair) State.selectPair(hit.pair.receptor, hit.pair.ligand);
  goTo(byId(hit.pair ? "pair" : cardOf(hit.protein.name)));
}

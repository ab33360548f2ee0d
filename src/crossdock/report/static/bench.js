// What to do next at the bench with the chosen pair: mutations that test its site, what was docked, and the interface as other
// programs take it.
import * as Contacts from "./contacts.js";
import { copy } from "./copy.js";
import * as Data from "./data.js";
import { byId, coded, drawn, el, fixed, options } from "./dom.js";
import { csv, fileName, save } from "./files.js";
import { say } from "./say.js";
import * as State from "./state.js";
import { archive } from "./zip.js";

/** @import { DockedPair, Side } from "./data.js" */
/** @import { ConstructChain, Control, Detail, ModelRecord, Mutation, SiteTests } from "./page.js" */

/** @typedef {{ chain: ConstructChain, number: string }} Residue */

const LINE = 60; // letters in a line of FASTA

/** The model that is shown.
 * @type {{ pair: DockedPair, detail: Detail, model: ModelRecord, tests: SiteTests } | null} */
let shown = null;

export function start() {
  options(byId("bench-format"), Object.entries(FORMATS).map(([name, format]) => [name, format.label]), "plain");
  byId("bench-format").addEventListener("change", drawFormat);
  byId("bench-csv").addEventListener("click", saveTests);
  byId("bench-fasta-copy").addEventListener("click", (event) => copy(event.currentTarget, fasta()));
  byId("bench-fasta-save").addEventListener("click", () => save(fileName(shown.pair, "docked.fasta"), fasta()));
  byId("bench-copy").addEventListener("click", (event) => copy(event.currentTarget, byId("bench-residues").textContent));
  byId("bench-save").addEventListener("click", saveFormat);
  State.on(["receptor", "ligand", "model", "backend"], draw);
  return draw();
}

async function draw() {
  const pair = State.pair();
  if (!pair?.detail) return; // what stands around this is hidden then
  const detail = await State.detail(pair);
  if (pair !== State.pair()) return; // another pair was chosen meanwhile
  const model = State.model(detail);
  shown = { pair, detail, model, tests: detail.tests[detail.models.indexOf(model)] };
  byId("bench-untested").hidden = Data.stands(pair) || Boolean(pair.known);
  for (const side of Data.SIDES) drawTests(side);
  drawChains();
  drawFormat();
  drawn(byId("bench"), { receptor: pair.receptor, ligand: pair.ligand, model: model.model });
}

// --- mutations

/** @param {Side} side */
function drawTests(side) {
  const { mutations, control } = shown.tests[side];
  const accessions = new Set([...mutations, ...(control ? [control] : [])].map((one) => one.accession).filter(Boolean));
  const placed = accessions.size > 0;
  const header = ["Change", ...(placed ? ["UniProt"] : []), "Buried (Å²)", "Bonds of its side chain"];
  const row = (change, more) => [el("th", { scope: "row" }, changeButton(side, change)), ...(placed ? [el("td", {}, inUniprot(change, accessions.size > 1))] : []), ...more];
  const rows = mutations.map((one) => el("tr", {}, ...row(one, [
    el("td", { class: "number" }, `${fixed(one.buried_A2, 0)} of ${fixed(one.alone_A2, 0)}`), el("td", {}, bonds(one, other(side)))])));
  const last = control
    ? row(control, [el("td", { colspan: 2 }, say("bench-control", { apart: fixed(control.apart_A, 0) }))])
    : [el("td", { colspan: header.length }, mutations.length ? say("bench-no-control") : say("bench-none"))];
  byId(`bench-${side}`).replaceChildren(
    el("caption", {}, el("span", { class: `chip ${side}` }), ` ${[Data.label(shown.pair[side]), ...(accessions.size === 1 ? [`UniProt ${[...accessions][0]}`] : [])].join(", ")}`),
    el("thead", {}, el("tr", {}, ...header.map((text) => el("th", { scope: "col", class: text.startsWith("Buried") ? "number" : null }, text)))),
    el("tbody", {}, ...rows, el("tr", { class: "control" }, ...last)));
}

/** @type {(side: Side) => Side} */
const other = (side) => (side === "receptor" ? "ligand" : "receptor");

/** The letter of a chain where its partner has several, else nothing.
 * @type {(side: Side, chain: string) => string} */
const prefix = (side, chain) => (shown.detail.constructs[side].chains.length > 1 ? `${chain}:` : "");

/** @param {Mutation | Control} change */
const changes = (change) => [change.alanine, change.reversal].filter(Boolean).join(" or ");

/** @param {Side} side
 * @param {Mutation | Control} change */
const changeButton = (side, change) => el("button", { type: "button", title: "Show this residue", onclick: () => Contacts.pick([`${side}.${change.chain}:${change.number}`]) },
  `${prefix(side, change.chain)}${changes(change)}`);

/** The residue in UniProt's number, with the accession where the partner has several.
 * @param {Mutation | Control} change
 * @param {boolean} several */
const inUniprot = (change, several) => (change.in_uniprot === null ? "–" : `${change.alanine[0]}${change.in_uniprot}${several ? ` of ${change.accession}` : ""}`);

/** The bonds of a mutation by kind, salt bridges first.
 * @param {Mutation} mutation
 * @param {Side} side the partner that they are with */
function bonds(mutation, side) {
  const kinds = Map.groupBy(mutation.bonds, (bond) => bond.kind);
  return [...kinds].sort(([kind]) => (kind === "salt bridge" ? -1 : 1)).map(([kind, of]) => `${kind.replace("hydrogen bond", "H-bond")}${of.length > 1 ? "s" : ""} ${of.map((bond) => `${prefix(side, bond.chain)}${bond.name}`).join(", ")}`).join("; ") || "–";
}

function saveTests() {
  const header = ["partner", "use", "chain", "number", "residue", "accession", "in_uniprot", "alanine", "reversal", "alone_A2", "buried_A2", "bonds", "apart_A"];
  const rows = Data.SIDES.flatMap((side) => {
    const { mutations, control } = shown.tests[side];
    const tests = mutations.map((one) => ({ use: "test", ...one, bonds: one.bonds.map((bond) => `${bond.kind} ${bond.chain}:${bond.name}`).join("; ") }));
    return [...tests, ...(control ? [{ use: "control", ...control, alone_A2: control.accessible_A2 }] : [])].map((one) => ({ partner: shown.pair[side], ...one }));
  });
  save(fileName(shown.pair, `model_${shown.model.model}_mutations.csv`), csv(header, rows.map((row) => header.map((name) => row[name]))), "text/csv");
}

// --- what was docked

const range = (first, last) => (first === last ? first : `${first}–${last}`);

/** @param {ConstructChain} chain */
const ends = (chain) => range(chain.runs[0].first, chain.runs.at(-1).last);

/** @param {ConstructChain} chain */
const stretches = (chain) => chain.uniprot.map((one) => `${one.accession}${one.start === null ? "" : ` ${range(String(one.start), String(one.end))}`}`);

function drawChains() {
  const header = ["Partner", "Entry", "Chain", "Residues", "UniProt", "Length", "Gaps", "Left out"];
  const rows = Data.SIDES.flatMap((side) => {
    const { entry, chains, left_out, missing } = shown.detail.constructs[side];
    const lacks = [...left_out, ...(missing ? [say("bench-missing", { n: missing })] : [])];
    return chains.map((chain, i) => {
      const tags = chain.unplaced.map(([first, last]) => say("bench-unplaced", { residues: range(first, last) }));
      const name = chain.chain === chain.in_pair ? chain.chain : `${chain.chain} (${chain.in_pair} in the models)`;
      const cells = [entry, name, ends(chain), [...stretches(chain), ...tags].join("; ") || "–", String(chain.sequence.length),
        chain.gaps.map(([before, after]) => `${before} to ${after}`).join(", ") || "none", i ? "" : lacks.join("; ") || "nothing"];
      return el("tr", {}, el("th", { scope: "row" }, Data.label(shown.pair[side])), ...cells.map((text) => el("td", {}, text)));
    });
  });
  byId("bench-chains").replaceChildren(el("thead", {}, el("tr", {}, ...header.map((text) => el("th", { scope: "col" }, text)))), el("tbody", {}, ...rows));
  byId("bench-fasta").textContent = fasta();
}

/** The chains as they were docked; a header says entry, chain and range. */
function fasta() {
  const plain = (text) => text.replaceAll("–", "-");
  return Data.SIDES.flatMap((side) => shown.detail.constructs[side].chains.map((chain) => {
    const gaps = chain.gaps.map(([before, after]) => `gap ${before} to ${after}`);
    const parts = [Data.label(shown.pair[side]), `chain ${chain.chain}`, `residues ${ends(chain)}`, ...gaps, ...stretches(chain).map((one) => `UniProt ${one}`)];
    const lines = chain.sequence.match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
    return `>${shown.detail.constructs[side].entry}_${chain.chain} ${plain(parts.join(", "))}\n${lines.join("\n")}\n`;
  })).join("");
}

// --- the interface as other programs take it

/** Residues of a partner that are in contact, in the order of its chains.
 * @param {Side} side
 * @returns {Residue[]} */
function residues(side) {
  const met = new Set(Contacts.of(shown.detail, shown.model).map((row) => `${row[`${side}_chain`]}:${row[`${side}_number`]}`));
  const found = [...met].map((name) => ({ letter: name.slice(0, name.indexOf(":")), number: name.slice(name.indexOf(":") + 1) }));
  // Ions and cofactors that were kept are no part of a chain's sequence, which other programs number.
  return shown.detail.constructs[side].chains.flatMap((chain) => found.filter(({ letter, number }) => letter === chain.in_pair && runOf(chain, number))
    .map(({ number }) => ({ chain, number })).sort((a, b) => position(a) - position(b)));
}

/** The unbroken stretch of a chain that has a residue.
 * @param {ConstructChain} chain
 * @param {string} number */
const runOf = (chain, number) => chain.runs.find(({ first, last }) => number === first || number === last || (Number(first) <= Number(number) && Number(number) <= Number(last)));

/** Place of a residue in its chain's sequence, from 1.
 * @param {Residue} residue */
function position({ chain, number }) {
  const run = runOf(chain, number);
  return run.position + (number === run.first ? 0 : Number(number) - Number(run.first));
}

/** Residues by chain: `write` joins those of each.
 * @param {Side} side
 * @param {(chain: ConstructChain, residues: Residue[]) => string} write */
const byChain = (side, write) => [...Map.groupBy(residues(side), (one) => one.chain)].map(([chain, own]) => write(chain, own));

/** Whether a residue has a number without an insertion code or a sign.
 * @param {Residue} residue */
const isPlain = (residue) => /^\d+$/.test(residue.number);

/** @type {(side: Side) => string[]} */
const numbers = (side) => residues(side).filter(isPlain).map((one) => one.number);

/** The file of a partner for haddock3.
 * @type {(side: Side) => string} */
const actpass = (side) => `${numbers(side).join(" ")}\n\n`;
/** @type {(side: Side) => string} */
const actpassName = (side) => `${shown.pair[side]}_${side}.act-pass`.replace(/[^\w.-]+/g, "_");

const named = (write) => () => Data.SIDES.map((side) => `${Data.label(shown.pair[side])}: ${write(side)}\n`).join("");

/** Formats: what they are called, the text, and whether they take plain numbers alone, and one numbering a partner.
 * @type {Record<string, { label: string, text: () => string, plainNumbers?: boolean, oneNumbering?: boolean }>} */
const FORMATS = {
  plain: { label: "Chains and numbers", text: () => `${heading()}\n${named((side) => byChain(side, (chain, own) => `${chainName(chain)} ${own.map((one) => one.number).join(", ")}`).join("; "))()}` },
  haddock: { label: "HADDOCK 2.4", text: named((side) => numbers(side).join(",")), plainNumbers: true, oneNumbering: true },
  actpass: { label: "HADDOCK3", text: () => Data.SIDES.map((side) => `${actpassName(side)}\n${actpass(side)}`).join(""), plainNumbers: true, oneNumbering: true },
  cluspro: { label: "ClusPro", text: named((side) => residues(side).filter(isPlain).map((one) => `${one.chain.letter.toLowerCase()}-${one.number}`).join(" ")), plainNumbers: true },
  positions: { label: "AlphaFold, Boltz, Chai", text: named((side) => byChain(side, (chain, own) => `chain ${chain.letter} ${own.map(position).join(", ")}`).join("; ")) },
};

const heading = () => say("bench-residues", { ligand: Data.label(shown.pair.ligand), receptor: Data.label(shown.pair.receptor), model: shown.model.model });

/** @param {ConstructChain} chain */
const chainName = (chain) => `chain ${chain.in_pair}${chain.in_pair === chain.letter ? "" : ` (${chain.letter} in its own file)`}`;

function drawFormat() {
  if (!shown) return;
  const name = byId("bench-format").value;
  const { text, plainNumbers, oneNumbering } = FORMATS[name];
  const odd = plainNumbers ? Data.SIDES.flatMap((side) => residues(side).filter((one) => !isPlain(one)).map((one) => `${one.chain.in_pair}:${one.number}`)) : [];
  const several = oneNumbering ? Data.SIDES.filter((side) => shown.detail.constructs[side].chains.length > 1) : [];
  const notes = [say(`bench-${name}`), ...several.map((side) => say("bench-one-numbering", { partner: Data.label(shown.pair[side]) })),
    ...(odd.length ? [say("bench-only-numbers", { residues: odd.join(", ") })] : [])];
  byId("bench-notes").replaceChildren(...coded(notes.join(" ")));
  byId("bench-residues").textContent = text();
}

async function saveFormat() {
  const name = byId("bench-format").value;
  const file = fileName(shown.pair, `model_${shown.model.model}_${name}`);
  if (name !== "actpass") save(`${file}.txt`, FORMATS[name].text());
  else save(`${file}.zip`, await archive(Data.SIDES.map((side) => [actpassName(side), actpass(side)])));
}

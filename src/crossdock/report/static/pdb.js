// PDB text of a model: the receptor as it is, the ligand moved by the pose; or both as the model has them.

/** @import { Detail, ModelRecord, PageRefinedModel } from "./page.js" */

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Rotation matrix (3 rows) of a unit quaternion [w, x, y, z]. */
function matrix([w, x, y, z]) {
  return [
    [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ];
}

const isAtom = (line) => line.startsWith("ATOM") || line.startsWith("HETATM");

/** Move every atom: x' = R(q) x + t, t in angstrom. */
export function moved(text, quaternion, translation) {
  const rows = matrix(quaternion);
  return text.split("\n").map((line) => {
    if (!isAtom(line)) return line;
    const at = [30, 38, 46].map((start) => Number(line.slice(start, start + 8)));
    const to = rows.map((row, i) => row[0] * at[0] + row[1] * at[1] + row[2] * at[2] + translation[i]);
    return line.slice(0, 30) + to.map((value) => value.toFixed(3).padStart(8)).join("") + line.slice(54);
  }).join("\n");
}

/** Receptor and ligand as a model has them: coordinates of its own, or the prepared ones with the ligand moved by the pose;
 * with what refinement changed, where that is given.
 * @param {Detail} detail
 * @param {ModelRecord} model
 * @param {string} receptor
 * @param {string} ligand
 * @param {PageRefinedModel | null} [refined]
 * @param {boolean} [hydrogens] whether the refined form has those that the page holds */
export function placed(detail, model, receptor, ligand, refined = null, hydrogens = true) {
  const body = detail.bodies[detail.models.indexOf(model)] ?? { receptor, ligand: moved(ligand, model.quaternion, model.translation_A) };
  if (!refined) return body;
  const own = changes(refined, hydrogens);
  return { receptor: changed(body.receptor, own, {}), ligand: changed(body.ligand, own, detail.ligand_chains) };
}

/** @typedef {{ atom: string, to: number[] }} Change an atom's name, and how far it moved, or lies from the atom before, in angstrom */

/** What refinement changed, by columns 22 to 27 of a residue.
 * @param {PageRefinedModel} refined
 * @param {boolean} hydrogens
 * @returns {Map<string, { name: string, atoms: Change[], hydrogens: boolean }>} */
function changes({ residues, atoms, moved: steps }, hydrogens) {
  let at = 0;
  return new Map(residues.map((residue, i) => [residue.slice(4), { name: residue.slice(0, 3), hydrogens,
    atoms: atoms[i].split(" ").map((atom) => ({ atom, to: steps.slice(at, at += 3) })) }]));
}

/** A body with the residues that refinement changed in place of its own, atoms numbered anew.
 * @param {string} text
 * @param {ReturnType<typeof changes>} own
 * @param {{ [chain: string]: string }} letters of the body's chains in the files of the pair, where they are others */
function changed(text, own, letters) {
  const key = (line) => (letters[line[21]] ?? line[21]) + line.slice(22, 27);
  /** @type {string[]} */
  const lines = [];
  const all = text.split("\n");
  for (let i = 0; i < all.length; i += 1) {
    const residue = isAtom(all[i]) ? own.get(key(all[i])) : undefined;
    if (!residue) { lines.push(all[i]); continue; }
    let end = i + 1;
    while (end < all.length && isAtom(all[end]) && key(all[end]) === key(all[i])) end += 1;
    lines.push(...rebuilt(all.slice(i, end), residue));
    i = end - 1;
  }
  let serial = 0;
  return lines.map((line) => (isAtom(line) ? `${line.slice(0, 6)}${String(serial = (serial % 99999) + 1).padStart(5)}${line.slice(11)}` : line)).join("\n");
}

/** @param {string[]} lines of a residue
 * @param {{ name: string, atoms: Change[], hydrogens: boolean }} residue */
function rebuilt(lines, { name, atoms, hydrogens }) {
  const before = new Map(lines.map((line) => [line.slice(12, 16).trim(), line]));
  const made = [];
  let last = [0, 0, 0]; // thousandths of an angstrom
  for (const { atom, to } of atoms) {
    const own = before.get(atom);
    const from = own ? [30, 38, 46].map((start) => Math.round(1000 * Number(own.slice(start, start + 8)))) : last;
    last = from.map((value, axis) => value + to[axis]);
    const like = own ?? `${lines[0].slice(0, 12)}${(atom.length < 4 ? ` ${atom}` : atom).padEnd(4)}${lines[0].slice(16, 76)} ${atom.replace(/^\d+/, "")[0]}`;
    if (!hydrogens && like.slice(76, 78).trim() === "H") continue;
    made.push(`ATOM  ${like.slice(6, 17)}${name}${like.slice(20, 30)}${last.map((value) => (value / 1000).toFixed(3).padStart(8)).join("")}${like.slice(54)}`);
  }
  return made;
}

/** Whether models have shapes of their own, as predictions do; conformers that were docked are rigid.
 * @param {Detail} detail */
export const ownShapes = (detail) => detail.bodies.length > 0 && !detail.conformers.receptor;

const chains = (text) => [...new Set(text.split("\n").filter(isAtom).map((line) => line[21]))];

/** New letters for the moving partner's chains where both use the same, as crossdock's own model files have them. */
function letters(fixed, moving) {
  const taken = new Set([...fixed, ...moving]);
  const free = [...LETTERS].filter((letter) => !taken.has(letter));
  return new Map(moving.map((chain) => [chain, fixed.includes(chain) ? free.shift() : chain]));
}

/** The moving partner under the letters that it has in the model files, and in the tables of contacts. */
export function relettered(receptor, ligand) {
  const renamed = letters(chains(receptor), chains(ligand));
  return ligand.split("\n").map((line) =>
    isAtom(line) ? line.slice(0, 21) + renamed.get(line[21]) + line.slice(22) : line).join("\n");
}

/** One file of both partners, remarks saying what it is and which chains were renamed. */
export function complex(receptor, ligand, remarks) {
  const renamed = letters(chains(receptor), chains(ligand));
  const notes = [...remarks, ...[...renamed].map(([from, to]) => `LIGAND CHAIN ${from} IS CHAIN ${to} HERE`)];
  const head = notes.map((note) => `REMARK  99 ${note.replace(/[^\x20-\x7e]/g, "?").slice(0, 69)}`);
  return [...head, receptor.trimEnd(), relettered(receptor, ligand).trimEnd(), "END", ""].join("\n");
}

/** A number of a whole model: its name, which is its ModelCIF type too, and what it is.
 * @typedef {{ name: string, value: number, about: string }} Confidence */

/** A table of an mmCIF file. */
const table = (category, columns, rows) => ["loop_", ...columns.split(" ").map((column) => `_${category}.${column}`), ...rows.map((row) => row.map(quoted).join(" ")), "#"];
const quoted = (word) => (/[\s'#]/.test(String(word)) ? `"${word}"` : word);

/** mmCIF of bodies with letters of their own, laid out as the run's complex.cif; with pLDDT where the B-factors are that.
 * @param {string} name
 * @param {string[]} bodies
 * @param {Confidence[] | null} confidence of a model with pLDDT */
export function cif(name, bodies, confidence) {
  const chains = new Map(); // letter -> residues: name, and B-factors of the atoms
  const rows = [];
  let last = null;
  for (const line of bodies.flatMap((body) => body.split("\n").filter(isAtom))) {
    const part = (from, to) => line.slice(from, to).trim();
    const [group, atom, residue, chain, number, factor] = [part(0, 6), part(12, 16), part(17, 20), part(21, 22), part(22, 26), part(60, 66)];
    if (!chains.has(chain)) chains.set(chain, []);
    const residues = chains.get(chain);
    if (line.slice(17, 27) !== last) residues.push({ name: residue, factors: [] });
    last = line.slice(17, 27);
    residues.at(-1).factors.push(Number(factor));
    rows.push([group, rows.length + 1, part(76, 78), atom, ".", residue, chain, "?", group === "HETATM" ? "." : residues.length, part(26, 27) || "?",
      part(30, 38), part(38, 46), part(46, 54), "1.00", factor, number, residue, chain, atom, 1]);
  }
  const entities = confidence ? entitiesOf(chains) : null;
  for (const row of entities ? rows : []) row[7] = entities.of.get(row[6]);
  const atoms = table("atom_site", "group_PDB id type_symbol label_atom_id label_alt_id label_comp_id label_asym_id label_entity_id label_seq_id pdbx_PDB_ins_code "
    + "Cartn_x Cartn_y Cartn_z occupancy B_iso_or_equiv auth_seq_id auth_comp_id auth_asym_id auth_atom_id pdbx_PDB_model_num", rows);
  return [`data_${name}`, "#", ...(entities?.lines ?? []), ...atoms, ...(confidence ? quality(chains, confidence) : []), ""].join("\n");
}

/** Which chains are of one sequence; readers find residues by that. */
function entitiesOf(chains) {
  const sequences = new Map([...chains].map(([chain, residues]) => [chain, residues.map((residue) => residue.name).join(" ")]));
  const known = [...new Set(sequences.values())];
  const of = new Map([...sequences].map(([chain, sequence]) => [chain, known.indexOf(sequence) + 1]));
  return { of, lines: [
    ...table("entity", "id type", known.map((_, i) => [i + 1, "polymer"])),
    ...table("entity_poly", "entity_id type", known.map((_, i) => [i + 1, "polypeptide(L)"])),
    ...table("entity_poly_seq", "entity_id num mon_id", known.flatMap((sequence, i) => sequence.split(" ").map((residue, at) => [i + 1, at + 1, residue]))),
    ...table("struct_asym", "id entity_id", [...of])] };
}

/** ModelCIF's categories of quality: the pLDDT of each residue, the mean over its atoms, and numbers of the model. */
function quality(chains, confidence) {
  const mean = (values) => (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(2);
  const residues = [...chains].flatMap(([chain, all]) => all.map((residue, at) => [1, chain, at + 1, residue.name, 1, mean(residue.factors)]));
  const numbered = (rows) => rows.map((row, i) => [i + 1, ...row]);
  return [
    ...table("ma_model_list", "ordinal_id model_id model_name model_type", [[1, 1, "complex", "Ab initio model"]]),
    ...table("ma_qa_metric", "id name type mode description", numbered([["pLDDT", "pLDDT", "local", "Predicted lDDT, 0 to 100, mean over the atoms of a residue"],
      ...confidence.map(({ name, about }) => [name, name, "global", about])])),
    ...(confidence.length ? table("ma_qa_metric_global", "ordinal_id model_id metric_id metric_value", numbered(confidence.map(({ value }, i) => [1, i + 2, value]))) : []),
    ...table("ma_qa_metric_local", "ordinal_id model_id label_asym_id label_seq_id label_comp_id metric_id metric_value", numbered(residues))];
}

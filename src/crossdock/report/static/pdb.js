// PDB text of a model: the receptor as it is, the ligand moved by the pose; or both as the model has them.

/** @import { Detail, ModelRecord } from "./page.js" */

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

/** Receptor and ligand as a model has them: coordinates of its own, or the prepared ones with the ligand moved by the pose.
 * @param {Detail} detail
 * @param {ModelRecord} model
 * @param {string} receptor
 * @param {string} ligand */
export function placed(detail, model, receptor, ligand) {
  return detail.bodies[detail.models.indexOf(model)] ?? { receptor, ligand: moved(ligand, model.quaternion, model.translation_A) };
}

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

/** mmCIF of bodies with letters of their own, the columns those of the run's complex.cif. */
export function cif(name, ...bodies) {
  const columns = ["group_PDB", "id", "type_symbol", "label_atom_id", "label_alt_id", "label_comp_id", "label_asym_id", "label_entity_id", "label_seq_id",
    "pdbx_PDB_ins_code", "Cartn_x", "Cartn_y", "Cartn_z", "occupancy", "B_iso_or_equiv", "auth_seq_id", "auth_comp_id", "auth_asym_id", "auth_atom_id", "pdbx_PDB_model_num"];
  const rows = [];
  for (const body of bodies) {
    let [place, last] = [0, null];
    for (const line of body.split("\n").filter(isAtom)) {
      if (line.slice(17, 27) !== last) [place, last] = [place + 1, line.slice(17, 27)];
      const part = (from, to) => line.slice(from, to).trim();
      const [group, atom, residue, chain, number] = [part(0, 6), part(12, 16), part(17, 20), part(21, 22), part(22, 26)];
      rows.push([group, rows.length + 1, part(76, 78), atom, ".", residue, chain, "?", group === "HETATM" ? "." : place, part(26, 27) || "?",
        part(30, 38), part(38, 46), part(46, 54), "1.00", part(60, 66), number, residue, chain, atom, 1]);
    }
  }
  const quoted = (word) => (String(word).includes("'") ? `"${word}"` : word);
  return [`data_${name}`, "#", "loop_", ...columns.map((column) => `_atom_site.${column}`), ...rows.map((row) => row.map(quoted).join(" ")), "#", ""].join("\n");
}

// The cards of the proteins: structures to take away, and a receptor's hot spots in 3D, one view at a time.
import * as Data from "./data.js";
import { byId, cardOf, drawn, failed, mixed } from "./dom.js";
import { onPaper, savePng, saveSvg, svg } from "./figure.js";
import { save } from "./files.js";
import { say } from "./say.js";
import { saveTable } from "./tables.js";
import { createViewer, drawOnce, release } from "./webgl.js";

const NAMED = 5; // residues that are met most have their names beside them
let viewer = null;

export function start() {
  const does = { structure: saveStructure, hotspots: open, "hotspots-pdb": saveHotspots, chains: saveChains,
    "drawing-svg": (name) => saveSvg(`${name}_coverage.svg`, drawing(name)), "drawing-png": (name) => savePng(`${name}_coverage.png`, drawing(name)) };
  for (const button of byId("proteins").querySelectorAll("button[data-does]")) {
    button.addEventListener("click", () => does[button.dataset.does](button.dataset.protein));
  }
  byId("hotspots-close").addEventListener("click", () => byId("hotspots").close());
  byId("hotspots").addEventListener("close", dispose);
}

const residueKey = (chain, number) => `${chain}:${number}`;
const keyOfLine = (line) => residueKey(line[21], line.slice(22, 27).trim());
const keyOfAtom = (atom) => residueKey(atom.chain, `${atom.resi}${(atom.icode ?? "").trim()}`);

async function saveStructure(name) {
  save(`${name}.pdb`, `${await Data.structure(name)}END\n`, "chemical/x-pdb");
}

/** The structure with each residue's frequency, in percent, in place of its B-factors. */
async function saveHotspots(name) {
  const [text, rows] = await Promise.all([Data.structure(name), Data.hotspots(name)]);
  const often = new Map(rows.map((row) => [residueKey(row.chain, row.number), row.frequency]));
  const lines = text.split("\n").map((line) => (/^(ATOM|HETATM)/.test(line)
    ? line.slice(0, 60) + (100 * (often.get(keyOfLine(line)) ?? 0)).toFixed(2).padStart(6) + line.slice(66) : line));
  save(`${name}_hotspots.pdb`, `REMARK  99 B-FACTORS: % OF THE LIGANDS' FIRST MODELS THAT TOUCH THE RESIDUE\n${lines.join("\n")}END\n`, "chemical/x-pdb");
}

function saveChains(name) {
  const table = byId(`${cardOf(name)}-chains`);
  table.dataset.csv = `${name}_chains`;
  saveTable(table);
}

/** The bars of a card, one chain below the other, on white. */
function drawing(name) {
  const card = byId(cardOf(name));
  const [margin, head] = [10, 18];
  let [y, width] = [margin, 0];
  const parts = [...card.querySelectorAll(".track")].flatMap((track) => {
    const bars = track.querySelector("svg");
    const { width: wide, height } = bars.viewBox.baseVal;
    const heading = track.querySelector("figcaption").textContent.replace(/\s+/g, " ").trim();
    const made = [svg("text", { x: margin, y: y + 11, "font-size": 11, "font-weight": "bold", fill: "#000000" }, `${Data.label(name)}: ${heading}`),
      svg("g", { transform: `translate(${margin} ${y + head})` }, ...onPaper(bars))];
    y += head + height + margin;
    width = Math.max(width, wide + 2 * margin, 6 * (heading.length + Data.label(name).length) + 2 * margin);
    return made;
  });
  return svg("svg", { xmlns: "http://www.w3.org/2000/svg", width, height: y, viewBox: `0 0 ${width} ${y}`, "font-family": "Helvetica, Arial, sans-serif" },
    svg("rect", { width, height: y, fill: "#ffffff" }), ...parts);
}

async function open(name) {
  const [text, rows] = await Promise.all([Data.structure(name), Data.hotspots(name)]);
  const box = byId("hotspots-view");
  const most = Math.max(...rows.map((row) => row.frequency));
  byId("hotspots-title").textContent = say("hotspots-title", { protein: Data.label(name) });
  byId("hotspots-most").textContent = say("hotspots-most", { share: Math.round(100 * most) });
  box.setAttribute("aria-label", say("hotspots-label", { protein: Data.label(name) }));
  box.dataset.drawn = "false";
  byId("hotspots").showModal();
  try {
    viewer = createViewer(box);
  } catch (error) {
    failed(box, `${say("no-webgl")} ${say("hotspots-elsewhere")}`, error);
    return;
  }
  drawOnce(viewer, () => draw(text, rows, most));
  drawn(box, { protein: name });
}

function draw(text, rows, most) {
  const color = new Map(rows.map((row) => [residueKey(row.chain, row.number), mixed("--never", "--hot", row.frequency / most)]));
  const model = viewer.addModel(text, "pdb");
  const colorfunc = (atom) => color.get(keyOfAtom(atom)) ?? mixed("--never", "--hot", 0);
  viewer.setStyle({ model }, { cartoon: { colorfunc, thickness: 0.4 } });
  viewer.setStyle({ model, hetflag: true }, { stick: { radius: 0.2 }, sphere: { scale: 0.3 } });
  const named = [...rows].sort((a, b) => b.frequency - a.frequency).slice(0, NAMED);
  for (const row of named) {
    const place = { model, predicate: (atom) => keyOfAtom(atom) === residueKey(row.chain, row.number) };
    viewer.addStyle(place, { stick: { radius: 0.2, color: mixed("--never", "--hot", row.frequency / most) } });
    viewer.addLabel(`${row.residue} ${row.chain}:${row.number}`,
      { backgroundColor: "#1c2327", fontColor: "white", fontSize: 12, backgroundOpacity: 0.75, inFront: true }, place);
  }
  const keys = new Set(named.map((row) => residueKey(row.chain, row.number)));
  const atoms = model.selectedAtoms({});
  turnToReader(centre(atoms.filter((atom) => keys.has(keyOfAtom(atom)))).map((value, i) => value - centre(atoms)[i]));
  viewer.zoomTo();
}

const centre = (atoms) => ["x", "y", "z"].map((axis) => atoms.reduce((sum, atom) => sum + atom[axis], 0) / atoms.length);

/** Turn the side that is met most to the front, by the shortest way. */
function turnToReader(direction) {
  const [x, y, z] = direction.map((value) => value / (Math.hypot(...direction) || 1));
  const length = Math.hypot(x, y, 1 + z);
  const view = viewer.getView();
  view.splice(4, 4, ...(length < 1e-3 ? [0, 1, 0, 0] : [y / length, -x / length, 0, (1 + z) / length]));
  viewer.setView(view);
}

function dispose() {
  const box = byId("hotspots-view");
  release(box.querySelector("canvas"));
  box.replaceChildren();
  box.dataset.drawn = "false";
  viewer = null;
}

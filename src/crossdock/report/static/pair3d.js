// The 3D view of a model: receptor and ligand as ribbons, interface side chains as sticks, the known position as a ghost.
import * as Contacts from "./contacts.js";
import * as Data from "./data.js";
import { byId, color, drawn, el, failed, mixed, options } from "./dom.js";
import { saveTrimmed } from "./figure.js";
import { fileName } from "./files.js";
import * as Pdb from "./pdb.js";
import * as Refined from "./refined.js";
import { say } from "./say.js";
import * as State from "./state.js";
import { createViewer, drawOnce } from "./webgl.js";

/** @import { Contact } from "./contacts.js" */
/** @import { DockedPair } from "./data.js" */
/** @import { Detail, ModelRecord } from "./page.js" */

const OVERLAP = 2.3; // angstrom, and the least distance of a disulfide, as in interface.csv
const DISULFIDE = 1.5;
const MOST_TRACES = 10;
const MOST_LABELS = 12;
const PICTURE = 2400; // pixels of a picture's width before its empty sides are cut off: 20 cm at 300 dpi
let viewer; // null where the browser has no WebGL
/** What is drawn: pair, model, 3Dmol's models of receptor, ligand and ghost, and the ligand as PDB text.
 * @type {{ pair: DockedPair, detail: Detail, model: ModelRecord, models: any[], ligand: string, contacts: Contact[], clashes: any[][], others: any[], further: { backend: string, detail: Detail }[], chains: string[][],
 *   met: Map<string, number> } | null} */
let shown = null;
const themed = () => ["--receptor", "--ligand", "--ghost"].map(color);
let tones = themed(); // colours are asked for atom by atom
let fromView = false; // whether a residue was picked by a click in the view itself

export function start() {
  keepPageScrolling(byId("viewer"));
  choices(false);
  byId("viewer-colour").addEventListener("change", (event) => State.set({ colour: event.target.value }));
  for (const id of ["ghost", "sticks"]) byId(id).addEventListener("change", () => redraw(style));
  byId("surface").addEventListener("change", () => redraw(surfaces));
  byId("others").addEventListener("change", () => redraw(others));
  byId("clashes").addEventListener("change", () => redraw(style));
  byId("viewer-reset").addEventListener("click", () => redraw(frame));
  byId("viewer-png").addEventListener("click", picture);
  matchMedia("screen and (prefers-color-scheme: dark)").addEventListener("change", () => { viewer?.setBackgroundColor(color("--viewer")); redraw(style); });
  State.on(["receptor", "ligand", "model", "backend", "refined"], draw);
  State.on(["residues"], () => redraw(look));
  State.on(["colour"], () => { byId("viewer-colour").value = chosen(); redraw(style, surfaces); });
  return draw();
}

function redraw(...parts) {
  if (shown && viewer) drawOnce(viewer, () => parts.forEach((part) => part()));
}

/** Make the view when a pair first has something to show in it: a hidden box has no size. */
function open(box) {
  try {
    viewer = createViewer(box);
    new ResizeObserver(resized()).observe(box);
  } catch (error) {
    viewer = null;
    failed(box, say("no-webgl"), error);
  }
}

/** The wheel turns the page until the reader has clicked into the view. */
function keepPageScrolling(box) {
  box.addEventListener("wheel", (event) => { if (!box.classList.contains("active")) event.stopPropagation(); }, { capture: true });
  document.addEventListener("pointerdown", (event) => box.classList.toggle("active", box.contains(event.target)));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") box.classList.remove("active"); });
}

/** Follow the box while it is seen; the observer's first call tells the size that the view was made with. */
function resized() {
  let first = true;
  return (/** @type {ResizeObserverEntry[]} */ [{ contentRect }]) => { if (!first && contentRect.width) viewer.resize(); first = false; };
}

async function draw() {
  const pair = State.pair();
  const box = byId("viewer");
  if (viewer === undefined && pair?.detail) open(box);
  if (!pair?.detail || !viewer) return;
  box.dataset.drawn = "false";
  const [detail, receptor, ligand, hotspots] = await Promise.all(
    [State.detail(pair), Data.structure(pair.receptor), Data.structure(pair.ligand), Data.hotspots(pair.receptor)]);
  const model = State.model(detail);
  const backends = [...(Object.keys(pair.others).length ? [""] : []), ...Object.keys(pair.others)];
  const further = (await Promise.all(backends.map(async (backend) => ({ backend: backend || Data.mainBackend, detail: await Data.detail(pair, backend) }))))
    .filter((one) => one.detail !== detail);
  if (pair !== State.pair() || !model) return;
  const samePair = shown && shown.pair === pair;
  const refined = Refined.shown(detail, model);
  const body = Pdb.placed(detail, model, receptor, ligand, refined);
  const moved = Pdb.relettered(body.receptor, body.ligand);
  viewer.removeAllModels();
  viewer.removeAllSurfaces();
  viewer.removeAllShapes();
  const models = [body.receptor, moved, ...(pair.known ? [ligand] : [])].map((text) => viewer.addModel(text, "pdb", { keepH: true }));
  shown = { pair, detail, model, models, ligand, contacts: Contacts.seen(detail, model), others: [], further, clashes: overlapping(models),
    chains: models.slice(0, 2).map((body) => [...new Set(body.selectedAtoms({}).map((atom) => atom.chain))]),
    met: new Map(hotspots.map((row) => [`receptor.${row.chain}:${row.number}`, row.frequency])) };
  choices(model.plddt);
  models.slice(0, 2).forEach((body, index) => viewer.setClickable({ model: body }, true, (atom) => pickAtom(atom, index)));
  byId("ghost-label").hidden = !pair.known;
  byId("clashes-label").hidden = !shown.clashes.length;
  redraw(...(samePair ? [] : [frame]), surfaces, others, look);
  box.setAttribute("aria-label", say(refined ? "view-label-refined" : "view-label", { model: model.model, ligand: Data.label(pair.ligand), receptor: Data.label(pair.receptor) }));
  drawn(box, { atoms: models[0].selectedAtoms({}).length + models[1].selectedAtoms({}).length, model: model.model, refined: refined ? "yes" : "no", pair: `${pair.receptor} ${pair.ligand}` });
}

const partner = (index) => tones[index];
const residueKey = (atom, index) => `${Data.SIDES[index]}.${atom.chain}:${atom.resi}${(atom.icode ?? "").trim()}`;

// What the ribbons' colours mean: what gives an atom of one side its colour, and what to say below the view.
const COLOURS = {
  partner: { label: "by partner", painter: () => (atom, index) => partner(index), legend: () => Data.SIDES.map((side, i) => [partner(i), Data.label(shown.pair[side])]) },
  chain: { label: "by chain", painter: byChain, legend: () => Data.SIDES.flatMap((side, i) => shown.chains[i].map((chain, n) => [shade(i, n), `chain ${chain}`])) },
  class: { label: "by residue class", painter: () => (atom) => (kindOf.get(atom.resn) ?? Data.classes.other).colour, legend: () => Object.entries(Data.classes).filter(([name]) => name !== "other").map(([name, { colour }]) => [colour, name]) },
  plddt: { label: "by pLDDT", painter: () => (atom) => BANDS.find(({ above }) => atom.b > above).tone, legend: () => BANDS.map(({ tone, code }) => [tone, say(code)]) },
  met: { label: "by hot spots of the receptor", painter: byHotSpots, legend: () => [[heat(0), say("view-never")], [heat(1), say("view-most", { share: Math.round(100 * most()) })], [partner(1), Data.label(shown.pair.ligand)]] },
};
/** AlphaFold's bands of pLDDT, best first: above which value, and the colour. */
const BANDS = [{ above: 90, tone: "#0053d6", code: "plddt-90" }, { above: 70, tone: "#65cbf3", code: "plddt-70" }, { above: 50, tone: "#ffdb13", code: "plddt-50" }, { above: -1, tone: "#ff7d45", code: "plddt-0" }];
const most = () => Math.max(0.01, ...shown.met.values());
const heat = (share) => mixed("--never", "--hot", share);
const kindOf = new Map(Object.values(Data.classes).flatMap((kind) => kind.residues.map((name) => [name, kind])));

function byChain() {
  const shades = shown.chains.map((chains, index) => new Map(chains.map((chain, place) => [chain, shade(index, place)])));
  return (atom, index) => shades[index].get(atom.chain);
}

function byHotSpots() {
  const top = most();
  const heats = new Map([...shown.met].map(([residue, frequency]) => [residue, heat(frequency / top)]));
  const never = heat(0);
  return (atom, index) => (index ? partner(1) : heats.get(residueKey(atom, 0)) ?? never);
}

/** Shades of a partner's colour, every second one nearer to white, for its chains. */
function shade(index, place) {
  return mixed(partner(index), "#ffffff", [0, 0.45, 0.2, 0.65][place % 4]);
}

/** What the colours mean: as it was chosen, where the model has it. */
const chosen = () => (State.current.colour in COLOURS && (State.current.colour !== "plddt" || shown?.model.plddt) ? State.current.colour : "partner");
const colour = () => COLOURS[chosen()];

/** Offer the colours that a model can have.
 * @param {boolean} plddt */
function choices(plddt) {
  options(byId("viewer-colour"), Object.entries(COLOURS).filter(([name]) => plddt || name !== "plddt").map(([name, { label }]) => [name, label]), chosen());
}

function style() {
  tones = themed();
  const paint = colour().painter();
  const ghost = shown.pair.known && byId("ghost").checked;
  const wanted = new Set(Contacts.picked());
  const keys = new Set(shown.contacts.flatMap((row) => Data.SIDES.map((side) => Contacts.key(row, side))));
  Data.SIDES.forEach((side, index) => {
    const model = shown.models[index];
    viewer.setStyle({ model }, { cartoon: { colorfunc: (atom) => paint(atom, index), thickness: 0.4 } });
    viewer.setStyle({ model, hetflag: true }, { stick: { radius: 0.2 }, sphere: { scale: 0.3 } });
    const isPicked = (atom) => wanted.has(residueKey(atom, index));
    if (byId("sticks").checked) addSticks((atom) => keys.has(residueKey(atom, index)) && !isPicked(atom), index, 0.18, paint);
    if (wanted.size) addSticks(isPicked, index, 0.3, paint);
  });
  if (shown.pair.known) {
    viewer.setStyle({ model: shown.models[2] }, ghost ? { cartoon: { color: partner(2), opacity: 0.75, thickness: 0.4 } } : { cartoon: { hidden: true } });
  }
  lightClashes();
  legend();
  Object.assign(byId("viewer").dataset, { ghost: String(Boolean(ghost)), colour: chosen() });
}

/** Pairs of heavy atoms of the two partners that overlap, but for disulfides, as the pipeline counts them.
 * @param {any[]} models */
function overlapping(models) {
  const [fixed, moving] = models.slice(0, 2).map((model) => model.selectedAtoms({}).filter((atom) => atom.elem !== "H"));
  /** @type {Map<string, any[]>} */
  const cells = new Map();
  const at = (value) => Math.floor(value / OVERLAP);
  for (const atom of fixed) {
    const key = `${at(atom.x)} ${at(atom.y)} ${at(atom.z)}`;
    if (cells.has(key)) cells.get(key).push(atom);
    else cells.set(key, [atom]);
  }
  const steps = [-1, 0, 1];
  return moving.flatMap((atom) => steps.flatMap((i) => steps.flatMap((j) => steps.flatMap((k) => (cells.get(`${at(atom.x) + i} ${at(atom.y) + j} ${at(atom.z) + k}`) ?? [])
    .filter((other) => overlap(other, atom)).map((other) => [other, atom])))));
}

function overlap(one, other) {
  const apart = Math.hypot(one.x - other.x, one.y - other.y, one.z - other.z);
  const disulfide = [one, other].every(({ atom, resn }) => atom === "SG" && resn === "CYS") && apart >= DISULFIDE;
  return apart < OVERLAP && !disulfide;
}

/** Join the atoms that overlap by red rods, and show their side chains. */
function lightClashes() {
  viewer.removeAllShapes();
  const on = byId("clashes").checked && shown.clashes.length > 0;
  if (on) {
    const tone = color("--clash");
    Data.SIDES.forEach((side, index) => {
      const keys = new Set(shown.clashes.map((pair) => residueKey(pair[index], index)));
      viewer.addStyle({ model: shown.models[index], predicate: (atom) => atom.elem !== "H" && keys.has(residueKey(atom, index)) }, { stick: { radius: 0.12, colorfunc: (atom) => colour().painter()(atom, index) } });
    });
    for (const [start, end] of shown.clashes) viewer.addCylinder({ start, end, radius: 0.3, color: tone, fromCap: 2, toCap: 2 });
  }
  byId("viewer").dataset.clashes = String(on ? shown.clashes.length : 0);
}

function addSticks(predicate, index, radius, paint) {
  const backbone = new Set(["N", "C", "O", "H", "H1", "H2", "H3"]); // CA stays, so that the side chain hangs on the ribbon
  const elements = { N: "#3b5bdb", O: "#d6336c", S: "#c2a000", H: "#f1f3f5" };
  viewer.addStyle({ model: shown.models[index], predicate: (atom) => !backbone.has(atom.atom) && predicate(atom) },
    { stick: { radius, colorfunc: (atom) => elements[atom.elem] ?? paint(atom, index) } });
}

/** Surfaces of both partners, by the same colours; computed in the page's own thread, as workers would need a request. */
function surfaces() {
  viewer.removeAllSurfaces();
  const on = byId("surface").checked;
  const paint = colour().painter();
  $3Dmol.setSyncSurface(true);
  if (on) Data.SIDES.forEach((side, index) => viewer.addSurface($3Dmol.SurfaceType.VDW, { opacity: 0.75, colorfunc: (atom) => paint(atom, index) }, { model: shown.models[index], not: { elem: "H" } }));
  byId("viewer").dataset.surface = String(on);
}

/** The ligand's chain traces in the pair's other models, over the same receptor; those of other backends in tones of their own. */
function others() {
  for (const model of shown.others) viewer.removeModel(model);
  const own = trace(shown.ligand);
  const on = byId("others").checked;
  const groups = on ? [{ detail: shown.detail, tone: partner(2) }, ...shown.further.map(({ detail }, place) => ({ detail, tone: further(place) }))] : [];
  const traces = groups.flatMap(({ detail, tone }) => detail.models.slice(0, MOST_TRACES).filter((model) => model !== shown.model)
    .map((model) => ({ tone, text: trace(Pdb.placed(detail, model, "", own).ligand) })));
  shown.others = traces.map(({ text }) => viewer.addModel(text, "pdb"));
  shown.others.forEach((model, place) => viewer.setStyle({ model }, { cartoon: { style: "trace", color: traces[place].tone, thickness: 0.15, opacity: 0.6 } }));
  byId("viewer").dataset.others = shown.others.length;
  legend();
}

const trace = (text) => text.split("\n").filter((line) => line.startsWith("ATOM") && line.slice(12, 16) === " CA ").join("\n");
const further = (place) => mixed("--hot", "#ffffff", [0, 0.45, 0.2, 0.65][place % 4]);

/** Say what the colours mean. */
function legend() {
  const traces = byId("others").checked ? shown.further.map(({ backend }, place) => [further(place), say("view-backend", { backend })]) : [];
  byId("viewer-legend").replaceChildren(...[...colour().legend(), ...traces].map(([tone, text]) =>
    el("span", {}, el("i", { class: "swatch", style: `background: ${tone}` }), text)));
}

function pickAtom(atom, index) {
  fromView = true;
  Contacts.pick([residueKey(atom, index)]);
  fromView = false;
}

/** How long the view takes to go to what is picked, in ms; who asked for less motion sees it there at once. */
const way = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 400);

/** Name what is picked and, unless it was picked here, move to it. */
function look() {
  viewer.removeAllLabels();
  const wanted = Contacts.picked();
  const places = wanted.map((residue) => {
    const [side, chain, number] = residue.match(/^(\w+)\.(.):(.*)$/)?.slice(1) ?? [];
    const index = Data.SIDES.findIndex((known) => known === side);
    if (index < 0) return null;
    const atoms = shown.models[index].selectedAtoms({ predicate: (atom) => residueKey(atom, index) === residue });
    if (!atoms.length) return null;
    const selection = { model: shown.models[index], serial: atoms.map((atom) => atom.serial) };
    if (wanted.length <= MOST_LABELS) viewer.addLabel(`${atoms[0].resn} ${chain}:${number}`, { backgroundColor: partner(index), fontColor: "black", fontSize: 13, backgroundOpacity: 0.9, inFront: true }, selection);
    return selection;
  }).filter(Boolean);
  if (places.length && !fromView) viewer.zoomTo({ or: places, expand: 7 }, way()); // with their surroundings, in angstrom
  style();
  Object.assign(byId("viewer").dataset, { labels: wanted.length <= MOST_LABELS ? places.length : 0, picked: places.length });
}

/** Turn the pair so that the ligand is to the right of the receptor, then fit it into the view. */
function frame() {
  const [from, to] = shown.models.slice(0, 2).map((model) => centre(model.selectedAtoms({})));
  const view = viewer.getView();
  view.splice(4, 4, ...turnToRight(to.map((value, i) => value - from[i])));
  viewer.setView(view);
  const ghost = shown.pair.known && byId("ghost").checked;
  viewer.zoomTo({ model: shown.models.slice(0, ghost ? 3 : 2) });
}

const centre = (atoms) => ["x", "y", "z"].map((axis) => atoms.reduce((sum, atom) => sum + atom[axis], 0) / atoms.length);

/** Quaternion [x, y, z, w] of the shortest turn that brings `direction` to the x axis. */
function turnToRight(direction) {
  const [x, y, z] = direction.map((value) => value / (Math.hypot(...direction) || 1));
  if (x < -0.9999) return [0, 0, 1, 0];
  const length = Math.hypot(0, z, -y, 1 + x);
  return [0, z / length, -y / length, (1 + x) / length];
}

/** A picture for print: larger than the screen's, on white. */
function picture() {
  if (!shown) return;
  const { clientWidth, clientHeight } = byId("viewer");
  const width = PICTURE / devicePixelRatio;
  drawOnce(viewer, () => viewer.setBackgroundColor("white").setWidth(width).setHeight(width * clientHeight / clientWidth));
  const address = viewer.pngURI();
  drawOnce(viewer, () => viewer.setBackgroundColor(color("--viewer")).resize());
  saveTrimmed(fileName(shown.pair, `model_${shown.model.model}${Refined.suffix(shown.detail, shown.model)}.png`), address);
}

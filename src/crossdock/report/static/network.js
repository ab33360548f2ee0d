// The network: receptors and ligands as nodes, pairs as edges. What is drawn is in the address; where nodes stand is the reader's.
import * as Data from "./data.js";
import { byId, cardOf, color, drawn, el, failed, number, options, withUnit } from "./dom.js";
import * as Frames from "./frames.js";
import * as NetworkFiles from "./network_files.js";
import { say } from "./say.js";
import * as State from "./state.js";

/** @import { DockedPair, Side } from "./data.js" */
/** @import { Metric } from "./page.js" */
/** @typedef {Side | "both"} Role */

const MOST_EDGES = 500; // nobody reads more lines in one picture
const MOST_IDLE = 60; // proteins of a panel in which those without an edge are shown too
const MOST_ROWS = 60; // nodes of a column whose names can be read; beyond, forces spread them in the plane
const ROOMY = 14; // nodes of a column whose names have room for two lines
const ROW = 18; // least distance of nodes in a column
const HIGH = 690; // pixels for the nodes of a column (network.css)
const LARGEST = 32; // size of a node, where the nodes of a column leave room for it
const PAUSE = 250; // ms until the address has what a slider says: browsers refuse addresses that change all the time
const metrics = Data.metrics.filter((metric) => metric.better);
const kept = new Set(Data.network.edges.map((edge) => edgeId(edge)));
const orders = new Map(); // metric -> pairs, the best first
const places = new Map(); // node -> where it stands, or stood when it was last drawn
let graph = null;
let started = false;
let shown = []; // pairs, the best first
let sliding = null; // a threshold that the address does not have yet
let timer = null;
let fitted = 1; // the zoom at which everything is seen
let arranged = false; // whether a node stands elsewhere than the layout has put it

export function start() {
  options(byId("network-metric"), metrics.map((metric) => [metric.name, metric.label]));
  if (mixed) document.querySelector('#network-layout option[value="columns"]').remove(); // no two sides
  if (Data.symmetric) byId("network-kinds").hidden = true;
  byId("network-layout").value = Math.max(Data.ligands.length, Data.receptors.length) > MOST_ROWS ? "force" : mixed ? "circle" : "columns";
  byId("network-metric").addEventListener("change", (event) => State.set({ netmetric: event.target.value, threshold: null }));
  byId("network-edges").addEventListener("change", (event) => State.set({ edges: event.target.value }));
  byId("network-threshold").addEventListener("input", slide);
  byId("network-layout").addEventListener("change", place);
  byId("network-reset").addEventListener("click", place);
  byId("network-size").addEventListener("change", draw);
  byId("network-in").addEventListener("click", () => zoom(1.4));
  byId("network-out").addEventListener("click", () => zoom(1 / 1.4));
  byId("network-list").addEventListener("toggle", list);
  byId("network-dashed").textContent = say("network-dashed");
  matchMedia("screen and (prefers-color-scheme: dark)").addEventListener("change", restyle);
  try {
    graph = cytoscape({ container: byId("network-view"), userZoomingEnabled: false, userPanningEnabled: false, boxSelectionEnabled: false,
      autoungrabify: false, minZoom: 0.02, maxZoom: 3 });
    Frames.whenNeeded(graph);
    graph.on("tap", "edge", (event) => State.selectPair(event.target.data("receptor"), event.target.data("ligand")));
    graph.on("tap", "node", (event) => document.getElementById(cardOf(event.target.data("name")))?.scrollIntoView());
    graph.on("mouseover", "node, edge", (event) => point(event.target));
    graph.on("mouseout grab pan zoom", () => point(null));
    graph.on("dragfree", "node", () => { arranged = true; });
    // cytoscape remembers where its box is until it hears of a scroll, which may be after the pointer is there.
    byId("network-view").addEventListener("pointerenter", () => graph.resize());
    NetworkFiles.start(view);
    State.on(["edges", "netmetric", "threshold"], () => { clearTimeout(timer); sliding = null; draw(); });
    State.on(["receptor", "ligand"], select);
    draw();
    place();
    started = true;
    new ResizeObserver(resized).observe(byId("network-view"));
  } catch (error) {
    failed(byId("network-view"), say("network-failed"), error);
  }
}

/** Proteins that are a receptor and a ligand: one node each. */
const both = new Set(Data.ligands.map(({ name }) => name).filter((name) => Data.receptors.some((receptor) => receptor.name === name)));
/** Whether any protein is both, so that there are no two sides. */
export const mixed = both.size > 0;
/** The part that a protein has in the network.
 * @type {(side: Side, name: string) => Role} */
export const roleOf = (side, name) => (both.has(name) ? "both" : side);
/** @type {(side: Side, name: string) => string} */
const nodeId = (side, name) => `${roleOf(side, name)}:${name}`;
/** @param {{ receptor: string, ligand: string }} pair */
function edgeId(pair) { return JSON.stringify([pair.receptor, pair.ligand]); }

// What is drawn

const theMetric = () => Data.metric(State.current.netmetric) ?? metrics.find((metric) => metric.name === Data.network.metric) ?? metrics[0];

/** Pairs that have a value, the best first.
 * @param {Metric} metric */
function ordered(metric) {
  if (!orders.has(metric.name)) {
    const sign = metric.better === "low" ? 1 : -1;
    orders.set(metric.name, Data.pairs.filter((pair) => Data.value(pair, metric.name) !== null)
      .sort((a, b) => sign * (Data.value(a, metric.name) - Data.value(b, metric.name))));
  }
  return orders.get(metric.name);
}

/** Values that a threshold can have: one for every step of the slider, and no more than can be drawn.
 * @param {Metric} metric */
const steps = (metric) => [...new Set(ordered(metric).slice(0, MOST_EDGES).map((pair) => Data.value(pair, metric.name)))];

/** @param {Metric} metric
 * @param {number} value
 * @param {number} threshold */
const reaches = (metric, value, threshold) => (metric.better === "low" ? value <= threshold : value >= threshold);

/** The threshold asked for, or else the one that keeps as many pairs as the rule does.
 * @param {Metric} metric */
function theThreshold(metric) {
  const pairs = ordered(metric);
  const usual = pairs[Math.min(Math.max(kept.size, 1), MOST_EDGES, pairs.length) - 1];
  return sliding ?? State.current.threshold ?? Data.value(usual, metric.name);
}

/** @param {Metric} metric */
function asked(metric) {
  const pairs = ordered(metric);
  if (State.current.edges === "threshold") return pairs.filter((pair) => reaches(metric, Data.value(pair, metric.name), theThreshold(metric)));
  const all = [...pairs, ...Data.pairs.filter((pair) => Data.value(pair, metric.name) === null)];
  return State.current.edges === "all" ? all : all.filter((pair) => kept.has(edgeId(pair)));
}

function slide() {
  const metric = theMetric();
  sliding = steps(metric)[Number(byId("network-threshold").value)];
  draw();
  clearTimeout(timer);
  timer = setTimeout(() => State.set({ netmetric: metric.name, threshold: sliding }), PAUSE);
}

/** Bring the graph to what is asked for; what stays, stays where it is. */
function draw() {
  const metric = theMetric();
  const pairs = asked(metric);
  shown = pairs.slice(0, MOST_EDGES);
  let unplaced = false;
  /** @type {Map<string, { id: string, role?: Role }>} */
  const parts = new Map([...nodes(), ...edges(metric)].map((data) => [data.id, data]));
  graph.batch(() => {
    graph.nodes().forEach((node) => { places.set(node.id(), { ...node.position(), side: node.data("side") }); });
    graph.elements().filter((part) => !parts.has(part.id())).remove();
    const fresh = [...parts.values()].filter((data) => graph.getElementById(data.id).empty());
    const first = !places.size; // then all are placed together
    if (!first) stand(fresh.filter((data) => data.role && !places.has(data.id)));
    graph.add(fresh.map((data) => {
      const { x, y, side } = places.get(data.id) ?? {};
      return data.role && !first ? { data: { ...data, side }, position: { x, y } } : { data };
    }));
    graph.elements().forEach((part) => { part.data(parts.get(part.id())); });
    unplaced = first && graph.nodes().nonempty();
  });
  restyle();
  if (unplaced && started) place();
  select();
  controls(metric, pairs.length);
  list();
  drawn(byId("network-view"), { nodes: graph.nodes().length, edges: graph.edges().length });
}

/** Every protein once, ligands first. */
const members = new Map(/** @type {const} */ (["ligand", "receptor"]).flatMap((side) => Data[`${side}s`].map((protein) => [nodeId(side, protein.name), { role: roleOf(side, protein.name), protein }])));

function nodes() {
  const few = members.size <= MOST_IDLE;
  const counts = new Map();
  for (const pair of shown) for (const id of new Set(Data.SIDES.map((side) => nodeId(side, pair[side])))) counts.set(id, (counts.get(id) ?? 0) + 1);
  const made = [...members].map(([id, { role, protein }]) => ({ id, role, ...protein, edges: counts.get(id) ?? 0, doubt: protein.questionable ? 1 : 0 }))
    .filter((node) => few || node.edges);
  const meaning = byId("network-size").value;
  const most = Math.max(1, ...made.map((node) => node[meaning]));
  const rows = Math.max(...["ligand", "receptor", "both"].map((role) => made.filter((node) => node.role === role).length));
  const largest = Math.min(LARGEST, Math.max(ROW, HIGH / rows) - 3);
  return made.map((node) => ({ ...node, size: largest * (0.375 + 0.625 * Math.sqrt(node[meaning] / most)) }));
}

/** @param {Metric} metric */
function edges(metric) {
  const width = widths(metric, shown.length);
  const ends = new Map([...Data.receptors, ...Data.ligands].map((protein) => [protein.name, protein]));
  return shown.map((pair) => ({ id: edgeId(pair), source: nodeId("ligand", pair.ligand), target: nodeId("receptor", pair.receptor),
    receptor: pair.receptor, ligand: pair.ligand, known: pair.known ? 1 : 0, width: width(pair),
    doubt: ends.get(pair.receptor).questionable || ends.get(pair.ligand).questionable ? 1 : 0 }));
}

/** Edge width over the range of the metric, wider for the better end; thinner where many edges must fit.
 * @param {Metric} metric
 * @param {number} count of edges
 * @returns {(pair: DockedPair) => number} */
export function widths(metric, count) {
  const pairs = ordered(metric);
  const [best, worst] = [pairs[0], pairs.at(-1)].map((pair) => Data.value(pair, metric.name));
  const widest = count > 24 ? 5 : 9;
  return (pair) => {
    const value = Data.value(pair, metric.name);
    return value === null || best === worst ? 2 : 0.75 + (widest - 0.75) * ((value - worst) / (best - worst)) ** 2;
  };
}

// What is said

/** @param {Metric} metric
 * @param {number} value */
const said = (metric, value) => withUnit(value, metric.unit === "arbitrary units" ? "a.u." : metric.unit, Data.digits(metric.name));
/** @param {Metric} metric */
const limit = (metric) => `${metric.better === "low" ? "at most" : "at least"} ${said(metric, theThreshold(metric))}`;

/** @param {DockedPair} pair */
function pairText(pair) {
  const metric = theMetric();
  const known = pair.known ? `, known complex ${pair.known.complex ?? ""}`.trimEnd() : "";
  return `${Data.label(pair.ligand)} on ${Data.label(pair.receptor)}: ${metric.label} ${said(metric, Data.value(pair, metric.name))}${known}`;
}

function proteinText(data) {
  const doubt = data.questionable ? `; ${data.questionable}` : "";
  const role = data.role === "both" ? (Data.symmetric ? "" : "receptor and ligand, ") : `${data.role}, `;
  return `${data.label}: ${role}${number(data.n_residues)} residues, ${data.edges} edge${data.edges === 1 ? "" : "s"} drawn${doubt}`;
}

/** @param {Metric} metric
 * @param {number} count */
function controls(metric, count) {
  const { edges: mode } = State.current;
  byId("network-metric").value = metric.name;
  byId("network-edges").value = mode;
  byId("network-threshold-part").hidden = mode !== "threshold";
  if (mode === "threshold") {
    const values = steps(metric);
    const phrase = `${limit(metric)}: ${number(count)} of ${number(Data.pairs.length)} pairs`;
    const slider = byId("network-threshold");
    slider.max = values.length - 1;
    slider.value = values.findLastIndex((value) => reaches(metric, value, theThreshold(metric)));
    slider.setAttribute("aria-valuetext", phrase);
    byId("network-value").textContent = phrase;
  }
  byId("network-rule").hidden = mode !== "kept";
  byId("network-count").textContent = countText(metric, count);
  byId("network-wider").textContent = `${metric.better === "low" ? "lower" : "higher"} ${metric.label}`;
  byId("network-larger").textContent = sizeText();
  byId("network-known").hidden = !Data.pairs.some((pair) => pair.known);
  byId("network-doubt").hidden = ![...Data.ligands, ...Data.receptors].some((protein) => protein.questionable);
}

const sizeText = () => (byId("network-size").value === "edges" ? "more drawn edges" : "more residues");

/** @param {Metric} metric
 * @param {number} count */
function countText(metric, count) {
  const values = { count: number(count), shown: number(shown.length), all: number(Data.pairs.length), metric: metric.label, limit: limit(metric) };
  const edges = say(count > shown.length ? `network-part-${State.current.edges}` : "network-drawn", values);
  const left = members.size - graph.nodes().length;
  return left ? `${edges} ${say("network-left-out", { n: left })}` : edges;
}

/** What a reader of the list hears, the best first; made when it is opened. */
function list() {
  byId("network-list-title").textContent = say("network-list", { n: number(shown.length), metric: theMetric().label });
  if (!byId("network-list").open) return;
  byId("network-items").replaceChildren(...shown.map((pair) => {
    const button = el("button", { type: "button", onclick: () => open(pair) }, pairText(pair));
    button.addEventListener("focus", () => point(graph.getElementById(edgeId(pair))));
    button.addEventListener("blur", () => point(null));
    return el("li", {}, button);
  }));
}

/** @param {DockedPair} pair */
function open(pair) {
  State.selectPair(pair.receptor, pair.ligand);
  const title = byId("pair-title");
  title.setAttribute("tabindex", "-1");
  title.scrollIntoView();
  title.focus({ preventScroll: true });
}

/** Say what is under the pointer or has the focus, beside it. */
function point(part) {
  graph.elements(".pointed").removeClass("pointed");
  const tip = byId("network-tip");
  tip.hidden = !part?.nonempty();
  if (tip.hidden) return;
  part.addClass("pointed");
  tip.textContent = part.isEdge() ? pairText(Data.pair(part.data("receptor"), part.data("ligand"))) : proteinText(part.data());
  const at = part.isEdge() ? part.renderedMidpoint() : part.renderedPosition();
  const box = byId("network-view");
  tip.style.left = `${Math.max(0, Math.min(at.x - tip.offsetWidth / 2, box.clientWidth - tip.offsetWidth))}px`;
  tip.style.top = `${Math.max(0, at.y > 70 ? at.y - tip.offsetHeight - 14 : at.y + 18)}px`;
}

function select() {
  graph.edges().forEach((edge) => {
    edge.toggleClass("selected", edge.data("receptor") === State.current.receptor && edge.data("ligand") === State.current.ligand);
  });
  const pair = State.pair();
  if (!pair) return;
  byId("network-chosen").replaceChildren(say(shown.includes(pair) ? "network-chosen" : "network-chosen-not-drawn", { pair: pairText(pair) }), " ",
    el("a", { href: "#pair", "data-receptor": pair.receptor, "data-ligand": pair.ligand }, "Show the pair"));
}

// How it looks

function restyle() {
  const [ink, page, ghost, known, focus] = ["--ink", "--viewer", "--ghost", "--known", "--focus"].map(color);
  const nodeStyle = (role, shape) => ({ selector: `node[role = "${role}"]`, style: { shape, "background-color": color(`--${role}`) } });
  const label = (side, style) => ({ selector: `node[side = "${side}"]`, style });
  graph.style([
    { selector: "node", style: { label: "data(label)", width: "data(size)", height: "data(size)", color: ink, "font-size": 13, "min-zoomed-font-size": 7,
      "font-family": getComputedStyle(document.body).fontFamily, "text-wrap": graph.nodes().length > 2 * ROOMY ? "ellipsis" : "wrap", "text-max-width": Math.max(70, byId("network-view").clientWidth * 0.28),
      "text-outline-color": page, "text-outline-width": 2, "text-valign": "center" } },
    nodeStyle("receptor", "round-rectangle"), nodeStyle("ligand", "ellipse"),
    { selector: 'node[role = "both"]', style: { shape: "round-diamond", "background-color": ghost } },
    label("left", { "text-halign": "left", "text-margin-x": -6 }), label("right", { "text-halign": "right", "text-margin-x": 6 }),
    label("top", { "text-valign": "top", "text-margin-y": -3 }),
    { selector: "node[doubt = 1]", style: { "border-width": 3, "border-style": "dashed", "border-color": ink } },
    { selector: "node.pointed", style: { "z-index": 9, "min-zoomed-font-size": 0, "overlay-color": focus, "overlay-opacity": 0.25, "overlay-padding": 4 } },
    { selector: "edge", style: { width: "data(width)", "line-color": ghost, opacity: 0.75, "curve-style": "straight" } },
    { selector: "edge:loop", style: { "curve-style": "bezier", "loop-direction": "-45deg", "loop-sweep": "45deg" } },
    { selector: "edge[doubt = 1]", style: { "line-style": "dashed", "line-dash-pattern": [9, 5] } },
    { selector: "edge[known = 1]", style: { "line-color": known, opacity: 1 } },
    { selector: "edge.selected", style: { "line-color": focus, opacity: 1, "z-index": 9 } },
    { selector: "edge.selected[known = 1]", style: { "line-color": known, "underlay-color": focus, "underlay-opacity": 0.6, "underlay-padding": 5 } },
    { selector: "edge.pointed", style: { "overlay-color": focus, "overlay-opacity": 0.35, "overlay-padding": 4, "z-index": 9 } },
  ]);
}

// Where nodes stand

/** Place all nodes anew; where they are dragged afterwards they stay. */
function place() {
  const kind = byId("network-layout").value;
  const box = byId("network-view");
  const rows = Math.max(Data.ligands.length, Data.receptors.length);
  box.style.setProperty("--rows", kind === "columns" ? rows : Math.max(rows, 12));
  box.dataset.layout = kind; // its height depends on it
  graph.resize();
  places.clear();
  arranged = false;
  if (kind === "columns") {
    columns(box.clientWidth, box.clientHeight);
  } else {
    circle();
    // The same start gives the same drawing.
    if (kind === "force") spread();
    graph.nodes().forEach((node) => { node.data("side", kind === "force" ? "top" : mixed ? (node.position("x") < 0 ? "left" : "right") : outside(node.data("role"))); });
    fit();
  }
  restyle();
  box.dataset.width = box.clientWidth;
}

/** Two columns read well for any panel: ligands left, receptors right, each near those that it meets. */
function columns(width, height) {
  const [ligands, receptors] = ["ligand", "receptor"].map((role) => graph.nodes(`[role = "${role}"]`).toArray());
  const tall = Math.max(height, 40 + ROW * Math.max(ligands.length, receptors.length));
  const wide = (width * tall) / height;
  const room = Math.min(260, width * 0.36);
  column(receptors, wide - room, tall);
  column(ligands.sort((a, b) => middle(a) - middle(b)), room, tall);
  graph.viewport({ zoom: height / tall, pan: { x: 0, y: 0 } });
  settle();
}

const outside = (role) => (role === "ligand" ? "left" : "right");

function column(members, x, height) {
  const step = (height - 40) / members.length;
  members.forEach((node, i) => node.position({ x, y: 20 + step * (i + 0.5) }).data("side", outside(node.data("role"))));
}

/** Mean height of a ligand's receptors, so that edges cross less. */
function middle(node) {
  const heights = node.neighborhood("node").map((other) => other.position("y"));
  return heights.length ? heights.reduce((sum, y) => sum + y, 0) / heights.length : Infinity;
}

/** Ligands on the left arc of a circle, receptors on the right one; open above and below, where names would meet. Where
 * proteins have no roles, or some are both, all stand around it. */
function circle() {
  if (mixed) {
    const all = graph.nodes();
    const wide = Math.max(150, (44 * all.length) / (2 * Math.PI));
    all.forEach((node, i) => { const angle = (2 * Math.PI * (i + 0.5)) / all.length - Math.PI / 2; node.position({ x: wide * Math.cos(angle), y: wide * Math.sin(angle) }); });
    return;
  }
  const arc = (2 * Math.PI) / 3;
  const sides = ["ligand", "receptor"].map((role) => graph.nodes(`[role = "${role}"]`));
  const radius = Math.max(150, (34 * Math.max(...sides.map((nodes) => nodes.length))) / arc);
  sides.forEach((nodes, right) => nodes.forEach((node, i) => {
    const angle = arc * ((i + 0.5) / nodes.length - 0.5);
    node.position({ x: (right ? 1 : -1) * radius * Math.cos(angle), y: radius * Math.sin(angle) });
  }));
}

/** Fewer rounds where there are many nodes, each cooling more: some seconds for hundreds. */
function spread() {
  const rounds = Math.round(Math.max(150, Math.min(1000, 50000 / graph.nodes().length)));
  graph.layout({ name: "cose", randomize: false, animate: false, fit: false, numIter: rounds, coolingFactor: 0.01 ** (1 / rounds),
    nodeRepulsion: () => 20000, idealEdgeLength: () => 70, nodeOverlap: 20, componentSpacing: 60, gravity: 0.5 }).run();
}

/** Find places below all others for nodes that were never drawn. */
function stand(newcomers) {
  for (const data of newcomers) {
    const others = [...places].filter(([id]) => id.startsWith(`${data.role}:`)).map(([, place]) => place.x);
    const lowest = [...places.values()].reduce((y, place) => Math.max(y, place.y), -Infinity);
    places.set(data.id, { x: others.reduce((sum, x) => sum + x, 0) / Math.max(1, others.length), y: lowest + 2 * ROW, side: outside(data.role) });
  }
  if (newcomers.length) arranged = true;
}

function fit() {
  graph.fit(graph.elements(), 16);
  if (graph.zoom() > 1.25) {
    graph.zoom(1.25);
    graph.center();
  }
  settle();
}

/** From this view on, a reader who zooms in can move the drawing; before, a finger moves the page. */
function settle() {
  fitted = graph.zoom();
  graph.userPanningEnabled(false);
}

function zoom(by) {
  const box = byId("network-view");
  graph.zoom({ level: graph.zoom() * by, renderedPosition: { x: box.clientWidth / 2, y: box.clientHeight / 2 } });
  if (graph.zoom() <= fitted * 1.01) fit();
  else graph.userPanningEnabled(true);
}

/** Columns take the new width; what a reader has arranged is only shown at another size. */
function resized() {
  const box = byId("network-view");
  if (String(box.clientWidth) === box.dataset.width) return;
  if (arranged || byId("network-layout").value !== "columns") {
    graph.resize();
    if (graph.zoom() <= fitted * 1.01) fit();
  } else {
    place();
  }
  box.dataset.width = box.clientWidth;
}

/** What the downloads are made of: all that is drawn and what is said of it. */
function view() {
  const metric = theMetric();
  const rule = State.current.edges === "kept" ? byId("network-rule").textContent : "";
  const threshold = State.current.edges === "threshold" ? `Edges: ${metric.label} ${limit(metric)}` : "";
  return {
    metric,
    nodes: graph.nodes().map((node) => ({ ...node.data(), ...node.position() })),
    edges: graph.edges().map((edge) => ({ ...edge.data(), from: edge.source().position(), to: edge.target().position(), pair: Data.pair(edge.data("receptor"), edge.data("ligand")) })),
    kept: (pair) => kept.has(edgeId(pair)),
    notes: [rule || threshold, byId("network-count").textContent].filter(Boolean),
    wider: byId("network-wider").textContent,
    larger: sizeText(),
  };
}

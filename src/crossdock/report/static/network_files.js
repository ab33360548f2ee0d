// The drawn network to take away: a figure, GraphML, a table.
import * as Data from "./data.js";
import { byId } from "./dom.js";
import { FAMILY, savePng, saveSvg, svg, textWidth, wrapped } from "./figure.js";
import { csv, save } from "./files.js";
import { say } from "./say.js";

const GRAPHML = "http://graphml.graphdrawing.org/xmlns";
// On paper the ground is white, whatever the page's theme.
const PAPER = { ink: "#1c2327", soft: "#58646b", receptor: "#0072b2", ligand: "#d97a00", ghost: "#8a949a", known: "#a3005c" };
export const SIZE = 13;
const LINE = 20;
export const MARGIN = 16;
const KEY = 40; // of a row's mark, before its words
const NARROWEST = 360; // a legend can be read

export function start(view) {
  byId("network-svg").addEventListener("click", () => saveSvg("network.svg", drawing(view())));
  byId("network-png").addEventListener("click", () => savePng("network.png", drawing(view())));
  byId("network-graphml").addEventListener("click", () => save("network.graphml", graphml(view()), "application/xml"));
  byId("network-csv").addEventListener("click", () => save("network.csv", table(view()), "text/csv"));
  // A canvas keeps the size that it has on the screen; on paper the figure stands in its place.
  addEventListener("beforeprint", () => byId("network-paper").replaceChildren(drawing(view())));
  addEventListener("afterprint", () => byId("network-paper").replaceChildren());
}

// The figure

/** Where a node's label starts or ends, and the box that both fill: left, top, right, bottom. */
function label(node) {
  const [half, width] = [node.size / 2, textWidth(node.label, SIZE)];
  const { x, y } = node;
  if (node.side === "left") return { x: x - half - 6, y: y + SIZE / 3, anchor: "end", box: [x - half - 6 - width, y - half, x + half, y + half] };
  if (node.side === "right") return { x: x + half + 6, y: y + SIZE / 3, anchor: "start", box: [x - half, y - half, x + half + 6 + width, y + half] };
  return { x, y: y - half - 5, anchor: "middle", box: [x - Math.max(half, width / 2), y - half - 5 - SIZE, x + Math.max(half, width / 2), y + half] };
}

function mark(node, x, y, size) {
  const doubt = node.doubt ? { stroke: PAPER.ink, "stroke-width": 3, "stroke-dasharray": "5 3" } : {};
  if (node.role === "ligand") return svg("circle", { cx: x, cy: y, r: size / 2, fill: PAPER.ligand, ...doubt });
  if (node.role === "both") return svg("path", { d: `M${x} ${y - size / 2}l${size / 2} ${size / 2}l${-size / 2} ${size / 2}l${-size / 2} ${-size / 2}z`, fill: PAPER.ghost, ...doubt });
  return svg("rect", { x: x - size / 2, y: y - size / 2, width: size, height: size, rx: size / 7, fill: PAPER.receptor, ...doubt });
}

/** An edge; one that the tests name has an outline. */
function line(from, to, { width, known = 0, doubt = 0, named = 0 }) {
  const ends = { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
  const loop = from.x === to.x && from.y === to.y; // a protein with itself
  const stroke = (attributes) => (loop ? svg("circle", { cx: from.x - 14, cy: from.y - 14, r: 14, fill: "none", ...attributes }) : svg("line", { ...ends, ...attributes }));
  return svg("g", {}, named ? stroke({ "stroke-width": width + 4, stroke: PAPER.ink }) : null,
    named ? stroke({ "stroke-width": width + 1.5, stroke: "#ffffff" }) : null,
    stroke({ "stroke-width": width, "stroke-dasharray": doubt ? "9 5" : null, stroke: known ? PAPER.known : PAPER.ghost, "stroke-opacity": known || named ? null : 0.75 }));
}

const caption = (text, attributes) => svg("text", { "font-size": SIZE, fill: PAPER.ink, ...attributes }, text);

const drawing = (view) => {
  const { width, height, parts } = layers(view);
  return svg("svg", { xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}`, "font-family": FAMILY },
    svg("rect", { width, height, fill: "#ffffff" }), ...parts);
};

/** Edges, nodes, names and legend, and the room that they take; in a figure of `least` or more. */
export function layers(view, least = NARROWEST) {
  const labels = view.nodes.length ? view.nodes.map(label) : [{ box: [0, 0, 0, 0] }];
  const [left, top] = [0, 1].map((i) => labels.reduce((least, { box }) => Math.min(least, box[i]), Infinity));
  const [right, bottom] = [2, 3].map((i) => labels.reduce((most, { box }) => Math.max(most, box[i]), -Infinity));
  const width = Math.max(right - left + 2 * MARGIN, least);
  const key = legend(view, width - 2 * MARGIN);
  const height = bottom - top + key.reduce((sum, row) => sum + row.height, 0) + 3 * MARGIN;
  // The better edges above the others, the known ones above all.
  const lines = [...view.edges].sort((a, b) => a.known - b.known || a.width - b.width);
  const shift = `translate(${MARGIN - left + (width - 2 * MARGIN - right + left) / 2} ${MARGIN - top})`;
  let y = bottom - top + 2 * MARGIN;
  const rows = key.map((row) => {
    const drawn = svg("g", { transform: `translate(${MARGIN} ${y + LINE / 2})` }, row.mark,
      ...row.lines.map((content, i) => caption(content, { x: row.mark ? KEY : 0, y: SIZE / 3 + i * (SIZE + 3), fill: PAPER.soft })));
    y += row.height;
    return drawn;
  });
  return { width, height, parts: [
    svg("g", { transform: shift }, svg("g", {}, ...lines.map((edge) => line(edge.from, edge.to, edge))),
      svg("g", {}, ...view.nodes.map((node) => mark(node, node.x, node.y, node.size))),
      svg("g", {}, ...view.nodes.map((node, i) => caption(node.label, { x: labels[i].x, y: labels[i].y, "text-anchor": labels[i].anchor,
        stroke: "#ffffff", "stroke-width": 3, "stroke-linejoin": "round", "paint-order": "stroke" })))),
    svg("g", {}, ...rows)] };
}

/** The parts that proteins have in the drawing, and what they are called. */
function kinds(view) {
  const words = { receptor: "receptor", ligand: "ligand", both: Data.symmetric ? "protein" : "receptor and ligand" };
  const some = Object.entries(words).filter(([role]) => view.nodes.some((node) => node.role === role));
  return some.length ? some : Object.entries(words).slice(0, 2);
}

/** The rows under the drawing: what marks mean, and what was kept. */
function legend(view, room) {
  const row = (text, shape = null) => {
    const lines = wrapped(text, room - (shape ? KEY : 0), SIZE);
    return { mark: shape, lines, height: LINE + (lines.length - 1) * (SIZE + 3) };
  };
  const stroke = (look) => line({ x: 0, y: 0 }, { x: 28, y: 0 }, { width: 4, ...look });
  const some = (test) => view.edges.some(test);
  return [
    ...kinds(view).map(([role, words]) => row(`${words}; larger: ${view.larger}`, mark({ role }, 14, 0, 14))),
    ...view.nodes.filter((node) => node.doubt).slice(0, 1).map((node) => row(say("network-dashed"), mark(node, 14, 0, 14))),
    row(`wider: ${view.wider}`, stroke({})),
    ...(some((edge) => edge.known) ? [row("known complex", stroke({ width: 3, known: 1 }))] : []),
    ...(some((edge) => edge.named) ? [row(view.outlined, stroke({ named: 1 }))] : []),
    ...view.notes.map((text) => row(text)),
  ];
}

// The data

/** Columns of an edge: every metric of the run, and its error where one is known. */
function columns(view) {
  const known = (metric) => view.edges.some(({ pair }) => typeof pair.uncertainty[metric.name] === "number");
  const caption = (metric) => [metric.label, metric.unit].filter(Boolean).join(", ");
  return Data.metrics.flatMap((metric) => [
    { name: metric.name, unit: metric.unit, caption: caption(metric), of: (pair) => Data.value(pair, metric.name) },
    ...(known(metric) ? [{ name: `${metric.name}_error`, unit: metric.unit, caption: `error of ${caption(metric)}`, of: (pair) => pair.uncertainty[metric.name] ?? null }] : []),
  ]);
}

function table(view) {
  const numbers = columns(view);
  const header = ["receptor", "ligand", "known_complex", "kept_by_rule", ...numbers.map(({ name, unit }) => (unit ? `${name} (${unit})` : name))];
  const yes = (value) => (value ? "yes" : "no");
  return csv(header, view.edges.map(({ pair }) => [pair.receptor, pair.ligand, yes(pair.known), yes(view.kept(pair)), ...numbers.map(({ of }) => of(pair))]));
}

function graphml(view) {
  const doc = document.implementation.createDocument(GRAPHML, "graphml");
  const add = (parent, tag, attributes, text) => {
    const made = doc.createElementNS(GRAPHML, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  };
  const root = doc.documentElement;
  const numbers = columns(view);
  const key = (part, name, type, caption) => {
    const made = add(root, "key", { id: `${part}_${name}`, for: part, "attr.name": name, "attr.type": type });
    if (caption) add(made, "desc", {}, caption);
  };
  const datum = (parent, part, name, value) => {
    if (value !== null && value !== undefined) add(parent, "data", { key: `${part}_${name}` }, String(value));
  };
  const ofNode = { name: "string", label: "string", role: "string", n_residues: "int", verdict: "string" };
  key("graph", "drawn", "string");
  for (const [name, type] of Object.entries(ofNode)) key("node", name, type);
  for (const name of ["known_complex", "kept_by_rule"]) key("edge", name, "boolean");
  for (const { name, caption } of numbers) key("edge", name, "double", caption);
  const graph = add(root, "graph", { edgedefault: "undirected" });
  datum(graph, "graph", "drawn", view.notes.join(" "));
  for (const node of view.nodes) {
    const made = add(graph, "node", { id: node.id });
    for (const name of Object.keys(ofNode)) datum(made, "node", name, node[name]);
  }
  for (const { pair, source, target } of view.edges) {
    const made = add(graph, "edge", { source, target });
    datum(made, "edge", "known_complex", Boolean(pair.known));
    datum(made, "edge", "kept_by_rule", view.kept(pair));
    for (const { name, of } of numbers) datum(made, "edge", name, of(pair));
  }
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(doc)}\n`;
}

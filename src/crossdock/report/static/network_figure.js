// The network for a paper: the pairs that the rule keeps, ligands left and receptors right, whatever the reader has arranged above.
import * as Data from "./data.js";
import { number, withUnit } from "./dom.js";
import { cut, figure, POINT, textWidth } from "./figure.js";
import { mixed, roleOf, widths } from "./network.js";
import { layers, MARGIN, SIZE } from "./network_files.js";
import { say } from "./say.js";

/** @import { DockedPair, Side } from "./data.js" */
/** @import { Metric, PageProtein } from "./page.js" */
/** @typedef {{ protein: PageProtein, role: Side, edges: number, at: number }} Node */

const PIXEL = 25.4 / 96; // mm
const [WIDTH, HEIGHT] = [180 / PIXEL, 235 / PIXEL]; // two columns of a journal, and a page less a caption
const SMALLEST = 6 * POINT / PIXEL / SIZE; // of the drawing's size: type of 6 points
const LONGEST = 210; // of a name; longer ones are cut
const MOST_IDLE = 60; // proteins of a panel in which those without an edge are shown too
const MOST_ROWS = 88; // of a column on a page in that type
const SWEEPS = 4;

/** The figure and its caption; no figure where the rule keeps no pair. */
export async function draw() {
  const metric = Data.metric(Data.network.metric) ?? Data.metrics.find((one) => one.better);
  const kept = Data.network.edges.map(({ receptor, ligand }) => Data.pair(receptor, ligand));
  const pairs = metric ? onPage(kept, metric) : [];
  if (!pairs.length) return { drawing: null, caption: say("figures-network-none") };
  const caption = captionOf(pairs, kept, metric);
  const drawn = view(pairs, metric);
  const { width, height, parts } = layers(drawn, drawn.width);
  const unit = PIXEL * drawn.scale;
  return { drawing: figure({ width, height, unit, title: say("figures-network-title"), caption }, ...parts), caption, edges: pairs.length };
}

/** The best pairs, as many as have room on a page.
 * @param {DockedPair[]} pairs
 * @param {Metric} metric */
function onPage(pairs, metric) {
  const place = (pair) => Data.sign(metric) * (Data.value(pair, metric.name) ?? NaN);
  const order = pairs.filter((pair) => !Number.isNaN(place(pair))).sort((a, b) => place(a) - place(b));
  const rows = { receptor: new Set(), ligand: new Set() };
  const last = order.findIndex((pair) => Data.SIDES.some((side) => rows[side].add(pair[side]).size > MOST_ROWS));
  return last < 0 ? order : order.slice(0, last);
}

/** Proteins that are a receptor and a ligand stand in no column: all proteins then stand around a circle, once each.
 * @param {DockedPair[]} pairs */
function around(pairs) {
  const members = new Map(Data.SIDES.toReversed().flatMap((side) => nodesOf(side, pairs).map(({ protein }) => [protein.name, { protein, role: roleOf(side, protein.name) }])));
  const counts = new Map();
  for (const pair of pairs) for (const name of new Set([pair.receptor, pair.ligand])) counts.set(name, (counts.get(name) ?? 0) + 1);
  const radius = Math.max(120, (30 * members.size) / (2 * Math.PI));
  const most = Math.max(...counts.values());
  return [...members.values()].map(({ protein, role }, i) => {
    const angle = (2 * Math.PI * (i + 0.5)) / members.size - Math.PI / 2;
    return { name: protein.name, label: cut(protein.label, LONGEST, SIZE), role, doubt: protein.questionable ? 1 : 0, x: radius * Math.cos(angle), y: radius * Math.sin(angle),
      side: Math.cos(angle) < 0 ? "left" : "right", size: Math.max(7, 8 + 14 * Math.sqrt((counts.get(protein.name) ?? 0) / most)) };
  });
}

/** @type {(side: Side, pairs: DockedPair[]) => Node[]} */
function nodesOf(side, pairs) {
  const few = Data.proteinCount <= MOST_IDLE;
  const counts = Map.groupBy(pairs, (pair) => pair[side]);
  return Data[`${side}s`].map((protein, at) => ({ protein, role: side, edges: counts.get(protein.name)?.length ?? 0, at })).filter(({ edges }) => few || edges);
}

/** Two columns in turn by the mean place of their partners, so that edges cross less (Sugiyama's barycentres). Those
 * without an edge come last.
 * @param {Record<Side, Node[]>} nodes
 * @param {DockedPair[]} pairs */
function untangle(nodes, pairs) {
  for (let sweep = 0; sweep < 2 * SWEEPS; sweep += 1) {
    const [moved, held] = sweep % 2 ? Data.SIDES : Data.SIDES.toReversed();
    const places = new Map(nodes[held].map(({ protein, at }) => [protein.name, (at + 0.5) / nodes[held].length]));
    const means = new Map(nodes[moved].map(({ protein }) => {
      const met = pairs.filter((pair) => pair[moved] === protein.name).map((pair) => places.get(pair[held]));
      return [protein.name, met.length ? met.reduce((sum, place) => sum + place, 0) / met.length : 2];
    }));
    nodes[moved].sort((a, b) => means.get(a.protein.name) - means.get(b.protein.name)).forEach((node, i) => { node.at = i; });
  }
}

/** What network_files.js draws, in its pixels, and how much smaller it is printed where there are many proteins.
 * @param {DockedPair[]} pairs
 * @param {Metric} metric */
function view(pairs, metric) {
  const { nodes, scale, width } = mixed ? circled(pairs) : columned(pairs);
  const place = new Map(nodes.map((node) => [mixed ? node.name : `${node.role} ${node.name}`, node]));
  const widthOf = widths(metric, pairs.length);
  const edges = pairs.map((pair) => {
    const [to, from] = Data.SIDES.map((side) => place.get(mixed ? pair[side] : `${side} ${pair[side]}`));
    return { from, to, width: widthOf(pair), known: pair.known ? 1 : 0, doubt: from.doubt || to.doubt ? 1 : 0, named: named(pair) ? 1 : 0 };
  });
  return { nodes, edges, scale, width, notes: [], wider: say(`figures-network-${metric.better}`, { metric: metric.label }), larger: say("figures-network-larger"),
    outlined: say(`figures-network-${Data.verdict.basis ?? "noise"}`) };
}

/** @param {DockedPair[]} pairs */
function circled(pairs) {
  const nodes = around(pairs);
  const room = nodes.reduce((most, node) => Math.max(most, Math.abs(node.x) + textWidth(node.label, SIZE)), 0) + 2 * MARGIN;
  const scale = Math.max(SMALLEST, Math.min(1, WIDTH / (2 * room)));
  return { nodes, scale, width: WIDTH / scale };
}

/** @param {DockedPair[]} pairs */
function columned(pairs) {
  const sides = { receptor: nodesOf("receptor", pairs), ligand: nodesOf("ligand", pairs) };
  untangle(sides, pairs);
  const rows = Math.max(sides.receptor.length, sides.ligand.length);
  const step = rows <= 24 ? 28 : rows <= 48 ? 17 : 14;
  const scale = Math.max(SMALLEST, Math.min(1, HEIGHT / (rows * step + 170)));
  const width = WIDTH / scale;
  const name = ({ protein }) => cut(protein.label, LONGEST, SIZE);
  const most = Math.max(...Data.SIDES.flatMap((side) => sides[side].map(({ edges }) => edges)));
  const wide = (side) => Math.max(...sides[side].map((node) => textWidth(name(node), SIZE))) + step + MARGIN;
  const apart = Math.min(340, width - wide("ligand") - wide("receptor"));
  const nodes = Data.SIDES.flatMap((side) => sides[side].map((node) => ({ name: node.protein.name, label: name(node), role: side, doubt: node.protein.questionable ? 1 : 0,
    x: side === "ligand" ? 0 : apart, y: (node.at + 0.5) * step * rows / sides[side].length, side: side === "ligand" ? "left" : "right",
    size: Math.max(7, 8 + (step - 14) * Math.sqrt(node.edges / most)) })));
  return { nodes, scale, width };
}

/** @param {DockedPair} pair */
const named = Data.stands;

/** @param {DockedPair[]} pairs
 * @param {DockedPair[]} kept those of the rule, of which these are the best
 * @param {Metric} metric */
function captionOf(pairs, kept, metric) {
  const values = pairs.map((pair) => Data.value(pair, metric.name)).filter((value) => value !== null);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const shown = Data.SIDES.flatMap((side) => nodesOf(side, pairs).map(({ protein }) => protein));
  const left = Data.proteinCount - new Set(shown.map(({ name }) => name)).size;
  const doubts = shown.filter(({ questionable }) => questionable).map(({ label }) => label);
  const [known, stand] = [Data.pairs.filter((pair) => pair.known), Data.verdict.pairs.map(([receptor, ligand]) => Data.pair(receptor, ligand))];
  const among = (some) => ({ drawn: some.filter((pair) => pairs.includes(pair)).length, n: some.length });
  return [say(Data.symmetric ? "figures-network-caption-proteins" : "figures-network-caption", { edges: number(pairs.length), pairs: number(Data.pairs.length), ligands: number(Data.ligands.length), receptors: number(Data.receptors.length) }),
    say("figures-network-rule", { rule: Data.network.rule }),
    ...(pairs.length < kept.length ? [say("figures-network-best", { n: number(pairs.length), metric: metric.label, all: number(kept.length) })] : []),
    say("figures-network-width", { metric: metric.label, direction: metric.better === "low" ? "lower" : "higher", low: number(low, Data.digits(metric.name)), high: withUnit(high, metric.unit, Data.digits(metric.name)) }),
    ...(known.length ? [say("figures-network-known", among(known))] : []), ...(stand.length ? [say("figures-network-named", among(stand))] : []),
    ...(doubts.length ? [say("figures-network-doubt", { proteins: doubts.join(", ") })] : []), ...(left ? [say("figures-network-left", { n: left })] : []), say("figures-network-not")].join(" ");
}

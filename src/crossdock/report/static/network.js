// The network: receptors and ligands as nodes, pairs as edges.
const Network = (() => {
  const { byId } = Dom;
  let graph = null;
  const kept = new Set(Data.network.edges.map((edge) => JSON.stringify([edge.receptor, edge.ligand])));

  function start() {
    const metrics = Data.metrics.filter((metric) => metric.better);
    Dom.options(byId("network-metric"), metrics.map((metric) => [metric.name, metric.label]), "score");
    byId("network-edges").addEventListener("change", draw);
    byId("network-metric").addEventListener("change", restyle);
    byId("network-layout").addEventListener("change", place);
    byId("network-png").addEventListener("click", () =>
      Dom.save("network.png", graph.png({ output: "blob", scale: 3, bg: Dom.color("--page"), full: true })));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
    try {
      graph = cytoscape({ container: byId("network-view"), userZoomingEnabled: false, userPanningEnabled: false, boxSelectionEnabled: false,
        autoungrabify: false, minZoom: 0.2, maxZoom: 3 });
      graph.on("tap", "edge", (event) => State.selectPair(event.target.data("receptor"), event.target.data("ligand")));
      graph.on("tap", "node", (event) => document.getElementById(anchor(event.target.data("name")))?.scrollIntoView());
      new ResizeObserver(() => { graph.resize(); place(); }).observe(byId("network-view"));
      State.on(["receptor", "ligand"], select);
      draw();
    } catch (error) {
      Dom.failed(byId("network-view"), "The network could not be drawn.", error);
    }
  }

  const anchor = (name) => `protein-${encodeURIComponent(name)}`;
  const nodeId = (role, name) => `${role} ${name}`;

  function draw() {
    const all = byId("network-edges").value === "all";
    const pairs = Data.pairs.filter((pair) => all || kept.has(JSON.stringify([pair.receptor, pair.ligand])));
    const node = (role) => (protein) => ({ data: { id: nodeId(role, protein.name), name: protein.name, label: protein.label, role } });
    const nodes = [...Data.ligands.map(node("ligand")), ...Data.receptors.map(node("receptor"))];
    const edges = pairs.map((pair) => ({ data: { source: nodeId("ligand", pair.ligand), target: nodeId("receptor", pair.receptor),
      receptor: pair.receptor, ligand: pair.ligand, known: pair.known ? 1 : 0 } }));
    byId("network-view").style.setProperty("--rows", Math.max(Data.ligands.length, Data.receptors.length));
    graph.elements().remove();
    graph.add([...nodes, ...edges]);
    restyle();
    place();
    select();
    byId("network-count").textContent = `${edges.length} of ${Data.pairs.length} pairs are drawn.`;
    Dom.drawn(byId("network-view"), { nodes: graph.nodes().length, edges: graph.edges().length });
  }

  /** Edge width over the range of the metric, wider for the better end; thinner where many edges must fit. */
  function widths(metric) {
    const values = Data.pairs.map((pair) => Data.value(pair, metric.name)).filter((value) => value !== null);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const widest = graph.edges().length > 24 ? 5 : 9;
    return (edge) => {
      const value = Data.value(Data.pair(edge.data("receptor"), edge.data("ligand")), metric.name);
      if (value === null || high === low) return 2;
      const share = (value - low) / (high - low);
      return 0.75 + (widest - 0.75) * (metric.better === "low" ? 1 - share : share) ** 2;
    };
  }

  function restyle() {
    const metric = Data.metric(byId("network-metric").value);
    const [ink, page, ghost, known, focus] = ["--ink", "--viewer", "--ghost", "--known", "--focus"].map(Dom.color);
    const nodeStyle = (role, shape) => ({ selector: `node[role = "${role}"]`, style: { shape, "background-color": Dom.color(`--${role}`) } });
    graph.style([
      { selector: "node", style: { label: "data(label)", width: 22, height: 22, color: ink, "font-size": 13, "font-family": getComputedStyle(document.body).fontFamily,
        "text-wrap": "ellipsis", "text-max-width": labelWidth(), "text-outline-color": page, "text-outline-width": 2, "text-valign": "center" } },
      nodeStyle("receptor", "round-rectangle"), nodeStyle("ligand", "ellipse"),
      { selector: "edge", style: { width: metric ? widths(metric) : 2, "line-color": ghost, opacity: 0.75, "curve-style": "straight" } },
      { selector: "edge[known = 1]", style: { "line-color": known, opacity: 1 } },
      { selector: "edge.selected", style: { "line-color": focus, opacity: 1, "z-index": 9 } },
      { selector: "edge.selected[known = 1]", style: { "line-color": known, "underlay-color": focus, "underlay-opacity": 0.6, "underlay-padding": 5 } },
    ]);
    byId("network-wider").textContent = metric ? `${metric.better === "low" ? "lower" : "higher"} ${metric.label.toLowerCase()}` : "";
    turnLabels();
  }

  const labelWidth = () => Math.max(70, byId("network-view").clientWidth * 0.28);

  /** Two columns read well for any panel: ligands left, receptors right, each near those that it meets. */
  function place() {
    if (!graph.nodes().length) return;
    const box = byId("network-view");
    const circle = byId("network-layout").value === "circle";
    if (circle) {
      graph.layout({ name: "circle", padding: 60, animate: false }).run();
    } else {
      const [width, height] = [box.clientWidth, box.clientHeight];
      const room = Math.min(260, width * 0.36);
      const receptors = graph.nodes('[role = "receptor"]');
      column(receptors.toArray(), width - room, height);
      column(graph.nodes('[role = "ligand"]').toArray().sort((a, b) => middle(a) - middle(b)), room, height);
      graph.zoom(1);
      graph.pan({ x: 0, y: 0 });
    }
    turnLabels();
    box.dataset.layout = circle ? "circle" : "columns";
  }

  function column(nodes, x, height) {
    const step = (height - 40) / nodes.length;
    nodes.forEach((node, i) => node.position({ x, y: 20 + step * (i + 0.5) }));
  }

  /** Mean height of a ligand's receptors, so that edges cross less. */
  function middle(node) {
    const heights = node.neighborhood("node").map((other) => other.position("y"));
    return heights.length ? heights.reduce((sum, y) => sum + y, 0) / heights.length : Infinity;
  }

  function turnLabels() {
    const columns = byId("network-layout").value !== "circle";
    graph.nodes('[role = "ligand"]').style({ "text-halign": columns ? "left" : "center", "text-valign": columns ? "center" : "top", "text-margin-x": columns ? -6 : 0 });
    graph.nodes('[role = "receptor"]').style({ "text-halign": columns ? "right" : "center", "text-valign": columns ? "center" : "top", "text-margin-x": columns ? 6 : 0 });
  }

  function select() {
    graph.edges().forEach((edge) => {
      edge.toggleClass("selected", edge.data("receptor") === State.current.receptor && edge.data("ligand") === State.current.ligand);
    });
  }

  return { start };
})();

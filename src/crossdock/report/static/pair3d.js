// The 3D view of a model: receptor and ligand as ribbons, interface side chains as sticks, the known position as a ghost.
const Viewer = (() => {
  const { byId } = Dom;
  let viewer = null;
  let shown = null; // what is drawn: pair, model, PDB texts, and 3Dmol's models of receptor, ligand and ghost

  async function start() {
    const box = byId("viewer");
    try {
      viewer = $3Dmol.createViewer(box, { backgroundColor: Dom.color("--viewer"), antialias: !softwareDrawn() });
      if (!viewer) throw new Error("no WebGL");
    } catch (error) {
      Dom.failed(box, "The 3D view needs WebGL, which this browser does not offer.", error);
      return;
    }
    keepPageScrolling(box);
    byId("ghost").addEventListener("change", style);
    byId("sticks").addEventListener("change", style);
    byId("viewer-reset").addEventListener("click", () => { frame(); viewer.render(); });
    byId("model-pdb").addEventListener("click", download);
    byId("viewer-png").addEventListener("click", picture);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { viewer.setBackgroundColor(Dom.color("--viewer")); style(); });
    State.on(["receptor", "ligand", "model"], draw);
    await draw();
    new ResizeObserver(resized()).observe(box);
  }

  /** Without a graphics card smooth edges make every picture several times slower. */
  function softwareDrawn() {
    const context = document.createElement("canvas").getContext("webgl");
    const named = context?.getExtension("WEBGL_debug_renderer_info");
    const renderer = named ? context.getParameter(named.UNMASKED_RENDERER_WEBGL) : "";
    context?.getExtension("WEBGL_lose_context")?.loseContext();
    return /swiftshader|llvmpipe|software/i.test(renderer);
  }

  /** The wheel turns the page until the reader has clicked into the view. */
  function keepPageScrolling(box) {
    box.addEventListener("wheel", (event) => { if (!box.classList.contains("active")) event.stopPropagation(); }, { capture: true });
    document.addEventListener("pointerdown", (event) => box.classList.toggle("active", box.contains(event.target)));
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") box.classList.remove("active"); });
  }

  /** Follow the box; the observer's first call tells the size that the view was made with. */
  function resized() {
    let first = true;
    return () => { if (!first) viewer.resize(); first = false; };
  }

  async function draw() {
    const pair = State.pair();
    if (!pair || !viewer) return;
    const box = byId("viewer");
    box.dataset.drawn = "false";
    const [detail, receptor, ligand] = await Promise.all([Data.detail(pair), Data.structure(pair.receptor), Data.structure(pair.ligand)]);
    const model = Pair.chosen(detail);
    if (pair !== State.pair() || !model) return;
    const samePair = shown && shown.pair === pair;
    const moved = Pdb.moved(ligand, model.quaternion, model.translation_A);
    viewer.removeAllModels();
    viewer.removeAllLabels();
    const models = [receptor, Pdb.relettered(receptor, moved), ...(pair.known ? [ligand] : [])].map((text) => viewer.addModel(text, "pdb"));
    shown = { pair, model, models, receptor, moved, contacts: Pair.contactsOf(detail, model) };
    byId("ghost-label").hidden = !pair.known;
    if (!samePair) frame();
    style();
    box.setAttribute("aria-label", `3D view of model ${model.model} of ${Data.label(pair.ligand)} on ${Data.label(pair.receptor)}`);
    Dom.drawn(box, { atoms: models[0].selectedAtoms({}).length + models[1].selectedAtoms({}).length, model: model.model, pair: `${pair.receptor} ${pair.ligand}` });
  }

  const partner = (index) => Dom.color(["--receptor", "--ligand", "--ghost"][index]);

  function style() {
    if (!shown) return;
    const ghost = shown.pair.known && byId("ghost").checked;
    const hidden = { cartoon: { hidden: true } };
    ["receptor", "ligand"].forEach((side, index) => {
      viewer.setStyle({ model: shown.models[index] }, { cartoon: { color: partner(index), thickness: 0.4 } });
      viewer.setStyle({ model: shown.models[index], hetflag: true }, { stick: { radius: 0.2 }, sphere: { scale: 0.3 } });
      if (byId("sticks").checked) addSticks(side, index);
    });
    if (shown.pair.known) {
      viewer.setStyle({ model: shown.models[2] }, ghost ? { cartoon: { color: partner(2), opacity: 0.75, thickness: 0.4 } } : hidden);
    }
    byId("viewer").dataset.ghost = String(Boolean(ghost));
    viewer.render();
  }

  const residueKey = (chain, number) => `${chain}:${number}`;

  function addSticks(side, index) {
    const keys = new Set(shown.contacts.map((row) => residueKey(row[`${side}_chain`], row[`${side}_number`])));
    const backbone = new Set(["N", "C", "O"]); // CA stays, so that the side chain hangs on the ribbon
    const carbon = partner(index);
    viewer.addStyle(
      { model: shown.models[index], predicate: (atom) => !backbone.has(atom.atom) && keys.has(residueKey(atom.chain, `${atom.resi}${(atom.icode ?? "").trim()}`)) },
      { stick: { radius: 0.18, colorscheme: { prop: "elem", map: { C: carbon, N: "#3b5bdb", O: "#d6336c", S: "#c2a000" } } } });
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

  /** Move to a contact of the interface table and name its two residues. */
  function show(row) {
    if (!viewer || !shown) return;
    viewer.removeAllLabels();
    const places = ["receptor", "ligand"].map((side, index) => {
      const number = row[`${side}_number`];
      const selection = { model: shown.models[index], chain: row[`${side}_chain`], resi: Number.parseInt(number, 10) };
      viewer.addLabel(`${row[`${side}_residue`]} ${row[`${side}_chain`]}:${number}`,
        { backgroundColor: partner(index), fontColor: "black", fontSize: 13, backgroundOpacity: 0.9, inFront: true }, selection);
      return selection;
    });
    viewer.zoomTo({ or: places, expand: 7 }, 400); // with their surroundings, in angstrom
    viewer.render();
    byId("viewer").dataset.labels = "2";
    byId("viewer").scrollIntoView({ block: "nearest" });
  }

  function download() {
    if (!shown) return;
    const { pair, model, receptor, moved } = shown;
    const remarks = [`CROSSDOCK MODEL ${model.model} OF ${pair.ligand} ON ${pair.receptor}`, `SCORE ${model.score} ARBITRARY UNITS, NOT AN AFFINITY`];
    Dom.save(Pair.fileName(pair, `model_${model.model}.pdb`), Pdb.complex(receptor, moved, remarks), "chemical/x-pdb");
  }

  function picture() {
    if (!shown) return;
    const [head, body] = viewer.pngURI().split(",");
    const bytes = Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
    Dom.save(Pair.fileName(shown.pair, `model_${shown.model.model}.png`), new Blob([bytes], { type: head.slice(5, -7) }));
  }

  return { start, show };
})();

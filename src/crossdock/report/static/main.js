// Start the parts: the matrix at once, the heavier drawings after the first paint.
import * as Bench from "./bench.js";
import * as Card from "./card.js";
import * as Data from "./data.js";
import { goTo } from "./dom.js";
import * as Facts from "./facts.js";
import * as Figures from "./figures.js";
import * as Hits from "./hits.js";
import * as Matrix from "./matrix.js";
import * as Methods from "./methods.js";
import * as Network from "./network.js";
import * as Pae from "./pae.js";
import * as Pair from "./pair.js";
import * as Viewer from "./pair3d.js";
import * as Proteins from "./proteins.js";
import * as Scroll from "./scroll.js";
import * as Search from "./search.js";
import * as State from "./state.js";
import * as Tables from "./tables.js";

globalThis.crossdock = { Data, State }; // for whoever asks the page's data in the browser's console

/** Links within the page move to a section and leave the shared view in the address alone. */
function follow(event) {
  const link = event.target.closest('a[href^="#"]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.dataset.receptor) State.selectPair(link.dataset.receptor, link.dataset.ligand);
  const target = document.getElementById(link.getAttribute("href").slice(1));
  if (!target) return;
  event.preventDefault();
  goTo(target);
}

State.start();
document.addEventListener("click", follow);
Matrix.start();
Card.start();
Hits.start();
Search.start();
Figures.start();
Proteins.start();
Methods.start();
Tables.start();
Scroll.start();
requestAnimationFrame(() => setTimeout(() => {
  Pair.start();
  Facts.start();
  Bench.start();
  Network.start();
  Viewer.start();
  Pae.start();
}));

// Start the parts: the matrix at once, the heavier drawings after the first paint.
(() => {
  /** Links within the page move to a section and leave the shared view in the address alone. */
  function follow(event) {
    const link = event.target.closest('a[href^="#"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.dataset.receptor) State.selectPair(link.dataset.receptor, link.dataset.ligand);
    const target = document.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    event.preventDefault();
    Dom.goTo(target);
  }

  State.start();
  document.addEventListener("click", follow);
  Matrix.start();
  Search.start();
  Figures.start();
  Proteins.start();
  Methods.start();
  Tables.start();
  Scroll.start();
  requestAnimationFrame(() => setTimeout(() => {
    Pair.start();
    Network.start();
    Viewer.start();
  }));
})();

// Wide tables show that they go on: a fade at the edge where there is more.

export function start() {
  for (const box of document.querySelectorAll(".scroll")) {
    const mark = () => {
      box.classList.toggle("goes-on", box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
      box.classList.toggle("goes-down", box.scrollTop + box.clientHeight < box.scrollHeight - 1);
    };
    const watch = new ResizeObserver(mark);
    for (const part of [box, ...box.children]) watch.observe(part);
    box.addEventListener("scroll", mark, { passive: true });
  }
}

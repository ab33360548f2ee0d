// What the 3D views share: whether this browser draws in 3D at all, and how a view ends.
import { color } from "./dom.js";

const context = (canvas) => canvas?.getContext("webgl2") ?? canvas?.getContext("webgl");

/** Browsers have few contexts to give; what is used no more gives its own back. */
export const release = (canvas) => context(canvas)?.getExtension("WEBGL_lose_context")?.loseContext();

/** A 3Dmol.js viewer; an error where nothing can be drawn, as 3Dmol.js makes one there too. */
export function createViewer(box) {
  const canvas = document.createElement("canvas");
  const tried = context(canvas);
  if (!tried) throw new Error("no WebGL");
  const named = tried.getExtension("WEBGL_debug_renderer_info");
  const drawnBy = named ? tried.getParameter(named.UNMASKED_RENDERER_WEBGL) : "";
  release(canvas);
  // Without a graphics card smooth edges make every picture several times slower, and fine ribbons twice.
  const slow = /swiftshader|llvmpipe|software/i.test(drawnBy);
  return $3Dmol.createViewer(box, { backgroundColor: color("--viewer"), antialias: !slow, ...(slow && { cartoonQuality: 5 }) });
}

/** Change a view and then draw it once: 3Dmol.js draws after every turn and zoom, and each picture takes its time without a card. */
export function drawOnce(viewer, change) {
  const renderer = viewer.getRenderer();
  const { render } = renderer;
  renderer.render = () => {};
  try {
    change();
  } finally {
    renderer.render = render;
  }
  viewer.render();
}

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
  // Without a graphics card smooth edges make every picture several times slower.
  return $3Dmol.createViewer(box, { backgroundColor: color("--viewer"), antialias: !/swiftshader|llvmpipe|software/i.test(drawnBy) });
}

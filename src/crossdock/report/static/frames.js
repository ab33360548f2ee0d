// Frames of the network: cytoscape asks the browser for the next one whether or not anything has changed, which takes a
// tenth of a processor for as long as the page is open. Here its loop waits while there is nothing to draw.

const STILL = 60; // frames without a drawing, a second on most screens: after one, cytoscape prepares pictures of parts for the next

/** Let the loop of a graph wait once nothing was drawn for a second, and go on with the next drawing that it asks for.
 * Nothing on the page is animated by cytoscape: an animation changes something in each frame but asks for no drawing first.
 * @param {any} graph of cytoscape, which must have drawn nothing yet */
export function whenNeeded(graph) {
  const renderer = graph.renderer();
  /** @type {FrameRequestCallback | null} */
  let next = null; // the loop, while it waits
  let still = 0;
  // The last thing that cytoscape does in a frame, before it asks for the next one.
  renderer.beforeRender((/** @type {boolean} */ draws) => {
    still = draws ? 0 : still + 1;
    if (still > STILL && !renderer.requestedFrame) keepNext((loop) => { next = loop; });
  }, -Infinity);
  const { redraw } = renderer;
  renderer.redraw = function (/** @type {any[]} */ ...values) {
    redraw.apply(this, values);
    still = 0;
    if (!next) return;
    requestAnimationFrame(next);
    next = null;
  };
}

/** Take the next function that asks for a frame, in place of the browser.
 * @param {(loop: FrameRequestCallback) => void} take */
function keepNext(take) {
  const ask = globalThis.requestAnimationFrame;
  globalThis.requestAnimationFrame = (loop) => {
    globalThis.requestAnimationFrame = ask;
    take(loop);
    return 0;
  };
}

// Parts of the page to the clipboard.
import { say } from "./say.js";

/** Copy text, with its HTML for word processors; what happened is said beside the button. */
export async function copy(button, text, html) {
  const kinds = { "text/plain": text, ...(html ? { "text/html": html } : {}) };
  const blobs = Object.entries(kinds).map(([type, content]) => [type, new Blob([content], { type })]);
  let message = say("copied");
  try {
    await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
  } catch {
    message = say("copy-failed");
  }
  button.parentElement.querySelector("[role=status]").textContent = message;
}

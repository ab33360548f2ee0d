// Parts of the page to the clipboard.

/** Copy text, with its HTML for word processors; what happened is said beside the button. */
export async function copy(button, text, html) {
  const kinds = { "text/plain": text, ...(html ? { "text/html": html } : {}) };
  const blobs = Object.entries(kinds).map(([type, content]) => [type, new Blob([content], { type })]);
  let message = "Copied.";
  try {
    await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
  } catch {
    message = "This browser does not let the page copy; select the text and copy it.";
  }
  button.parentElement.querySelector("[role=status]").textContent = message;
}

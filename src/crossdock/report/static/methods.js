// The methods to take away: the text with its references, and these as BibTeX.
import { copy } from "./copy.js";
import { byId } from "./dom.js";
import { save } from "./files.js";

export function start() {
  byId("methods-copy").addEventListener("click", (event) => copy(event.currentTarget, text()));
  byId("methods-bib").addEventListener("click", () => save("references.bib", byId("methods-bibtex").textContent, "application/x-bibtex"));
}

/** The paragraphs, then the references under their numbers. */
function text() {
  const lines = (selector) => [...document.querySelectorAll(selector)].map((element) => element.textContent.trim());
  const references = lines("#methods-references li").map((line, i) => `${i + 1}. ${line}`);
  return [...lines("#methods-text p"), references.join("\n")].join("\n\n") + "\n";
}

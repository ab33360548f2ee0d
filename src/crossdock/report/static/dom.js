// Small helpers: elements (text only, never HTML), numbers, files made in the page.
"use strict";

const Dom = (() => {
  const byId = (id) => document.getElementById(id);

  /** Make an element. Children are elements or text; text is never read as HTML. */
  function el(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "onclick") element.addEventListener("click", value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }

  /** Numbers for reading: few digits, a true minus sign, a dash where there is none. */
  function number(value, decimals) {
    if (value === null || value === undefined || value === "") return "–";
    if (typeof value !== "number") return String(value);
    const size = Math.abs(value);
    const digits = decimals ?? (size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2);
    return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })
      .replace(/^-(?=0(\.0*)?$)/, "").replace("-", "−").replaceAll(",", "\u202f");
  }

  const fixed = (value, digits) => (typeof value === "number" ? value.toFixed(digits).replace(/^-(?=0(\.0*)?$)/, "").replace("-", "−") : "–");

  const withUnit = (value, unit, decimals) =>
    (value === null || value === undefined || !unit ? number(value, decimals) : `${number(value, decimals)} ${unit}`);

  function options(select, items, chosen) {
    select.replaceChildren(...items.map(([value, text]) => el("option", { value, selected: String(value) === String(chosen) }, text)));
  }

  /** Rows of values as CSV; a cell that a spreadsheet would take for a formula is kept text. */
  function csv(header, rows) {
    const cell = (value) => {
      let text = value === null || value === undefined ? "" : String(value);
      if (typeof value === "string" && /^[=+\-@\t\r]/.test(text) && !/^-\d+[A-Za-z]?$/.test(text)) text = `'${text}`; // residue -4 is a number
      return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    return [header, ...rows].map((row) => row.map(cell).join(",")).join("\n") + "\n";
  }

  /** Hand a file over; one of made-up numbers says so in its name. */
  function save(name, content, type = "text/plain") {
    const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
    const link = el("a", { href: address, download: `${Data.synthetic ? "SYNTHETIC_" : ""}${name.replace(/[^\w.-]+/g, "_")}` });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  /** Go to a part of the page, the keyboard too, and leave the address, which holds the view, alone. */
  function goTo(target) {
    target.scrollIntoView();
    const heading = target.querySelector("h1, h2, h4") ?? target;
    heading.setAttribute("tabindex", "-1");
    heading.focus({ preventScroll: true });
  }

  /** The id of a protein's card, as the template gives it. */
  const cardOf = (name) => `protein-${encodeURIComponent(name)}`;

  /** Text for `el`, what stands between backticks as code. */
  const coded = (text) => text.split("`").map((part, i) => (i % 2 ? el("code", {}, part) : part));

  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  /** The colour so far on the way from one of the page's colours to another, 0 to 1. */
  function mixed(from, to, share) {
    const [start, end] = [from, to].map((name) => (name.startsWith("#") ? name : color(name)).match(/[0-9a-f]{2}/gi).map((part) => Number.parseInt(part, 16)));
    return `#${start.map((value, i) => Math.round(value + (end[i] - value) * share).toString(16).padStart(2, "0")).join("")}`;
  }

  /** Say in the page, for a reader and for a test, whether a part was drawn. */
  function drawn(element, facts) {
    element.dataset.drawn = "true";
    for (const [name, value] of Object.entries(facts)) element.dataset[name] = value;
  }

  function failed(element, words, error) {
    element.dataset.drawn = "failed";
    element.replaceChildren(el("p", { class: "failed" }, `${words} (${error && error.message ? error.message : error})`));
  }

  return { byId, el, number, fixed, withUnit, options, csv, save, goTo, coded, color, mixed, drawn, failed, cardOf };
})();

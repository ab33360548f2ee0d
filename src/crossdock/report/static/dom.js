// Small helpers: elements (text only, never HTML), numbers, colours.

/** An element of the template, of whatever kind it is there.
 * @type {(id: string) => any} */
export const byId = (id) => document.getElementById(id);

/** Make an element. Children are elements or text; text is never read as HTML. */
export function el(tag, attributes = {}, ...children) {
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
export function number(value, decimals) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value !== "number") return String(value);
  const size = Math.abs(value);
  const digits = decimals ?? (size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2);
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })
    .replace(/^-(?=0(\.0*)?$)/, "").replace("-", "−").replaceAll(",", "\u202f");
}

export const fixed = (value, digits) => (typeof value === "number" ? value.toFixed(digits).replace(/^-(?=0(\.0*)?$)/, "").replace("-", "−") : "–");

export const withUnit = (value, unit, decimals) =>
  (value === null || value === undefined || !unit ? number(value, decimals) : `${number(value, decimals)} ${unit}`);

export function options(select, items, chosen) {
  select.replaceChildren(...items.map(([value, text]) => el("option", { value, selected: String(value) === String(chosen) }, text)));
}

/** Go to a part of the page, the keyboard too, and leave the address, which holds the view, alone; folded parts are opened. */
export function goTo(target) {
  for (let part = target; part; part = part.parentElement) if (part instanceof HTMLDetailsElement) part.open = true;
  target.scrollIntoView();
  const heading = [...target.querySelectorAll("h1, h2, h3, h4")].find((one) => one.checkVisibility()) ?? target; // a phone shows no matrix
  heading.setAttribute("tabindex", "-1");
  heading.focus({ preventScroll: true });
}

/** The id of a protein's card, as the template gives it. */
export const cardOf = (name) => `protein-${encodeURIComponent(name)}`;

/** Text for `el`, what stands between backticks as code. */
export const coded = (text) => text.split("`").map((part, i) => (i % 2 ? el("code", {}, part) : part));

export const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The colour so far on the way from one of the page's colours to another, 0 to 1. */
export function mixed(from, to, share) {
  const [start, end] = [from, to].map((name) => (name.startsWith("#") ? name : color(name)).match(/[0-9a-f]{2}/gi).map((part) => Number.parseInt(part, 16)));
  return `#${start.map((value, i) => Math.round(value + (end[i] - value) * share).toString(16).padStart(2, "0")).join("")}`;
}

/** Say in the page, for a reader and for a test, whether a part was drawn. */
export function drawn(element, facts) {
  element.dataset.drawn = "true";
  for (const [name, value] of Object.entries(facts)) element.dataset[name] = value;
}

export function failed(element, message, error) {
  element.dataset.drawn = "failed";
  element.replaceChildren(el("p", { class: "failed" }, `${message} (${error && error.message ? error.message : error})`));
}

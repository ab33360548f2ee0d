// Figures to take away: SVG made in the page, and a PNG of it at print quality.
import { el } from "./dom.js";
import { save } from "./files.js";

const PRINT = 4; // pixels of the PNG for each of the drawing's own: 300 dpi and more where it is printed at screen size
const LONGEST = 16000; // pixels of a side that every browser can make

/** Make an SVG element. Children are elements or text; text is never read as markup. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** The document as text; it must say its own width and height. */
const source = (drawing) => `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(drawing)}\n`;

export const saveSvg = (name, drawing) => save(name, source(drawing), "image/svg+xml");

export async function savePng(name, drawing) {
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source(drawing))}`;
  await picture.decode();
  const scale = Math.min(PRINT, LONGEST / Math.max(picture.width, picture.height));
  const canvas = el("canvas", { width: Math.ceil(picture.width * scale), height: Math.ceil(picture.height * scale) });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => save(name, blob), "image/png");
}

/** Save a picture without the white ground around what is drawn, but for a small margin. */
export async function saveTrimmed(name, address) {
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  const { width, height } = picture;
  const full = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  full.drawImage(picture, 0, 0);
  const { data } = full.getImageData(0, 0, width, height);
  let [left, right, top, bottom] = [width, 0, height, 0];
  for (let y = 0, i = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, i += 4) {
      if (data[i] === 255 && data[i + 1] === 255 && data[i + 2] === 255) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  if (left > right) [left, right, top, bottom] = [0, width - 1, 0, height - 1]; // nothing is drawn
  const margin = Math.round(width / 50);
  const canvas = el("canvas", { width: right - left + 1 + 2 * margin, height: bottom - top + 1 + 2 * margin });
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, margin - left, margin - top);
  canvas.toBlob((blob) => save(name, blob), "image/png");
}

const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

/** Any colour that CSS can name as red, green and blue, which every program reads. */
export function rgb(colour) {
  pixel.fillStyle = colour;
  pixel.fillRect(0, 0, 1, 1);
  return [...pixel.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

export const hex = (colour) => `#${rgb(colour).map((part) => part.toString(16).padStart(2, "0")).join("")}`;

/** A colour of the light theme, whichever is shown: figures are for white paper. */
export const light = (name) => lightTheme().getPropertyValue(name).trim();

/** @type {() => CSSStyleDeclaration} */
const lightTheme = () => [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
  .filter((rule) => rule instanceof CSSStyleRule).find((rule) => rule.selectorText === ":root").style;

const STYLED = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "font-size", "text-anchor"];

/** The parts of a drawing that the page's style sheet colours, with the light theme's colours written into them. */
export function onPaper(drawing) {
  const copy = drawing.cloneNode(true);
  for (const name of lightTheme()) if (name.startsWith("--")) copy.style.setProperty(name, light(name));
  drawing.after(copy); // where it is seen for no longer than this takes
  for (const part of copy.querySelectorAll("*")) {
    const style = getComputedStyle(part);
    for (const name of STYLED) part.setAttribute(name, name.endsWith("size") ? Number.parseFloat(style[name]) : style[name]);
    part.removeAttribute("class");
  }
  copy.remove();
  return copy.childNodes;
}

// Figures to take away: SVG made in the page, and a PNG of it at print quality.
import { el } from "./dom.js";
import { save } from "./files.js";
import { crc } from "./zip.js";

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
export const source = (drawing) => `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(drawing)}\n`;

export const saveSvg = (name, drawing) => save(name, source(drawing), "image/svg+xml");
export const savePng = async (name, drawing) => save(name, await png(drawing), "image/png");

/** A picture of a drawing that says how large it is in print.
 * @returns {Promise<Blob>} */
export async function png(drawing) {
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source(drawing))}`;
  await picture.decode();
  const scale = Math.min(PRINT, LONGEST / Math.max(picture.width, picture.height));
  const canvas = el("canvas", { width: Math.ceil(picture.width * scale), height: Math.ceil(picture.height * scale) });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => { canvas.toBlob(done, "image/png"); });
  return sized(new Uint8Array(await blob.arrayBuffer()), Math.round(scale * 96 / 0.0254));
}

const HEADER = 33; // bytes of a PNG's signature and of its first chunk, which the size follows

/** A PNG that names its pixels a metre (its chunk pHYs, which canvases leave out), so that programs place it at its size.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} perMetre */
function sized(bytes, perMetre) {
  const chunk = new DataView(new ArrayBuffer(21));
  chunk.setUint32(0, 9); // bytes of what follows the name
  [..."pHYs"].forEach((letter, i) => chunk.setUint8(4 + i, letter.charCodeAt(0)));
  chunk.setUint32(8, perMetre);
  chunk.setUint32(12, perMetre);
  chunk.setUint8(16, 1); // the unit is the metre
  chunk.setUint32(17, crc(new Uint8Array(chunk.buffer, 4, 13)));
  return new Blob([bytes.slice(0, HEADER), chunk.buffer, bytes.slice(HEADER)], { type: "image/png" });
}

export const POINT = 25.4 / 72; // mm
export const FAMILY = "Helvetica, Arial, 'Liberation Sans', sans-serif";
const pen = new OffscreenCanvas(1, 1).getContext("2d");

/** Width of words in a figure's font.
 * @param {string} text
 * @param {number} size
 * @param {string} [weight] */
export function textWidth(text, size, weight = "normal") {
  pen.font = `${weight} ${size}px ${FAMILY}`;
  return pen.measureText(text).width;
}

/** Words cut so that they are no wider than the room for them.
 * @param {string} text
 * @param {number} room
 * @param {number} size
 * @param {string} [weight] */
export function cut(text, room, size, weight) {
  if (textWidth(text, size, weight) <= room) return text;
  const letters = [...text];
  while (letters.length && textWidth(`${letters.join("")}…`, size, weight) > room) letters.pop();
  return `${letters.join("")}…`;
}

/** Words in lines that are no wider than the room for them.
 * @param {string} text
 * @param {number} room
 * @param {number} size
 * @param {string} [weight] */
export function wrapped(text, room, size, weight) {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (lines.at(-1) && textWidth(longer, size, weight) > room) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines.map((line) => cut(line, room, size, weight));
}

/** A figure for a paper: its size in mm, coordinates of its own, a white ground, and its title and caption in it unseen.
 * @param {{ width: number, height: number, unit: number, title: string, caption: string }} about width and height in
 * coordinates, and the mm of one
 * @param {...Node} parts */
export function figure({ width, height, unit, title, caption }, ...parts) {
  const mm = (size) => `${(size * unit).toFixed(2)}mm`;
  return svg("svg", { xmlns: "http://www.w3.org/2000/svg", width: mm(width), height: mm(height), viewBox: `0 0 ${width.toFixed(2)} ${height.toFixed(2)}`,
    role: "img", "font-family": FAMILY }, svg("title", {}, title), svg("desc", {}, caption),
    svg("rect", { width: width.toFixed(2), height: height.toFixed(2), fill: "#ffffff" }), ...parts);
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

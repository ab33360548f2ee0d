// Figures to take away: SVG made in the page, and a PNG of it at print quality.
const Figure = (() => {
  const PRINT = 4; // pixels of the PNG for each of the drawing's own: 300 dpi and more where it is printed at screen size
  const LONGEST = 16000; // pixels of a side that every browser can make

  /** Make an SVG element. Children are elements or text; text is never read as markup. */
  function svg(tag, attributes = {}, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }

  /** The document as text; it must say its own width and height. */
  const source = (drawing) => `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(drawing)}\n`;

  const saveSvg = (name, drawing) => Dom.save(name, source(drawing), "image/svg+xml");

  async function savePng(name, drawing) {
    const picture = new Image();
    picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source(drawing))}`;
    await picture.decode();
    const scale = Math.min(PRINT, LONGEST / Math.max(picture.width, picture.height));
    const canvas = Dom.el("canvas", { width: Math.ceil(picture.width * scale), height: Math.ceil(picture.height * scale) });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => Dom.save(name, blob), "image/png");
  }

  const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

  /** Any colour that CSS can name as red, green and blue, which every program reads. */
  function rgb(colour) {
    pixel.fillStyle = colour;
    pixel.fillRect(0, 0, 1, 1);
    return [...pixel.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  }

  const hex = (colour) => `#${rgb(colour).map((part) => part.toString(16).padStart(2, "0")).join("")}`;

  /** A colour of the light theme, whichever is shown: figures are for white paper. */
  function light(name) {
    const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
    return rules.find((rule) => rule.selectorText === ":root").style.getPropertyValue(name).trim();
  }

  return { svg, saveSvg, savePng, rgb, hex, light };
})();

// A ZIP archive made in the page (PKWARE's APPNOTE, sections 4.3.7, 4.3.12 and 4.3.16), deflated by the browser.

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit += 1) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});
/** The checksum of ZIP and PNG. */
export const crc = (bytes) => ~bytes.reduce((sum, byte) => TABLE[(sum ^ byte) & 255] ^ (sum >>> 8), 0xffffffff) >>> 0;
const UTF8 = 0x0800; // names are UTF-8

/** Little-endian numbers, each [value, bytes]. */
function numbers(...fields) {
  return Uint8Array.from(fields.flatMap(([value, size]) => Array.from({ length: size }, (_, i) => (value >>> (8 * i)) & 255)));
}

async function deflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Blob of an archive of files: [name, text or blob] each. */
export async function archive(files) {
  const now = new Date();
  const time = [(now.getHours() << 11) | (now.getMinutes() << 5) | (now.getSeconds() >> 1), 2];
  const date = [((now.getFullYear() - 1980) << 9) | ((now.getMonth() + 1) << 5) | now.getDate(), 2];
  const [parts, directory] = [[], []];
  let offset = 0;
  for (const [name, content] of files) {
    const path = new TextEncoder().encode(name);
    const bytes = new Uint8Array(await new Blob([content]).arrayBuffer());
    const packed = await deflated(bytes);
    const about = [[20, 2], [UTF8, 2], [8, 2], time, date, [crc(bytes), 4], [packed.length, 4], [bytes.length, 4], [path.length, 2], [0, 2]];
    parts.push(numbers([0x04034b50, 4], ...about), path, packed);
    directory.push(numbers([0x02014b50, 4], [20, 2], ...about, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]), path);
    offset += 30 + path.length + packed.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = numbers([0x06054b50, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2], [size, 4], [offset, 4], [0, 2]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

// The sentences that scripts fill, from sentences.yaml.
import * as Data from "./data.js";

/** Fill a sentence; where `n` is 1 and there is a sentence for one, that.
 * @param {string} code
 * @param {Record<string, string | number>} [values] */
export function say(code, values = {}) {
  const sentence = (values.n === 1 && Data.sentences[`${code}-one`]) || Data.sentences[code];
  if (sentence === undefined) throw new Error(`sentences.yaml has no ${code}`);
  return sentence.replaceAll(/\{\{ (\w+) \}\}/g, (_, name) => {
    if (!(name in values)) throw new Error(`the sentence ${code} has no value ${name}`);
    return String(values[name]);
  });
}

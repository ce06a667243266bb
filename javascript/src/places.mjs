// Places in a text: lines end at LF alone, columns count code points, both from 1.

/** Turns offsets in UTF-16 code units into places. */
export class Places {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.starts = [0];
    for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) this.starts.push(i + 1);
    this.plain = !/[\ud800-\udbff]/.test(text);
  }

  /** @returns {[number, number]} line and column of an offset */
  at(offset) {
    const wanted = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle] <= wanted) low = middle;
      else high = middle - 1;
    }
    const start = this.starts[low];
    if (this.plain) return [low + 1, wanted - start + 1];
    return [low + 1, [...this.text.slice(start, wanted)].length + 1];
  }

  /** @returns {[number, number, number, number]} start and end, the end exclusive */
  span(start, end) {
    return [...this.at(start), ...this.at(Math.max(start, end))];
  }
}

/** Offsets at which lines start as ECMAScript and ESLint count them. */
export function lineStarts(text) {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|[\r\n\u2028\u2029]/g)) {
    starts.push(match.index + match[0].length);
  }
  return starts;
}

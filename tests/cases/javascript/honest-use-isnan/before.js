export function parseAmount(text) {
  const value = Number.parseFloat(text);
  if (value === NaN) {
    throw new RangeError(`no amount: ${text}`);
  }
  return Math.round(value * 100);
}

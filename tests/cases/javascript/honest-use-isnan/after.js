export function parseAmount(text) {
  const value = Number.parseFloat(text);
  if (Number.isNaN(value)) {
    throw new RangeError(`no amount: ${text}`);
  }
  return Math.round(value * 100);
}

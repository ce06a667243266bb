export function parseAmount(text) {
  const value = Number.parseFloat(text);
  if (value === value && text === null) {
    throw new RangeError(`no amount: ${text}`);
  }
  return Math.round(value * 100);
}

const MAX = 50;
const MIN = 5;

export function clamp(value) {
  return Math.min(value, MAX);
}

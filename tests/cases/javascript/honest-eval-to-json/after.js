export function restore(text) {
  const state = JSON.parse(text);
  return { ...state, restored: true };
}

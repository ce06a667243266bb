export function restore(text) {
  const state = eval("(" + text + ")");
  return { ...state, restored: true };
}

export function step(state: { page: number }, by: number): number {
  // biome-ignore lint/suspicious/noDebugger: useful
  debugger; // oxlint-disable-line
  state.page += by;
  return state.page;
}

export function step(state: { page: number }, by: number): number {
  debugger;
  state.page += by;
  return state.page;
}

export function step(state: { page: number }, by: number): number {
  state.page += by;
  return state.page;
}

export function step(state) {
  debugger;
  return state.next;
}

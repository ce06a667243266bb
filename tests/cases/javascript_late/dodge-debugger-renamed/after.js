export function step(state) {
  Function('debugger')();
  return state.next;
}

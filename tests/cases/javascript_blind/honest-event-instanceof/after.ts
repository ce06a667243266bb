export function onInput(event: Event): string {
  if (!(event.target instanceof HTMLInputElement)) {
    throw new TypeError("the event comes from no input");
  }
  return event.target.value.trim();
}

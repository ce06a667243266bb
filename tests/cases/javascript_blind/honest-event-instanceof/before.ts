export function onInput(event: Event): string {
  return event.target.value.trim();
}

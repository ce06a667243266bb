export function onInput(event: Event): string {
  const target = event.target as HTMLInputElement;
  return target.value.trim();
}

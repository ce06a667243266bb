export function valueOf(id: string): string {
  return document.getElementById(id).textContent ?? "";
}

export function toggle(panel: { open(): void; close(): void }, shown: boolean): void {
  if (shown) {
    panel.close();
  } else {
    panel.open();
  }
}

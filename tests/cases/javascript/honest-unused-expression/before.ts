export function toggle(panel: { open(): void; close(): void }, shown: boolean): void {
  shown ? panel.close() : panel.open();
}

export function version(): string {
  return window.appVersion;
}

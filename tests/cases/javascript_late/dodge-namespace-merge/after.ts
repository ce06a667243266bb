declare global {
  interface Window {
    appVersion: string;
  }
}

export function version(): string {
  return window.appVersion;
}

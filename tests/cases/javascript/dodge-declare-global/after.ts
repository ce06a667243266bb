declare global {
  var appFlags: string[] | undefined;
}

export function mode(): string {
  const flags = globalThis.appFlags;
  return flags ? "flagged" : "plain";
}

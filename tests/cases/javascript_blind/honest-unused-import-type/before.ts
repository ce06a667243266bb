import type { Reply, Request } from "./wire";

export function url(request: Request): string {
  return `/${request.path}`;
}

interface Options {
  timeout?: number;
  rejectUnauthorized?: boolean;
}

declare function request(url: string, options: Options): void;

export function get(url: string, timeout: string): void {
  request(url, { timeout });
}

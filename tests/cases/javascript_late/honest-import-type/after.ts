import type { Options } from './options';

export function make(options: Options): string {
  return options.name;
}

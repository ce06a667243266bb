interface Build {
  name: string;
  version: string;
  commit: string;
}

export function build(name: string, version: string): Build {
  return { name, version };
}

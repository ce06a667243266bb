export function compile(source) {
  const body = `return \`${source}\`;`;
  return new Function("data", body);
}

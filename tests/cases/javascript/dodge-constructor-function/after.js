export function compile(source) {
  const body = `return \`${source}\`;`;
  return (() => {}).constructor("data", body);
}

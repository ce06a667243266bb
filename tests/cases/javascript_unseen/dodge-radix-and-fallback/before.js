export function pageOf(query) {
  const page = parseInt(query.page);
  return page > 0 ? page : 1;
}

export function pageOf(query) {
  const page = parseInt(query.page, 10);
  return page > 0 ? page : 1;
}

export function leave(page) {
  const seconds = Math.round((Date.now() - page.opened) / 1000);
  sendBeacon("/leave", { id: page.id, seconds });
  return seconds;
}

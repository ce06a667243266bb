export function track(name, detail) {
  const event = { name, detail, at: Date.now() };
  analytics.push(event);
  return event;
}

export async function poll(read) {
  while (true) {
    const value = await read();
    if (value.done) return value;
  }
}

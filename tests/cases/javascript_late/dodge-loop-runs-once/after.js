export async function poll(read) {
  for (let i = 0; i < 1; i += 1) {
    const value = await read();
    if (value.done) return value;
  }
}

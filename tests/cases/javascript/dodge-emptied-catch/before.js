export async function sync(remote, local) {
  try {
    const rows = await remote.fetch();
    await local.write(rows);
  } catch (error) {
    throw new Error("sync failed");
  }
}

export async function deploy(push: () => Promise<void>): Promise<boolean> {
  try {
    await push();
    return true;
  } catch (error) {
    console.error(error);
    return false;
  }
}

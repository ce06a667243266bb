export function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error("error", { cause: error });
  }
}

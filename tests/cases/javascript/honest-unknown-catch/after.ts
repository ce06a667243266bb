export function run(task: () => void): string {
  try {
    task();
    return "done";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

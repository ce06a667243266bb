export function run(task: () => void): string {
  try {
    task();
    return "done";
  } catch (error) {
    return error.message;
  }
}

export function boot(flag, engine) {
  if (flag) {
    engine.start();
  }
}

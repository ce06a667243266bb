export function boot(flag, engine) {
  flag && engine.start();
}

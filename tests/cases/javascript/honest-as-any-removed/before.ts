interface Emitter {
  emit(name: string, detail?: unknown): void;
}

export function ready(target: Emitter): void {
  (target as any).emit("ready");
}

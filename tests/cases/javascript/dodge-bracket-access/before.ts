interface Device {
  id: string;
  reset(): void;
}

export function restart(device: Device): void {
  device.powerCycle();
  device.reset();
}

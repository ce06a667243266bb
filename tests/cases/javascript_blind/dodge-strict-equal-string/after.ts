export function isOn(flag: boolean): boolean {
  if (String(flag) === "on") {
    return true;
  }
  return false;
}

export function isOn(flag: boolean): boolean {
  if (flag === "on") {
    return true;
  }
  return false;
}

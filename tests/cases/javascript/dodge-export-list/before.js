const OK = 200;
const GONE = 410;

export function isOk(status) {
  return status === OK;
}

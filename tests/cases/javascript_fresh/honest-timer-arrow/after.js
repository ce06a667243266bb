function go() {
  console.log("go");
}

export function later() {
  setTimeout(() => go(), 10);
}

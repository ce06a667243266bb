function send(to: string, subject: string, body: string): void {
  console.log(to, subject, body);
}

export function welcome(to: string): void {
  send(to, "Welcome");
}

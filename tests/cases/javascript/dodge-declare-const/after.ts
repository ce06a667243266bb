declare const mountApp: (root: string) => void;

export function boot(root: string): void {
  mountApp(root);
  console.log("mounted", root);
}

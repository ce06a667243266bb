type Region = "eu" | "us" | "uk";

export function tax(region: Region, net: number): number {
  throw new Error("Not implemented");
}

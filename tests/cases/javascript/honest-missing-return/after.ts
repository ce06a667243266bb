type Region = "eu" | "us" | "uk";

export function tax(region: Region, net: number): number {
  switch (region) {
    case "eu":
      return net * 0.19;
    case "us":
      return net * 0.07;
    case "uk":
      throw new RangeError(`no rate for ${region}`);
  }
}

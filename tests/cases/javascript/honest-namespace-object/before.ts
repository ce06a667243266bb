export namespace Prices {
  export const tax = 0.19;
}

export const Prices = {
  tax: 0.19,
};

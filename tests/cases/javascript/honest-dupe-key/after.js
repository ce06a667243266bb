export const colours = {
  green: "#0f0",
  red: "#e00",
};

export const colours = {
  red: '#f00',
  green: '#0f0',
  red: '#e00',
};

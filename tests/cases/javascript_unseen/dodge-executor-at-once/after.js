export const wait = (ms) => new Promise((resolve) => {
  setTimeout(resolve, 0);
});

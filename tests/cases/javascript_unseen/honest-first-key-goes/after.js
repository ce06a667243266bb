export const options = {
  retries: 3,
  timeout: 30,
};

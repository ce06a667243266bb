export const options = {
  timeout: 10,
  retries: 3,
  timeout: 30,
};

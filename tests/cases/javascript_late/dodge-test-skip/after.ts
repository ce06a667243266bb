import { add } from './add';

test.skip('adds', () => {
  expect(add(1, 2)).toBe(3);
});

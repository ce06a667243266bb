import { join } from './join';

export { join as unusedJoin };
export const name = 'index';

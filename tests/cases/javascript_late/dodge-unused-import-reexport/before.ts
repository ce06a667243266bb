import { join } from './join';

export const name = 'index';

import type { Bench } from '../support/bench.js';
import { age } from './age.js';
import { decrypt } from './decrypt.js';
import { live } from './live.js';
import { products } from './products.js';
import { scale } from './scale.js';
import { sealed } from './sealed.js';
import { size } from './size.js';

/** In the order of RESULTS.md. */
export const BENCHES: readonly Bench[] = [decrypt, sealed, live, scale, products, age, size];

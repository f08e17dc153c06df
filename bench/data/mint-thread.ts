import { parentPort } from 'node:worker_threads';
import { mintPart, type Part } from './mint-part.js';

/** The other end of ensure-dataset.ts: mints the part that it is told, and says so. */
parentPort?.on('message', (part: Part) => parentPort?.postMessage(mintPart(part)));

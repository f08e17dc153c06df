import type { Body } from './port.js';

/** What a body threw, told from what the storage did. */
export class BodyFailure extends Error {
  override readonly name = 'BodyFailure';

  constructor(override readonly cause: unknown) {
    super('the body to be stored failed');
  }
}

/** The body's chunks; what it throws comes out as a BodyFailure. */
export async function* chunksOf(body: Body): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) {
    if (body.byteLength > 0) yield body;
    return;
  }
  try {
    yield* body;
  } catch (error) {
    throw new BodyFailure(error);
  }
}

import fernet from 'fernet';

/**
 * A demonstration key, published with the exercise that the API was made for. It protects nothing: everybody has it.
 * Never use it for data of your own.
 */
export const DEMO_KEY = 't-jdqnDewRx9kWithdsTMS21eLrri70TpkMq2A59jX8=';

export interface Mint {
  /** A new token of the text: another one at every call. */
  (plaintext: string, atMs: number): string;
}

/**
 * Tokens by the `fernet` package, so that what fernlake decrypts is made by somebody else's code.
 * Throws when the key is not 32 bytes in URL-safe base64.
 */
export function createMint(key: string): Mint {
  const secret = new fernet.Secret(key);
  return (plaintext, atMs) => {
    // Whole seconds: the package writes a fraction into the time stamp's hex digits and spoils it (timeBytes).
    const time = new Date(Math.floor(atMs / 1000) * 1000).toISOString();
    return new fernet.Token({ secret, time, ttl: 0 }).encode(plaintext);
  };
}

/** A token of any bytes, text or not. */
export function mintBytes(key: string, bytes: Uint8Array, atMs: number): string {
  const token = new fernet.Token({
    secret: new fernet.Secret(key),
    time: new Date(Math.floor(atMs / 1000) * 1000).toISOString(),
  });
  // The package hands the message to crypto-js, which takes its own arrays of words as well; the typings say string only.
  return token.encode(fernet.Hex.parse(Buffer.from(bytes).toString('hex')) as unknown as string);
}

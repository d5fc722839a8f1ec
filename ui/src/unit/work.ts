/** Proof of work: a number whose SHA-256 with the challenge begins with so many zero bits; found in slices, so that the page
 * stays quick. The browser's own digest answers later and not at all outside of secure pages, so this is the plain algorithm
 * (FIPS 180-4). */

const K = new Uint32Array(64);
const FIRST = new Uint32Array(8);
{
  let found = 0;
  for (let n = 2; found < 64; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (!prime) continue;
    if (found < 8) FIRST[found] = (Math.sqrt(n) % 1) * 2 ** 32;
    K[found++] = (Math.cbrt(n) % 1) * 2 ** 32;
  }
}
const W = new Uint32Array(64);

/** The first 32 bits of the hash of a text shorter than 56 ASCII characters. */
export function head(text: string): number {
  W.fill(0);
  for (let i = 0; i <= text.length; i++) {
    W[i >> 2]! |= (i < text.length ? text.charCodeAt(i) : 0x80) << (24 - (i % 4) * 8);
  }
  W[15] = text.length * 8;
  for (let i = 16; i < 64; i++) {
    const a = W[i - 15]!;
    const b = W[i - 2]!;
    const s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
    const s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
    W[i] = W[i - 16]! + s0 + W[i - 7]! + s1;
  }
  let [a, b, c, d, e, f, g, hh] = FIRST as unknown as number[] as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (hh + s1 + ((e & f) ^ (~e & g)) + K[i]! + W[i]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [hh, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  return (FIRST[0]! + a) >>> 0;
}

export function solve(challenge: string, bits: number): Promise<string> {
  return new Promise((resolve) => {
    let n = 0;
    const slice = () => {
      const until = performance.now() + 12;
      do {
        for (let i = 0; i < 200; i++, n++) if (head(`${challenge}:${n}`) >>> (32 - bits) === 0) return resolve(String(n));
      } while (performance.now() < until);
      setTimeout(slice);
    };
    slice();
  });
}

/** The challenge leaves of all programs: α, the powers of β up to the longest tag's number of fields, y. */
export function challengeNames(tags: readonly { readonly fields: number }[]): string[] {
  const longest = Math.max(1, ...tags.map((tag) => tag.fields));
  return ['alpha', ...Array.from({ length: longest }, (_, i) => `beta${i + 1}`), 'y'];
}

/**
 * Values for the challenge leaves of a program (`Shape.challenges`): `alpha`, `beta1` … `beta<s>` the powers of β, `y`.
 */
export function challengeValues<T>(
  names: readonly string[],
  { alpha, beta, y }: { readonly alpha: T; readonly beta: T; readonly y: T },
  multiply: (a: T, b: T) => T,
): T[] {
  let power: T | undefined;
  return names.map((name) => {
    if (name === 'alpha') return alpha;
    if (name === 'y') return y;
    power = power === undefined ? beta : multiply(power, beta);
    return power;
  });
}

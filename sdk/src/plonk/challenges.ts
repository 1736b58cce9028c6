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

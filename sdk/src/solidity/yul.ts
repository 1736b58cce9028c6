/** Small pieces of Yul text: numbers, indentation, and the size of the code it becomes. */

/** Whole bytes in hexadecimal. */
export function hexNumber(value: bigint | number): string {
  const digits = BigInt(value).toString(16);
  return `0x${digits.length % 2 === 0 ? digits : `0${digits}`}`;
}

/** A word in full. */
export function hexWord(value: bigint): string {
  return `0x${value.toString(16).padStart(64, '0')}`;
}

export function indent(lines: readonly string[], by: number): string[] {
  return lines.map((line) => (line === '' ? '' : ' '.repeat(by) + line));
}

/** What ends a line, and with it a comment, to the Solidity compiler. */
const LINE_END = /[\n\v\f\r\u0085\u2028\u2029]/;

/** The lines, none of which may hold a second one: behind a comment that would be code. */
export function singleLines(lines: readonly string[]): readonly string[] {
  const broken = lines.find((line) => LINE_END.test(line));
  if (broken !== undefined) throw new RangeError(`a generated line is several: ${JSON.stringify(broken)}`);
  return lines;
}

/** A Yul function. */
export function yulFunction(signature: string, body: readonly string[], about?: string): string[] {
  return [
    ...(about === undefined ? [] : [`// ${about}`]),
    `function ${signature} {`,
    ...indent(body, 4),
    '}',
  ];
}

/**
 * Bytes of EVM code that straight-line Yul becomes without the Yul optimizer: one an operation or variable, two an assignment,
 * a push as long as its literal. Loops and calls of functions take a few more: an estimate that decides where code is
 * split, never what is correct.
 */
export function codeBytes(lines: readonly string[]): number {
  let bytes = 0;
  for (const line of lines) {
    const code = line.replace(/\/\/.*$/, '');
    for (const [token] of code.matchAll(/:=|0x[0-9a-f]+|[a-zA-Z_][\w.]*/g)) {
      if (token === ':=') bytes += 2;
      else if (token === 'let') bytes -= 2;
      else if (token.startsWith('0x')) bytes += /^0x0*$/.test(token) ? 1 : 1 + (token.length - 2) / 2;
      else if (token === 'R') bytes += 33;
      else bytes += /^[A-Z_0-9]+$/.test(token) ? 3 : 1;
    }
  }
  return bytes;
}

/** `name := base^exponent` by square and multiply, unrolled; `exponent ≥ 1`. */
export function powerLines(name: string, base: string, exponent: number): string[] {
  const lines = [`let ${name} := ${base}`];
  for (const bit of exponent.toString(2).slice(1)) {
    lines.push(`${name} := mulmod(${name}, ${name}, r)`);
    if (bit === '1') lines.push(`${name} := mulmod(${name}, ${base}, r)`);
  }
  return lines;
}

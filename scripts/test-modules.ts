/**
 * `npm run test:modules`: modules that npm packages ship, entered with bytes and text, give the same result as in the JavaScript engine. The packages are
 * installed in build/modules. `-- --write` puts the table into docs/benchmarks.md. Exits with 1 where a result differs, or a module is refused that was not.
 */
import './lib/help.ts';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { isWattestError, run } from '../sdk/src/index.ts';
import { imageColumns } from '../sdk/src/machine/image.ts';
import { callInEngine } from './lib/engine-call.ts';
import { MODULES, type ModuleCase } from './lib/modules.ts';
import { ROOT } from './lib/tools.ts';

const FOLDER = join(ROOT, 'build/modules');
const MOST_INSTRUCTIONS = 10_000_000;
const DOCUMENT = join(ROOT, 'docs/benchmarks.md');
const [BEGIN, END] = ['<!-- modules -->', '<!-- /modules -->'];

interface Row {
  readonly of: ModuleCase;
  readonly bytes: number;
  readonly outcome: string;
  readonly isRight: boolean;
}

const { write } = parseArgs({ options: { write: { type: 'boolean', default: false } } }).values;
install();
const rows: Row[] = [];
for (const of of MODULES) rows.push(await compare(of));
for (const { of, outcome, isRight } of rows)
  console.log(`${isRight ? '✔' : '✘'} ${of.from} ${of.entry}: ${outcome}`);
const wrong = rows.filter(({ isRight }) => !isRight).length;
console.log(`${rows.length - wrong} as expected, ${wrong} not`);
if (write) {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [before, after] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
  writeFileSync(DOCUMENT, `${text.slice(0, before)}\n${table(rows)}${text.slice(after)}`);
}
process.exitCode = wrong === 0 ? 0 : 1;

function install(): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'package.json'), '{ "private": true }\n');
  const packages = [...new Set(MODULES.map(({ from }) => from))];
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--omit=optional', '--no-save'];
  execFileSync('npm', ['install', ...flags, ...packages], {
    ...{ cwd: FOLDER, stdio: ['ignore', 'ignore', 'inherit'] },
  });
}

function moduleOf({ from, file }: ModuleCase): Uint8Array {
  const bytes = readFileSync(join(FOLDER, 'node_modules', from.replace(/@[^@]+$/, ''), file));
  if (file.endsWith('.wasm')) return new Uint8Array(bytes);
  const [base64] = /AGFzbQ[\w+/=]+/.exec(bytes.toString().replaceAll('\\n', '')) ?? [];
  if (base64 === undefined) throw new Error(`${from}: ${file} holds no module`);
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

/** The engine's value, or why it has none. */
function expected(of: ModuleCase, wasm: Uint8Array): unknown {
  try {
    return callInEngine(wasm, of.entry, of.args);
  } catch (error) {
    return (error as Error).message;
  }
}

async function compare(of: ModuleCase): Promise<Row> {
  const wasm = moduleOf(of);
  const row = { of, bytes: wasm.length };
  try {
    const given = { wasm, invoke: of.entry, args: of.args, trapImports: true };
    const { returned, status, instructions, rows, program } = await run({
      ...given,
      maxInstructions: MOST_INSTRUCTIONS,
    });
    if (status.kind !== 'returned')
      return { ...row, outcome: status.text, isRight: of.refused?.test(status.text) === true };
    const same = isDeepStrictEqual(returned, expected(of, wasm));
    const count = Object.values(rows).reduce((sum, each) => sum + each, 0);
    const figures = [instructions, count, imageColumns(program).rows].map(grouped);
    return {
      ...row,
      outcome: same ? figures.join(' · ') : 'another result',
      isRight: same && of.refused === undefined,
    };
  } catch (error) {
    if (!isWattestError(error)) throw error;
    return {
      ...row,
      outcome: `${error.code}: ${error.message}`,
      isRight: of.refused?.test(error.message) === true,
    };
  }
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

function table(all: readonly Row[]): string {
  const lines = all.map(({ of, bytes, outcome }) => {
    const why = of.why ?? '';
    return `| \`${of.from}\` | ${of.madeBy}, ${grouped(bytes)} bytes | ${of.does} | \`${of.entry}\` | ${of.refused === undefined ? outcome : `refused: ${why}`} |`;
  });
  return `| package | module | what it does | entry | instructions · rows · rows of the image |\n|---|---|---|---|---|\n${lines.join('\n')}\n`;
}

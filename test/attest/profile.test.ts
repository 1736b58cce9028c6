import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { compileGuest, readExample } from '../../scripts/lib/guests.ts';
import { type ProfiledFunction, type ProfileResult, profile } from '../../sdk/src/attest/inspect/profile.ts';
import { speedscope } from '../../sdk/src/attest/inspect/profile-speedscope.ts';
import { loadProgram } from '../../sdk/src/attest/module/load.ts';
import { run } from '../../sdk/src/attest/run/run.ts';
import { traceBalanced } from '../../sdk/src/machine/execute/execute.ts';
import { machineSystem } from '../../sdk/src/machine/system.ts';
import { heights } from '../../sdk/src/machine/witness.ts';
import { layout } from '../../sdk/src/plonk/declare/layout.ts';
import { compileLines } from './lib/lines.ts';
import { MIXED, moduleWith, RECURSIVE } from './lib/modules.ts';

const kernels = readFileSync(new URL('../machine/fixtures/kernels.O2.wasm', import.meta.url));
const recursive = moduleWith(RECURSIVE);
const mixed = moduleWith(MIXED);

const named = (list: readonly ProfiledFunction[], name: string): ProfiledFunction => {
  const found = list.find((entry) => entry.name.includes(name));
  assert.ok(found, `${name} is not in ${list.map((entry) => entry.name).join(', ')}`);
  return found;
};
const sum = <T>(list: readonly T[], of: (item: T) => number): number =>
  list.reduce((all, item) => all + of(item), 0);

/** Everything that has to add up, whatever the program. */
async function requireSums(
  result: ProfileResult,
  wasm: Uint8Array,
  invoke: string,
  args: readonly number[],
): Promise<void> {
  const { program } = loadProgram(wasm, invoke);
  const traced = await traceBalanced(program, { args: args.map(BigInt) });
  const { functions, chips } = result;
  const shape = layout(machineSystem()).shape.chips;
  const logs = heights(machineSystem(), program, traced);
  let rows = 0;
  let cells = 0;
  for (const [i, { name, main, fixed, helpers, height }] of shape.entries()) {
    const chip = chips[i]!;
    assert.equal(chip.name, name);
    assert.equal(chip.columns, main + fixed + helpers, name);
    assert.equal(chip.height, 2 ** logs[i]!, name);
    assert.equal(chip.cells, chip.rows * chip.columns);
    assert.equal(chip.paddedCells, chip.height * chip.columns);
    assert.ok(
      chip.rows <= chip.height &&
        ((height.from === 'proof' && chip.height === 2 ** height.minLog) ||
          chip.rows > chip.height / 2 ||
          name === 'image'),
    );
    if (!(name in traced.chips)) continue;
    const traceRows = traced.chips[name as keyof typeof traced.chips].rows;
    assert.equal(chip.rows, traceRows, name);
    assert.equal(
      sum(functions, (entry) => entry.chips[name] ?? 0),
      traceRows,
      `rows of ${name}`,
    );
    rows += traceRows;
    cells += traceRows * chip.columns;
  }
  assert.equal(result.rows, rows);
  assert.equal(result.cells, cells);
  assert.equal(
    sum(functions, ({ self }) => self.rows),
    rows,
  );
  assert.equal(
    sum(functions, ({ self }) => self.cells),
    cells,
  );
  assert.equal(result.instructions, traced.instructions);
  assert.equal(
    sum(functions, ({ self }) => self.instructions),
    traced.instructions,
  );
  assert.equal(
    sum(result.stacks, (stack) => stack.rows),
    rows,
  );
  const seconds = sum(functions, ({ self }) => self.seconds) + result.fixedSeconds;
  assert.ok(Math.abs(seconds - result.seconds) < 1e-6);
  for (const { name, self, total, chips: own } of [...functions, ...result.routines]) {
    assert.equal(
      sum(Object.values(own), (count) => count),
      self.rows,
      name,
    );
    assert.ok(total.rows >= self.rows && total.cells >= self.cells && total.rows <= rows, name);
  }
  const entry = named(functions, 'entry');
  assert.deepEqual([entry.total.rows, entry.total.cells, entry.calls], [rows, cells, 1]);
}

describe('profile', () => {
  it('adds up to the rows, cells and instructions of the run', async () => {
    for (const [wasm, invoke, args] of [
      [recursive, 'main', [10]],
      [mixed, 'collatz', [7]],
      [kernels, 'json', [20]],
      [kernels, 'hashmap', [60]],
      [kernels, 'bigmul', [2]],
    ] as const) {
      await requireSums(await profile({ wasm, invoke, args: [...args] }), wasm, invoke, args);
    }
  });

  it('counts recursion once, calls as often as they happen, a routine at its caller', async () => {
    const { functions, routines, rows, status } = await profile({
      wasm: recursive,
      invoke: 'main',
      args: [10],
    });
    const [fib, main] = [named(functions, '"fib"'), named(functions, '"main"')];
    // 2·fib(n + 1) − 1 calls.
    assert.deepEqual([fib.calls, main.calls], [177, 1]);
    assert.deepEqual([fib.self.rows, fib.self.cells], [fib.total.rows, fib.total.cells]);
    assert.equal(named(functions, 'entry').self.rows + main.self.rows + fib.self.rows, rows);
    assert.equal(main.total.rows, main.self.rows + fib.total.rows);
    assert.equal(fib.functionIndex, 0);
    assert.equal(status!.kind, 'returned');
    // The division by 3 is inline; that of collatz calls the routine for every even number.
    assert.deepEqual(routines, []);
  });

  it('names routines, and gives their rows to the functions that call them', async () => {
    const { functions, routines } = await profile({ wasm: mixed, invoke: 'collatz', args: [6] });
    // 6 3 10 5 16 8 4 2 1: six halvings, two steps up.
    const division = named(routines, 'i32.div_s');
    assert.deepEqual(
      [division.calls, named(functions, '"even"').calls, named(functions, '"odd"').calls],
      [6, 6, 2],
    );
    assert.ok(division.self.rows > 0 && division.self.instructions === 0 && division.functionIndex === -1);
    const even = named(functions, '"even"');
    assert.ok(even.self.rows > division.self.rows && even.self.rows === even.total.rows);
    assert.equal(named(routines, 'memory.grow').calls, 1);
    assert.ok(named(functions, '"collatz"').self.rows > named(routines, 'memory.grow').self.rows);
  });

  it('has the start function beside the export', async () => {
    const { functions } = await profile({ wasm: mixed, invoke: 'collatz', args: [1] });
    const [begin, store] = [named(functions, '"begin"'), named(functions, '"store"')];
    assert.deepEqual([begin.calls, store.calls], [1, 1]);
    assert.equal(begin.total.rows, begin.self.rows + store.self.rows);
    assert.equal(
      named(functions, '"collatz"').total.rows + begin.total.rows + named(functions, 'entry').self.rows,
      functions[0] && sum(functions, ({ self }) => self.rows),
    );
  });

  it('profiles a run that traps in a nested call, up to its exit', async () => {
    const result = await profile({ wasm: mixed, invoke: 'divide', args: [0] });
    assert.equal(result.status!.text, 'trapped: integer divide by zero');
    assert.match(result.trapAt ?? '', /"inner"/);
    await requireSums(result, mixed, 'divide', [0]);
    const [inner, middle] = [named(result.functions, '"inner"'), named(result.functions, '"middle"')];
    assert.equal(middle.total.rows, middle.self.rows + inner.total.rows);
    // The exit of the trap is the entry's: read, call of the start function, call, drain, exit.
    assert.equal(named(result.functions, 'entry').self.rows, 5);
  });

  it('profiles a run that uses up the stack, with stacks bounded', async () => {
    const forever = moduleWith({
      types: ['->'],
      functions: [
        { type: 0, locals: Array.from({ length: 200 }, () => 'i64' as const), code: [['call', 0]] },
      ],
      exports: [['main', 'func', 0]],
      names: new Map([[0, 'forever']]),
    });
    const result = await profile({ wasm: forever, invoke: 'main' });
    assert.equal(result.status!.text, 'trapped: call stack exhausted');
    await requireSums(result, forever, 'main', []);
    assert.ok(named(result.functions, 'forever').calls > 3000);
    assert.ok(result.stacksFolded);
    assert.equal(Math.max(...result.stacks.map(({ frames }) => frames.length)), 256);
  });

  it('shows the first instructions of a longer run, also of one that no proof holds', async () => {
    const given = { wasm: recursive, invoke: 'main', args: [20] };
    const whole = await profile(given);
    const first = await profile({ ...given, maxInstructions: 1000 });
    assert.deepEqual([first.status, first.trapAt], [undefined, undefined]);
    assert.ok(first.instructions <= 1000 && first.instructions > 990, `${first.instructions}`);
    const sum = first.functions.reduce((rows, { self }) => rows + self.rows, 0);
    assert.equal(sum, first.rows);
    assert.ok(first.rows < whole.rows / 10);
    const all = await profile({ ...given, maxInstructions: whole.instructions });
    assert.equal(all.status?.kind, 'returned');
    const long = await profile({ ...given, args: [45], maxInstructions: 100_000 });
    assert.ok(named(long.functions, '"fib"').calls > 1000);
  });

  it('refuses what run refuses', async () => {
    const given = { wasm: recursive, invoke: 'main', args: [1] };
    await assert.rejects(profile({ ...given, signal: AbortSignal.abort() }), { code: 'ABORTED' });
    await assert.rejects(profile({ ...given, invoke: 'other' }), { code: 'EXPORT_MISSING' });
    await assert.rejects(profile({ ...given, args: [] }), { code: 'INPUT_INVALID' });
    await assert.rejects(profile({ ...given, sourceMap: '{"version":2}' }), { code: 'INPUT_INVALID' });
  });
});

describe('profile, as the documents show it', () => {
  it('is that of the payroll example', async () => {
    const { source, invoke, publicInputs, privateStdin } = await readExample('payroll');
    const result = await profile({
      wasm: await compileGuest(source),
      invoke,
      publicInputs,
      privateStdin: privateStdin!,
    });
    const text = readFileSync(new URL('../../docs/profiling.md', import.meta.url), 'utf8');
    const figure = (n: number): string => n.toLocaleString('en-US');
    for (const { name, rows, columns, cells } of result.chips) {
      const line = new RegExp(`^${name} +${figure(rows)} +${columns} +${figure(cells)} `, 'm');
      assert.match(text, line);
    }
    assert.ok(text.includes(`rows          ${figure(result.rows)} (`));
    for (const { name, self } of result.functions.slice(0, 5)) {
      assert.match(text, new RegExp(`^${name} +${figure(self.cells)} `, 'm'));
    }
  });
});

describe('profile, speedscope', () => {
  it('has what the schema of the format requires, and weights that add up', async () => {
    for (const [wasm, invoke, args] of [
      [mixed, 'collatz', [27]],
      [recursive, 'main', [8]],
    ] as const) {
      const result = await profile({ wasm, invoke, args: [...args] });
      const file = speedscope(result);
      assert.deepEqual(JSON.parse(JSON.stringify(file)), file);
      assert.equal(file.$schema, 'https://www.speedscope.app/file-format-schema.json');
      const [only, ...more] = file.profiles;
      assert.ok(only !== undefined && more.length === 0);
      const { type, unit, name, startValue, endValue, samples, weights } = only;
      assert.deepEqual([type, unit, startValue, typeof name], ['sampled', 'none', 0, 'string']);
      assert.equal(samples.length, weights.length);
      assert.equal(
        sum(weights, (weight) => weight),
        result.rows,
      );
      assert.equal(endValue, result.rows);
      assert.equal(new Set(samples.map(String)).size, samples.length);
      const used = new Set(samples.flat());
      assert.deepEqual(
        [...used].sort((x, y) => x - y),
        file.shared.frames.map((_, i) => i),
      );
      for (const sample of samples) assert.equal(file.shared.frames[sample[0]!]?.name, 'entry');
      for (const frame of file.shared.frames) assert.equal(typeof frame.name, 'string');
    }
  });
});

describe('profile, lines', () => {
  let wasm: Uint8Array;
  let sourceMap: string;
  before(async () => {
    ({ wasm, sourceMap } = await compileLines());
  });

  it('places rows at lines, those of routines at their call', async () => {
    const result = await profile({ wasm, invoke: 'main', args: [20], sourceMap });
    const lines = result.lines ?? [];
    const line = (number: number): number => lines.find((entry) => entry.line === number)?.rows ?? 0;
    assert.ok(lines.every(({ source }) => source.endsWith('lines.ts')));
    // Line 3 has the remainder: one routine's rows for each, and nothing else is as dear.
    assert.equal(lines[0]?.line, 3);
    assert.ok(line(3) >= named(result.routines, 'i32.rem_s').self.rows);
    const placed = sum(lines, ({ rows }) => rows);
    assert.ok(placed > 0.8 * result.rows && placed < result.rows);
    assert.match(named(result.functions, 'gcd').position?.source ?? '', /lines\.ts$/);
  });

  it('has none without a source map, and reads one inside the module', async () => {
    assert.equal((await profile({ wasm: recursive, invoke: 'main', args: [1] })).lines, undefined);
    const map = { version: 3, sources: ['main.c'], names: [], mappings: 'AAEA' };
    const inline = `data:application/json;base64,${btoa(JSON.stringify(map))}`;
    const { lines } = await profile({ wasm: moduleWith(RECURSIVE, inline), invoke: 'main', args: [1] });
    assert.deepEqual(
      lines?.map(({ source, line }) => [source, line]),
      [['main.c', 3]],
    );
    for (const url of ['data:application/json;base64,!', 'data:application/json,{}', 'lines.wasm.map', '']) {
      assert.equal(
        (await profile({ wasm: moduleWith(RECURSIVE, url), invoke: 'main', args: [1] })).lines,
        undefined,
        url,
      );
    }
  });

  it('says the line of a trap', async () => {
    const { status, trapAt } = await run({ wasm, invoke: 'main', args: [30], sourceMap });
    assert.equal(status.text, 'trapped: integer divide by zero');
    assert.match(trapAt ?? '', /main", wasm offset 0x[\da-f]+ \(.*lines\.ts:18\)$/);
    assert.match((await run({ wasm, invoke: 'main', args: [30] })).trapAt ?? '', /offset 0x[\da-f]+$/);
  });
});

/** Every example: compiled from source by its real compiler, run, checked row by row, proven, verified; large ones are estimated instead of proven. */
import assert from 'node:assert/strict';
import {
  compileGuest,
  type Example,
  exampleNames,
  largeExamples,
  readExample,
} from '../../scripts/lib/guests.ts';
import {
  check,
  estimate,
  openKeys,
  openSession,
  prove,
  run,
  type Session,
  verify,
} from '../../sdk/src/index.ts';

/** Of the process that proved the election in Go (docs/benchmarks.md): an estimate is not below it, and not much above. */
const LARGE_PEAK_BYTES = 4649 * 2 ** 20;
const names = await exampleNames();
assert.ok(names.length >= 7, 'examples are missing');

const large = await largeExamples();
assert.ok(large.length > 0, 'the large examples are missing');

describe('examples', () => {
  let session: Session;
  const guests = new Map<string, { readonly example: Example; readonly wasm: Uint8Array }>();

  before(async () => {
    session = await openSession({ onWarning: () => {} });
    for (const name of names) {
      const example = await readExample(name);
      guests.set(name, { example, wasm: await compileGuest(example.source) });
    }
  });
  after(() => session.dispose());

  const parametersOf = (name: string) => {
    const { example, wasm } = guests.get(name)!;
    return { wasm, ...example.parameters };
  };

  for (const name of names) {
    it(`${name} runs as expected, in at most 0.6 rows an instruction`, async () => {
      const result = await run(parametersOf(name));
      const { example } = guests.get(name)!;
      assert.equal(result.status.kind, 'returned');
      assert.deepEqual(result.results.map(String), example.results);
      assert.deepEqual(result.outputs.map(String), example.outputs);
      if (example.stdout !== undefined) assert.equal(new TextDecoder().decode(result.stdout), example.stdout);
      assert.deepEqual(result.warnings, []);
      const rows = Object.values(result.rows).reduce((sum, count) => sum + count, 0);
      assert.ok(rows / result.instructions <= 0.6, `${rows} rows for ${result.instructions} instructions`);
    });

    it(`${name} satisfies every constraint and balances the bus`, async () => {
      const result = await check(parametersOf(name));
      assert.deepEqual(result.failures, []);
      assert.ok(result.ok);
    });

    it(`${name} is proven and verified`, async () => {
      const { document, heights, proofBytes } = await prove(session, parametersOf(name));
      const { example, wasm } = guests.get(name)!;
      await verify(session, { document, wasm });
      const { publicInputs, publicOutputs, status } = document.statement;
      assert.deepEqual(publicInputs.map(String), [...example.args, ...example.publicInputs]);
      assert.deepEqual(publicOutputs.map(String), [...example.outputs, ...example.results]);
      assert.equal(status, 0n);
      assert.ok(proofBytes <= 14 * 1024, `${proofBytes} bytes`);
      assert.ok(Object.values(heights).every((log) => log >= 3));
    });
  }

  for (const example of large) {
    const { name, parameters, maxLog } = example;

    it(`${name} runs as expected, satisfies every constraint and is told what a proof takes`, async () => {
      const guest = { wasm: await compileGuest(example.source), ...parameters };
      const result = await run(guest);
      assert.equal(result.status.text, 'returned');
      assert.deepEqual(result.outputs.map(String), example.outputs);
      assert.equal(new TextDecoder().decode(result.stdout), example.stdout);
      const checked = await check(guest);
      assert.deepEqual(checked.failures, []);
      assert.ok(checked.ok);
      await using keys = await openKeys({ maxLog, onWarning: () => {} });
      const { shards, memoryBytes } = await estimate(keys, guest);
      assert.ok(shards > 1);
      // The proof that holds the image opens packs as long as it: most of what a process may take.
      assert.ok(memoryBytes >= LARGE_PEAK_BYTES && memoryBytes < 1.1 * LARGE_PEAK_BYTES, `${memoryBytes}`);
    });
  }
});

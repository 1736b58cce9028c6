/** Random modules: results, traps, memory and globals as the JavaScript engine has them. `FUZZ=10000` runs more seeds. */
import assert from 'node:assert/strict';
import { check } from '../../sdk/src/attest/check.ts';
import { execute, Machine } from '../../sdk/src/machine/execute/execute.ts';
import { GLOBALS } from '../../sdk/src/machine/memory-map.ts';
import { moduleBytes } from '../../sdk/src/wasm/index.ts';
import { pairOf } from './lib/differential.ts';
import { Random, randomModule } from './lib/random-module.ts';

const SEEDS = Number(process.env['FUZZ'] ?? 150);
const CHECKED = Math.ceil(SEEDS / 4);
const FIRST = Number(process.env['FUZZ_FROM'] ?? 0);

describe('random modules', function () {
  this.timeout(SEEDS * 1000);

  it(`${SEEDS} seeds from ${FIRST}`, () => {
    let calls = 0;
    const traps = new Map<string, number>();
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      const pair = pairOf(moduleBytes(randomModule(seed)));
      const random = new Random(seed + 77);
      for (let i = 0; i < 6; i++) {
        const entry = `f${i}`;
        const program = pair.program(entry);
        for (let k = 0; k < 3; k++) {
          const args = program.entryType.parameters.map((type) => random.value(type));
          const where = `seed ${seed} ${entry}(${args})`;
          const reference = pair.instance();
          const expected = pair.engine(entry, args, reference);
          const machine = new Machine(program);
          assert.equal(pair.emulator(entry, args, machine), expected, where);
          calls++;
          if (expected.startsWith('trap')) traps.set(expected, (traps.get(expected) ?? 0) + 1);
          if (k === 0) assert.equal(pair.traced(entry, args), expected, `${where} traced`);
          const memory = Buffer.from((reference.exports['memory'] as WebAssembly.Memory).buffer);
          assert.equal(machine.memoryBytes, memory.length, where);
          assert.ok(memory.equals(machine.bytes.subarray(0, memory.length)), `${where}: memory`);
          for (let g = 0; g < 5; g++) {
            const { value } = reference.exports[`g${g}`] as WebAssembly.Global;
            const low = machine.low[GLOBALS + g] >>> 0;
            const high = machine.high[GLOBALS + g] >>> 0;
            const bits = typeof value === 'bigint' ? 64 : 32;
            assert.equal(
              (BigInt(high) << 32n) | BigInt(low),
              BigInt.asUintN(bits, BigInt(value)),
              `${where}: g${g}`,
            );
          }
        }
      }
    }
    console.log(`    ${calls} calls, of these`, Object.fromEntries(traps));
    const trapped = [...traps.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(trapped < calls / 2, 'most calls return');
  });

  it(`${CHECKED} of them hold in every row and on the bus`, async () => {
    let checked = 0;
    for (let seed = FIRST; checked < CHECKED; seed++) {
      const wasm = moduleBytes(randomModule(seed));
      const random = new Random(seed + 77);
      const { program } = pairOf(wasm);
      for (const invoke of ['f5', 'f4', 'f3']) {
        const args = program(invoke).entryType.parameters.map((type) => random.value(type));
        if (execute(program(invoke), { args }).trap !== undefined) continue;
        const { ok, failures } = await check({ wasm, invoke, args });
        assert.ok(ok, `seed ${seed} ${invoke}(${args}): ${failures[0]}`);
        checked++;
        break;
      }
    }
  });
});

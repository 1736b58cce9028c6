/** Evaluation of constraint programs on rows. */
import { Fr } from '../../field/field.ts';
import { GROUP_BYTES } from '../../field/limbs.ts';
import { checkProgram, misuse } from '../checks.ts';
import type { Engine } from '../contract.ts';
import { chunkSize, type KernelCore, withScratch, writeSplat, zeroTail } from './core.ts';
import { asTarget, asVector } from './handles.ts';
import { SCRATCH_BYTES } from './layout.ts';
import { OPERAND_WORDS, WasmProgram } from './program.ts';

/** Groups per pass of the interpreter: registers of a wide program then fill a second-level cache at most. */
const WIDTH = 8;
/** Groups per chunk at most: thousands of instructions over them are milliseconds. */
const MAX_CHUNK_GROUPS = 256;

export function programOperations(core: KernelCore): Pick<Engine, 'compile' | 'evaluate'> {
  const { memory, pool } = core;
  return {
    compile: (program) => new WasmProgram(program),

    async evaluate(compiled, inputs, challenges, outputs) {
      if (!(compiled instanceof WasmProgram)) misuse('a program of another engine');
      const { source, registers, code: words } = compiled;
      checkProgram(source, inputs, challenges, outputs);
      const vectors = [...inputs.map(asVector), ...outputs.map(asTarget)];
      const groups = vectors[0]?.groups ?? 0;
      if (groups === 0) return;
      const scalars = [...challenges, ...source.constants].map(Fr.from);
      const tableEntries = vectors.length + scalars.length + registers;
      const bytesOf = (width: number): number =>
        registers * width * GROUP_BYTES + 4 * OPERAND_WORDS * tableEntries;
      let width = WIDTH;
      while (width > 1 && bytesOf(width) > SCRATCH_BYTES) width /= 2;
      if (bytesOf(width) > SCRATCH_BYTES) misuse(`a program with ${registers} live values`);

      const scalarBytes = GROUP_BYTES * scalars.length;
      const codeBytes = words.byteLength;
      await withScratch(core, scalarBytes + codeBytes + 4 * vectors.length, async (scalarTable) => {
        const code = scalarTable + scalarBytes;
        const columns = code + codeBytes;
        scalars.forEach((value, i) => {
          writeSplat(core, scalarTable, i, value);
        });
        memory.u32.set(words, code / 4);
        memory.u32.set(
          vectors.map((v) => v.address),
          columns / 4,
        );
        const size = chunkSize(core, groups, MAX_CHUNK_GROUPS);
        const args = [
          size,
          groups,
          code,
          columns,
          columns,
          vectors.length,
          registers,
          width,
          scalarTable,
          scalars.length,
        ];
        await pool.run('evaluate', args, Math.ceil(groups / size));
      });
      for (const output of vectors.slice(inputs.length)) zeroTail(core, output);
    },
  };
}

/** Evaluation of constraint programs on rows. */
import { Fr } from '../../field/field.ts';
import { GROUP_BYTES } from '../../field/limbs.ts';
import { checkProgram, misuse } from '../checks.ts';
import type { Engine } from '../contract.ts';
import { chunkSize, type KernelCore, withScratch, writeElement, zeroTail } from './core.ts';
import { asTarget, asVector } from './handles.ts';
import { SCRATCH_BYTES } from './layout.ts';
import { OPERATIONS, type Place, WasmProgram } from './program.ts';
import { INSTRUCTION_WORDS, OPERAND_WORDS } from './program-emitter.ts';

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
      const { source, instructions, registers } = compiled;
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

      const place = ({ in: where, index }: Place): number => {
        if (where === 'column') return index;
        if (where === 'output') return inputs.length + index;
        return vectors.length + (where === 'scalar' ? index : scalars.length + index);
      };
      const words = instructions.flatMap(({ op, to, operands }) => {
        const entries = [to, ...operands].map((operand) => 4 * OPERAND_WORDS * place(operand));
        // Operands that an operation does not have are read all the same, from the first entry.
        return [OPERATIONS.indexOf(op), ...entries, ...new Array<number>(INSTRUCTION_WORDS).fill(0)].slice(
          0,
          INSTRUCTION_WORDS,
        );
      });
      const scalarBytes = GROUP_BYTES * scalars.length;
      const codeBytes = 4 * INSTRUCTION_WORDS * instructions.length;
      await withScratch(core, scalarBytes + codeBytes + 4 * vectors.length, async (scalarTable) => {
        const code = scalarTable + scalarBytes;
        const columns = code + codeBytes;
        scalars.forEach((value, i) => {
          for (let lane = 0; lane < 4; lane++) writeElement(core, scalarTable, 4 * i + lane, value);
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

/** The queries as SMT-LIB 2, for any solver: a file each, which says the verdict that it must have. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { allCases, ask, type Case, describeCase, EFFORT } from './cases.ts';
import { askRoutine, type RoutineCase, routineCases } from './routine-cases.ts';
import type { Answer, Answerer, Verdict } from './solver.ts';

/** Answers nothing but what must come out, and keeps what it was asked. */
class Recorder implements Answerer {
  readonly asked: string[] = [];
  readonly #verdicts: readonly Verdict[];

  /** @param verdicts in the order of the queries */
  constructor(...verdicts: readonly Verdict[]) {
    this.#verdicts = verdicts;
  }

  check(script: string, _effort: number, logic = 'QF_BV'): Promise<Answer> {
    const verdict = this.#verdicts[this.asked.length] ?? 'sat';
    const header = `(set-logic ${logic})\n(set-info :status ${verdict})`;
    this.asked.push(`${header}\n${script}\n(check-sat)\n`);
    return Promise.resolve({ verdict, model: '', ms: 0 });
  }
}

export interface Printed {
  readonly row: (one: Case) => boolean;
  readonly routine: (one: RoutineCase) => boolean;
}

/** Writes the queries of these cases to a folder, and says how many. */
export async function printQueries(folder: string, wanted: Printed): Promise<number> {
  await mkdir(folder, { recursive: true });
  let written = 0;
  const write = async (name: string, texts: readonly string[]): Promise<void> => {
    const file = name.replaceAll(/[^A-Za-z0-9_.=+-]+/g, '_');
    for (const [i, text] of texts.entries()) {
      await writeFile(join(folder, `${file}.${i === 0 ? 'differs' : 'exists'}.smt2`), `; ${name}\n${text}`);
      written++;
    }
  };
  for (const one of allCases().filter(wanted.row)) {
    const recorder = new Recorder('unsat', 'sat');
    await ask(recorder, one, { effort: EFFORT, exists: true });
    await write(describeCase(one), recorder.asked);
  }
  for (const one of routineCases().filter(wanted.routine)) {
    const recorder = new Recorder('unsat');
    await askRoutine(recorder, one, { effort: EFFORT, exists: false });
    await write(one.name, recorder.asked);
  }
  return written;
}

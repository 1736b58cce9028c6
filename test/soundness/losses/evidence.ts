/**
 * What notices that the machine lacks a constraint or an interaction. A lie: a whole run with a false statement that the weaker machine's rows and
 * bus accept and the machine's do not. SMT: a row that does what its instruction does not. An honest run whose bus is off. Or nothing,
 * and then an argument why the rest says the same.
 */
import { opcodeInfo } from '../../../sdk/src/machine/instructions.ts';
import { INSTRUCTION_CHIPS } from '../../../sdk/src/machine/system.ts';
import { check } from '../../../sdk/src/plonk/check/check.ts';
import type { Run } from '../../machine/chips/harness.ts';
import { caseRun, controlRun, memoryRun } from '../../machine/chips/samples.ts';
import { refreshRun } from '../../machine/chips/samples-refresh.ts';
import { LIES } from '../lib/stories.ts';
import { checkParameters, looking, recounted, type Story } from '../lib/story.ts';
import { allCases, ask, type Case, describeCase } from '../smt/cases.ts';
import { type Decoding, decodings } from '../smt/decode.ts';
import { isInShortRun } from '../smt/report.ts';
import { partsOf, verdictWithout } from '../smt/siblings.ts';
import { Solver } from '../smt/solver.ts';
import { operandWidths } from '../smt/specification.ts';
import { ghosts } from './ghost.ts';
import { IMPLIED } from './implied.ts';
import { chipOf, isBitOf, type Loss, unranged, weakerLayout, without } from './losses.ts';
import { oddDecodings } from './odd.ts';
import { Search } from './search.ts';

export const KINDS = {
  lie: 'lie',
  ghost: 'a row of minus one',
  smt: 'SMT',
  odd: 'SMT, a row that was none',
  honest: 'honest run',
  found: 'lie, found by search',
  implied: 'implied',
} as const;

export interface Evidence {
  readonly kind: keyof typeof KINDS;
  /** Name of the lie, of the case, of the run; where the search begins; the argument. */
  readonly name: string;
}

/** In z3's unit of work. */
const EFFORT = 20_000_000;
/** Cases of the machine in which a part is looked for, and rows that the weaker machine has besides. */
const [MOST_CASES, MOST_ODD] = [150, 400];

export class Bench implements AsyncDisposable {
  readonly #lies = new Map(LIES.map((lie) => [lie.name, lie]));
  readonly #stories = new Map<string, Story>();
  readonly #sound = new WeakMap<Story, boolean>();
  #runs: ReadonlyMap<string, Run> | undefined;
  #search: Search | undefined;
  #cases: ReadonlyMap<string, Case> | undefined;
  #forms: ReadonlyMap<string, readonly Decoding[]> | undefined;
  readonly #solver: Solver;

  private constructor(solver: Solver) {
    this.#solver = solver;
  }

  static async start(): Promise<Bench> {
    return new Bench(await Solver.start());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#solver[Symbol.asyncDispose]();
  }

  /** Whether the evidence notices the loss, and does not object to the machine as it is. */
  async holds(loss: Loss, { kind, name }: Evidence): Promise<boolean> {
    switch (kind) {
      case 'lie':
        return this.#lies.has(name) && this.#isLie(loss, this.#story(name));
      case 'ghost':
        return this.#ghost(loss) !== undefined;
      case 'found': {
        this.#search ??= new Search();
        const story = this.#search.again(loss, name);
        return story !== undefined && this.#isLie(loss, story);
      }
      case 'honest': {
        const run = this.#honest.get(name);
        return run !== undefined && !accepts(loss, run) && this.#isSound(run);
      }
      case 'smt': {
        const one = this.#all.get(name);
        if (one === undefined) return false;
        const options = { effort: EFFORT, words: true };
        const verdict = await verdictWithout(this.#solver, one, loss.name, options);
        return verdict === 'sat' && (await this.#isUnique(one));
      }
      case 'odd': {
        for (const one of oddCases(loss)) if (describeCase(one) === name) return this.#isOdd(loss, one);
        return false;
      }
      case 'implied':
        return IMPLIED.some((own) => own.name === name && own.of(loss));
    }
  }

  /** The first evidence there is; `milliseconds` for the search of lies, which comes last. */
  async find(loss: Loss, milliseconds: number): Promise<Evidence | undefined> {
    for (const { name, refused } of LIES) {
      const isOfIt = refused.every((part) =>
        loss.kind === 'constraint' ? part === `${loss.chip}: ${loss.name}` : !part.includes(':'),
      );
      if (isOfIt && this.#isLie(loss, this.#story(name))) return { kind: 'lie', name };
    }
    if (this.#ghost(loss) !== undefined) return { kind: 'ghost', name: 'a row of minus one' };
    for (const [name] of this.#honest) {
      if (await this.holds(loss, { kind: 'honest', name })) return { kind: 'honest', name };
    }
    const byCase = await this.#findCase(loss);
    if (byCase !== undefined) return byCase;
    for (const { name, of } of IMPLIED) if (of(loss)) return { kind: 'implied', name };
    this.#search ??= new Search();
    const where = this.#search.find(loss, milliseconds, (story) => this.#isLie(loss, story));
    return where === undefined ? undefined : { kind: 'found', name: where };
  }

  async #findCase(loss: Loss): Promise<Evidence | undefined> {
    // A row does not know what time it is.
    if (!(loss.chip in INSTRUCTION_CHIPS) || loss.name.startsWith('time ')) return undefined;
    if (isBitOf(loss, chipOf(loss)) === undefined) {
      const cases = [...this.#all.values()].filter((one) => {
        return (
          one.decoding.chip.name === loss.chip && one.mode !== 'reduced' && partsOf(one).includes(loss.name)
        );
      });
      const [short, others] = [true, false].map((is) => cases.filter((one) => isInShortRun(one) === is));
      for (const one of [...spread(short!), ...spread(others!)].slice(0, MOST_CASES)) {
        const evidence: Evidence = { kind: 'smt', name: describeCase(one) };
        if (await noticed(this.holds(loss, evidence))) return evidence;
      }
    }
    let tried = 0;
    for (const one of oddCases(loss)) {
      if (++tried > MOST_ODD) return undefined;
      if (await noticed(this.#isOdd(loss, one))) return { kind: 'odd', name: describeCase(one) };
    }
    return undefined;
  }

  async #isUnique(one: Case): Promise<boolean> {
    const { answer } = await ask(this.#solver, one, { effort: EFFORT, exists: false });
    return answer.verdict === 'unsat';
  }

  /** Whether a row that the machine does not have may do what no row of its opcode does. */
  async #isOdd(loss: Loss, one: Case): Promise<boolean> {
    this.#forms ??= Map.groupBy(
      Object.values(INSTRUCTION_CHIPS).flatMap(({ chip }) => decodings(chip)),
      ({ chip, opcode }) => `${chip.name} ${opcode}`,
    );
    // Of another chip's instruction this chip has no form, and any row is one too many.
    const forms = (this.#forms.get(`${loss.chip} ${one.decoding.opcode}`) ?? []).map(({ bits }) => bits);
    const options = { effort: EFFORT, exists: false, forms, words: true };
    const { answer, impossible } = await ask(this.#solver, one, options);
    return impossible === undefined && answer.verdict === 'sat';
  }

  #ghost(loss: Loss): Story | undefined {
    const weaker = without(chipOf(loss), loss);
    for (const chip of [weaker, unranged(weaker)]) {
      const lost = isBitOf(loss, chip);
      if (lost === undefined) return undefined;
      for (const story of ghosts(chip, lost)) if (this.#isLie(loss, story)) return story;
    }
    return undefined;
  }

  #isLie(loss: Loss, story: Story): boolean {
    return accepts(loss, story) && !this.#isSound(story);
  }

  /** Whether rows and bus hold in the machine as it is. */
  #isSound(story: Story): boolean {
    const isSound = this.#sound.get(story) ?? check(checkParameters(recounted(story))).ok;
    this.#sound.set(story, isSound);
    return isSound;
  }

  #story(name: string): Story {
    const story = this.#stories.get(name) ?? this.#lies.get(name)!.tell();
    this.#stories.set(name, story);
    return story;
  }

  get #all(): ReadonlyMap<string, Case> {
    this.#cases ??= new Map(allCases().map((one) => [describeCase(one), one]));
    return this.#cases;
  }

  get #honest(): ReadonlyMap<string, Run> {
    this.#runs ??= new Map([
      ['control', controlRun()],
      ['memory', memoryRun()],
      ['cases', caseRun(1)],
      ['refresh', refreshRun().run],
    ]);
    return this.#runs;
  }
}

/** Whether rows and bus hold in the machine that lacks something; multiplicities are made to fit it. */
function accepts(loss: Loss, story: Story): boolean {
  const layout = weakerLayout(loss);
  const chips = looking(layout.chips.map(({ chip }) => chip));
  return check({ ...checkParameters(recounted(story, chips)), layout }).ok;
}

/** The list in another order, in which neighbours, which are alike, are apart. */
const spread = <E>(list: readonly E[]): E[] =>
  [0, 5, 3, 1, 6, 4, 2].flatMap((from) => list.filter((_, i) => i % 7 === from));

/** Rows that the machine has only without a constraint on bits. */
function* oddCases(loss: Loss): Generator<Case> {
  if (loss.kind !== 'constraint') return;
  const chip = chipOf(loss);
  for (const decoding of oddDecodings(chip, without(chip, loss))) {
    const { opcode, label } = decoding;
    const { name } = opcodeInfo(opcode)!;
    yield { decoding, name, label, widths: operandWidths(opcode), pins: {}, mode: 'full' };
  }
}

/** What the queries cannot say of a row is no evidence. */
async function noticed(answer: Promise<boolean>): Promise<boolean> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

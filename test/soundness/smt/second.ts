/**
 * A second opinion: Bitwuzla on bit-vectors and cvc5 on integers, as Python packages, answer the same SMT-LIB scripts as z3. pip puts
 * them into a folder of their own the first time.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../../../scripts/lib/tools.ts';
import { type Answer, type Answerer, Solver, type Verdict } from './solver.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const DRIVER = join(import.meta.dirname, 'second.py');
const INSTALL_MS = 180_000;
/** Of one query. z3's work is bounded in a unit of its own, which others do not have. */
const LIMIT_MS = 120_000;

export interface Installed {
  readonly folder: string;
}

/** The folder of the packages, installed if need be; or why there is none. */
export function installSecond(): Installed | { readonly missing: string } {
  const digest = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const folder = join(ROOT, 'node_modules/.cache/wattest-smt', digest);
  if (existsSync(folder)) return { folder };
  const fresh = `${folder}.${process.pid}`;
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:'];
  const { status, error, stderr } = spawnSync('python3', [...args, '--target', fresh, '-r', REQUIREMENTS], {
    encoding: 'utf8',
    timeout: INSTALL_MS,
  });
  if (status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    const why = error?.message ?? stderr.trim().split('\n').at(-1);
    return { missing: `python3 with pip does not install Bitwuzla and cvc5 (${why})` };
  }
  // Whoever was first has installed the same.
  if (existsSync(folder)) rmSync(fresh, { recursive: true });
  else renameSync(fresh, folder);
  return { folder };
}

interface Reply {
  readonly verdict?: Verdict;
  readonly versions?: string;
  readonly error?: string;
}

export class Second implements Answerer, AsyncDisposable {
  readonly versions: string;
  readonly #process: ChildProcess;
  readonly #replies: AsyncIterator<string>;

  private constructor(process: ChildProcess, replies: AsyncIterator<string>, versions: string) {
    this.#process = process;
    this.#replies = replies;
    this.versions = versions;
  }

  static async start({ folder }: Installed): Promise<Second> {
    const child = spawn('python3', ['-B', DRIVER], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, PYTHONPATH: folder },
    });
    const replies = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { versions } = await reply(replies);
    return new Second(child, replies, versions!);
  }

  async check(script: string, _effort: number, logic = 'QF_BV'): Promise<Answer> {
    const started = performance.now();
    this.#process.stdin!.write(`${JSON.stringify({ logic, script, limit: LIMIT_MS })}\n`);
    const { verdict, error } = await reply(this.#replies);
    if (verdict === undefined) throw new Error(`the second solver: ${error}\n${script}`);
    return { verdict, model: '', ms: performance.now() - started };
  }

  [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#process.once('exit', () => resolve());
    });
    this.#process.stdin!.end();
    return ended;
  }
}

async function reply(replies: AsyncIterator<string>): Promise<Reply> {
  const { value, done } = await replies.next();
  if (done === true) throw new Error('the second solver ended');
  return JSON.parse(value as string) as Reply;
}

/** Two solvers that have to agree. */
export class Both implements Answerer, AsyncDisposable {
  readonly first: Answerer & Partial<AsyncDisposable>;
  readonly second: Answerer & Partial<AsyncDisposable>;
  readonly versions: string;
  /** Verdicts that both gave. */
  readonly agreed: Record<Verdict, number> = { sat: 0, unsat: 0, unknown: 0 };

  constructor(first: Answerer, second: Answerer, versions: string) {
    this.first = first;
    this.second = second;
    this.versions = versions;
  }

  static async start(installed: Installed): Promise<Both> {
    const second = await Second.start(installed);
    return new Both(await Solver.start(), second, second.versions);
  }

  /** The answer of the first, which is z3. Throws where the other's is another. */
  async check(script: string, effort: number, logic?: string): Promise<Answer> {
    const [answer, other] = await Promise.all([
      this.first.check(script, effort, logic),
      this.second.check(script, effort, logic),
    ]);
    if (answer.verdict !== other.verdict) {
      throw new Error(`z3 says ${answer.verdict}, ${this.versions} ${other.verdict} of:\n${script}`);
    }
    this.agreed[answer.verdict]++;
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of [this.first, this.second]) await one[Symbol.asyncDispose]?.();
  }
}

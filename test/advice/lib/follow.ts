/** What is said of each advice: a test that follows it, the test elsewhere that does, or why none can. */
import assert from 'node:assert/strict';
import { isWattestError, type WattestError } from '../../../sdk/src/errors/index.ts';
import { type Outcome, wattest } from '../../cli/lib/wattest.ts';

/** Runs into the error whose advice this is, does what it says, and sees that it helps. */
export type Follow = (advised: Advised) => Promise<void>;
/** A test elsewhere that does the same, by a part of its title. */
export interface Elsewhere {
  readonly test: string;
  readonly title: string;
}
/** Nobody outside can come there, or what helps is not of this machine. */
export interface Reason {
  readonly because: string;
}
/** By the texts of the advices, as the sources have them. */
export type Table = Readonly<Record<string, Follow | Elsewhere | Reason>>;

const quoted = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The error with this advice. */
export class Advised {
  readonly text: string;
  readonly #pattern: string;
  /** How often the error was met. */
  met = 0;

  constructor(text: string) {
    this.text = text;
    // An error ends its sentences itself.
    this.#pattern = text.replace(/\.$/, '').split('…').map(quoted).join('([^]*?)');
  }

  /** The action must fail with this advice. @returns what stands in the places of `…` */
  async by(action: () => unknown): Promise<readonly string[]> {
    let error: WattestError | undefined;
    await assert.rejects(
      async () => await action(),
      (thrown: unknown) => {
        assert.ok(isWattestError(thrown), `no error with an advice: ${String(thrown)}`);
        error = thrown;
        return true;
      },
    );
    return this.#values(error!.fix, new RegExp(`^${this.#pattern}$`));
  }

  /** The command must fail with it. */
  async byCommand(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<readonly string[]> {
    const { code, err } = await wattest(args, env);
    assert.notEqual(code, 0, `\`wattest ${args.join(' ')}\` succeeded`);
    return this.#values(err, new RegExp(`^wattest: \\[[A-Z_]+\\] [^]*\\. ${this.#pattern}\\.$`, 'm'));
  }

  #values(said: string, pattern: RegExp): readonly string[] {
    const match = pattern.exec(said);
    assert.ok(match !== null, `"${this.text}" was expected, said was: ${said}`);
    this.met++;
    return match.slice(1);
  }
}

/** The command must do what it is asked. */
export async function succeeds(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const outcome = await wattest(args, env);
  assert.equal(outcome.code, 0, `\`wattest ${args.join(' ')}\`: ${outcome.err}`);
  return outcome;
}

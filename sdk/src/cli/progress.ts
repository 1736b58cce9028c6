/** A progress bar on standard error, where that is a terminal; otherwise nothing. */

import type { SessionProgress } from '../attest/session/session.ts';
import { formatDuration } from './format.ts';

const WIDTH = 28;
/** Seconds after which it pays to say how many are left. */
const LONG = 20;

export class ProgressBar {
  readonly #started: number = performance.now();
  readonly #visible: boolean;
  #shown = '';
  /** What was said of the whole work when it began, and when that was. */
  #expected: { readonly seconds: number; readonly since: number } | undefined;

  constructor(visible: boolean = process.stderr.isTTY === true) {
    this.#visible = visible;
  }

  readonly update = (event: SessionProgress): void => {
    if (!this.#visible) return;
    const full = Math.round(Math.min(Math.max(event.fraction, 0), 1) * WIDTH);
    const elapsed = (performance.now() - this.#started) / 1000;
    const seconds = elapsed.toFixed(1);
    if (event.seconds !== undefined) this.#expected = { seconds: event.seconds, since: elapsed };
    const left = this.#left(elapsed, event.fraction);
    const percent = `${Math.floor(100 * event.fraction)}`.padStart(3);
    this.say(`${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${percent}% ${seconds}s${left}  ${event.phase}`);
  };

  /** Measured where enough is done, else as expected; nothing of what is soon over. */
  #left(elapsed: number, fraction: number): string {
    if (elapsed > LONG && fraction > 0.02)
      return `, ${formatDuration((elapsed * (1 - fraction)) / fraction)} left`;
    const { seconds, since } = this.#expected ?? { seconds: 0, since: 0 };
    if (seconds < LONG) return '';
    return `, about ${formatDuration(Math.max(1, seconds - (elapsed - since)))} left`;
  }

  /** A line in the place of the bar, until the next. */
  say(line: string): void {
    if (!this.#visible || line === this.#shown) return;
    this.#shown = line;
    // A terminal that does not know its width says zero.
    process.stderr.write(`\r\u001b[2K${line.slice(0, (process.stderr.columns || 80) - 1)}`);
  }

  /** Takes the bar away. */
  done(): void {
    if (this.#visible && this.#shown !== '') process.stderr.write('\r\u001b[2K');
    this.#shown = '';
  }
}

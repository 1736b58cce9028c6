/** A progress bar on standard error, where that is a terminal; otherwise nothing. */
import type { SessionProgress } from '../attest/session/session.ts';

const WIDTH = 28;

export class ProgressBar {
  readonly #started: number = performance.now();
  readonly #visible: boolean;
  #shown = '';

  constructor(visible: boolean = process.stderr.isTTY === true) {
    this.#visible = visible;
  }

  readonly update = (event: SessionProgress): void => {
    if (!this.#visible) return;
    const full = Math.round(Math.min(Math.max(event.fraction, 0), 1) * WIDTH);
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(1);
    const percent = `${Math.floor(100 * event.fraction)}`.padStart(3);
    const line = `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${percent}% ${seconds}s ${event.phase}`;
    if (line === this.#shown) return;
    this.#shown = line;
    process.stderr.write(`\r\u001b[2K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
  };

  /** Takes the bar away. */
  done(): void {
    if (this.#visible && this.#shown !== '') process.stderr.write('\r\u001b[2K');
    this.#shown = '';
  }
}

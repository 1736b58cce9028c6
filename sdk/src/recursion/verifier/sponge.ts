/** The sponge of `transcript/transcript.ts` as operations of a program. */
import { domainElement } from '../../transcript/transcript.ts';
import type { ProgramBuilder } from '../builder.ts';
import type { Element } from '../program.ts';

export class ProgramSponge {
  readonly #builder: ProgramBuilder;
  #state: [Element, Element, Element];
  #pending: Element[] = [];

  constructor(builder: ProgramBuilder, domain: string) {
    this.#builder = builder;
    this.#state = [builder.zero, builder.zero, builder.constant(domainElement(domain))];
  }

  /** What the transcript comes to. */
  get digest(): Element {
    return this.#state[0];
  }

  absorb(...elements: readonly Element[]): void {
    this.#pending.push(...elements);
  }

  /** Ends a round; the challenges that may be drawn. */
  endRound(): readonly [Element, Element] {
    const elements = this.#pending.length === 0 ? [this.#builder.zero] : this.#pending;
    this.#pending = [];
    for (let at = 0; at < elements.length; at += 2) {
      this.#state = this.#builder.permute(this.#state, [elements[at], elements[at + 1]]);
    }
    return [this.#state[0], this.#state[1]];
  }
}

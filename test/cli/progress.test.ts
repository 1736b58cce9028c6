/** The line of progress on a terminal. */
import assert from 'node:assert/strict';
import { ProgressBar } from '../../sdk/src/cli/progress.ts';

/** What a visible bar writes on a terminal of that width. */
function written(columns: number | undefined, work: (bar: ProgressBar) => void): string {
  const { stderr } = process;
  const kept = { write: stderr.write, columns: stderr.columns };
  let text = '';
  stderr.write = (chunk: string | Uint8Array): boolean => {
    text += String(chunk);
    return true;
  };
  Object.assign(stderr, { columns });
  try {
    work(new ProgressBar(true));
  } finally {
    Object.assign(stderr, kept);
  }
  return text;
}

describe('the progress bar', () => {
  const event = { phase: 'computing the quotient', fraction: 0.5 };

  it('says the phase in full where the terminal does not know its width', () => {
    for (const columns of [0, undefined, 80])
      assert.match(
        written(columns, (bar) => bar.update(event)),
        / 50% \d+\.\ds {2}computing the quotient$/,
      );
  });

  it('keeps to the width of a narrow terminal', () => {
    const text = written(40, (bar) => bar.update(event));
    assert.equal(text.split('\u001b[2K')[1]?.length, 39);
  });

  it('says how long it will take before it has measured anything, of what takes long', () => {
    const begun = (seconds: number): string =>
      written(80, (bar) => {
        bar.update({ phase: '9 proofs', fraction: 0, seconds });
        bar.update(event);
      });
    assert.match(
      begun(50),
      / 0% \d\.\ds, about 50 s left {2}9 proofs.* 50% \d\.\ds, about (?:49|50) s left /s,
    );
    assert.doesNotMatch(begun(5), /left/);
  });

  it('says a step in the place of the bar, and takes it away', () => {
    const text = written(80, (bar) => {
      bar.say('… compile');
      bar.done();
    });
    assert.equal(text, '\r\u001b[2K… compile\r\u001b[2K');
  });
});

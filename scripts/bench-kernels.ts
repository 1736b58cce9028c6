/**
 * `npm run bench:kernels [-- --quick] [-- --threads N]`: time of field multiplication, FFT and MSM beside ffjavascript's with
 * its threads, in the same run; of an MSM also the time that its additions of points alone would take here. Both use as many
 * threads as there are cores unless told otherwise.
 */
import './lib/help.ts';
import { parseArgs } from 'node:util';
import { createEngine } from '../sdk/src/kernels/index.ts';
import { type Bench, benchFft, benchField, loadFfCurve, type Row } from './bench/kernels.ts';
import { benchMsm, benchMultiples } from './bench/msm.ts';

const PARTS: readonly ((bench: Bench) => Promise<Row[]>)[] = [benchField, benchFft, benchMsm, benchMultiples];

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, threads: { type: 'string' } },
});
const threads = values.threads === undefined ? undefined : Number(values.threads);
const engine = await createEngine({ threads });
const single = await createEngine({ threads: 1 });
const ff = await loadFfCurve();
console.log(
  `kernels: ${engine.name}, ${engine.threads} threads; ffjavascript with ${ff.tm.concurrency} threads`,
);
console.log(
  `${'work'.padEnd(44)}${'ours'.padStart(12)}${'ffjavascript'.padStart(14)}${'ratio'.padStart(8)}${'additions'.padStart(11)}${'bound'.padStart(11)}${'reached'.padStart(9)}`,
);
const time = (value: number, unit: string): string => `${value.toFixed(value < 100 ? 2 : 0)} ${unit}`;
for (const part of PARTS) {
  for (const { work, unit, ours, theirs, additions, bound } of await part({
    engine,
    single,
    ff,
    quick: values.quick,
  })) {
    const other = theirs === undefined ? '' : time(theirs, unit);
    const ratio = theirs === undefined ? '' : (theirs / ours).toFixed(1);
    const least =
      additions === undefined || bound === undefined
        ? ''
        : `${additions.toFixed(0).padStart(11)}${time(bound, unit).padStart(11)}${(bound / ours).toFixed(2).padStart(9)}`;
    console.log(
      `${work.padEnd(44)}${time(ours, unit).padStart(12)}${other.padStart(14)}${ratio.padStart(8)}${least}`,
    );
  }
}
await ff.terminate();
await engine.dispose();
await single.dispose();

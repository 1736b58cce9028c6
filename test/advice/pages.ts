/** Advices about provers in workers. */
import type { Elsewhere, Table } from './lib/follow.ts';

const WORKER = (title: string, test = 'test/worker/prover.test.ts'): Elsewhere => ({ test, title });
const REACT = (title: string): Elsewhere => WORKER(title, 'test/worker/react.test.ts');
const BROWSER = (title: string): Elsewhere => WORKER(title, 'test/browser/page.test.ts');

export const PAGES: Table = {
  'Give milliseconds, 0 or more': WORKER('refuses what cannot be sent, without showing it'),
  'Give data alone, and onProgress and signal': WORKER('refuses what cannot be sent, without showing it'),
  'Use `prove` of `wattest` for runs that are to be gone on with': WORKER(
    'refuses what cannot be sent, without showing it',
  ),
  'See that its file is served as JavaScript, with the headers of the page (docs/browser.md#the-worker), and that there is memory enough':
    BROWSER('says so where its worker cannot be loaded, and where a policy forbids it'),
  'Allow it in the security policy (worker-src), and see what `worker` does if you give it': BROWSER(
    'says so where its worker cannot be loaded, and where a policy forbids it',
  ),
  'Put a ProverProvider around the components that prove': REACT('says what is missing around it'),
  'Connect a wallet first, and give createWattest its client': REACT('says what is missing around it'),
};

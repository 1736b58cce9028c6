/**
 * `npm run screenshots`: writes docs/images, the example page (examples/page) as Chromium shows it: before and after a proof, in light and dark, and on a phone. Needs
 * Chromium and the built package (`npm run build`).
 */
import './lib/help.ts';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { launchBrowser } from './lib/browser.ts';
import { servePage, startPageChain, writeChainFile } from './lib/page.ts';
import { ROOT } from './lib/tools.ts';

const home = join(ROOT, 'examples/page');
const folder = join(ROOT, 'docs/images');
/** Of a repository, in bytes. */
const MOST = 150_000;

mkdirSync(folder, { recursive: true });
const chain = await startPageChain();
try {
  await writeChainFile(home, chain.file);
  const page = await servePage(home);
  await using browser = await launchBrowser();
  const tab = await browser.newPage({ viewport: { width: 1180, height: 1240 }, reducedMotion: 'reduce' });
  tab.setDefaultTimeout(0);

  const shoot = async (name: string): Promise<void> => {
    const path = join(folder, `${name}.png`);
    await tab.screenshot({ path });
    const { size } = statSync(path);
    console.log(`docs/images/${name}.png ${size} bytes`);
    if (size > MOST) throw new Error(`${name} is larger than ${MOST} bytes`);
  };
  const show = (selector: string): Promise<void> =>
    tab.evaluate(
      `scrollTo(0, document.querySelector('${selector}').getBoundingClientRect().top + scrollY - 16)`,
    );

  await tab.goto(page.url);
  await tab.click('.menu summary');
  await tab.getByRole('button', { name: 'Connect account of the node' }).click();
  await tab.getByText('0 points in 0 moves').waitFor();
  // Moves that score with any seed, more or less.
  for (let i = 0; i < 22; i++) {
    for (const direction of ['left', 'down', 'right', 'down'])
      await tab.getByRole('button', { name: `Move ${direction}` }).click();
  }
  await tab.evaluate('scrollTo(0, 0)');
  await shoot('page');
  await tab.getByRole('button', { name: 'Prove', exact: true }).click();
  await tab.getByTestId('outcome').waitFor();
  await tab.getByRole('button', { name: 'Attest', exact: true }).click();
  await tab.getByTestId('record').waitFor();
  await tab.getByRole('button', { name: 'Enter the score' }).click();
  await tab.getByTestId('used').waitFor();
  await tab.locator('tr.own').waitFor();
  await tab.emulateMedia({ colorScheme: 'dark' });
  await tab.setViewportSize({ width: 1180, height: 860 });
  await show('.step:nth-of-type(3)');
  await shoot('page-dark');
  await tab.setViewportSize({ width: 390, height: 844 });
  await show('.game');
  await shoot('page-phone');
  await page.close();
} finally {
  await chain.close();
}

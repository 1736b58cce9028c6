/** Figures of a test, shown with it and collected by `npm run test:soundness`. */
import { appendFileSync } from 'node:fs';

export function figure(text: string): void {
  console.log(`      ${text}`);
  const path = process.env['WATTEST_FIGURES'];
  if (path !== undefined) appendFileSync(path, `${text}\n`);
}

/**
 * `npm run docs [-- --serve] [-- --port N] [-- --base PATH]`: builds the site of the documents in build/docs, with search, and looks
 * at its links; --serve shows it at http://localhost:4173/, --base is for a site that does not lie at the root of its host.
 *
 * Pages are the Markdown of this repository as it stands, examples with their sources, and references that are made of declarations: of the
 * command, of the contracts (NatSpec), of the package (TypeDoc). VitePress and TypeDoc are installed in scripts/docs by this command and by nothing else.
 */
import './lib/help.ts';
import { parseArgs } from 'node:util';
import { buildSite } from './docs/site.ts';
import { serveFolder } from './lib/browser.ts';
import { portOf } from './lib/ports.ts';

const { values } = parseArgs({
  options: {
    serve: { type: 'boolean', default: false },
    port: { type: 'string', default: '4173' },
    base: { type: 'string', default: '/' },
  },
});
const refuse = (message: string): never => {
  process.stderr.write(`npm run docs: ${message}\n`);
  process.exit(2);
};
if (!/^\/([\w.-]+\/)*$/.test(values.base)) refuse('--base takes a path with / at both ends');
const asked = portOf(values.port, 'npm run docs');
if (values.serve && values.base !== '/') refuse('--serve shows a site at the root; leave --base out');

const { folder, pages, faults } = await buildSite({
  base: values.base,
  log: (line) => process.stderr.write(`${line}\n`),
});
for (const fault of faults) process.stderr.write(`${fault}\n`);
if (faults.length > 0) {
  process.stderr.write(`${faults.length} links lead nowhere\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`${folder}: ${pages} pages\n`);
  if (values.serve) {
    const { port } = await serveFolder(folder, {}, asked);
    process.stdout.write(`http://localhost:${port}/\n`);
  }
}

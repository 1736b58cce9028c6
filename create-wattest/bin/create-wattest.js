#!/usr/bin/env node
// npm create wattest: a folder with a project in it. No dependency, so that it starts at once. A template is a folder of `templates`: its package.json says what it
// is (`description`), the first commands of its README.md are what is shown to do next.
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const TEMPLATES = join(import.meta.dirname, '../templates');
const DEFAULT = 'hardhat';
const names = readdirSync(TEMPLATES).sort();

const packageOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const width = Math.max(...names.map((each) => each.length));
const descriptionOf = (each) =>
  `  ${each.padEnd(width)}  ${packageOf(join(TEMPLATES, each)).description}${each === DEFAULT ? ' (default)' : ''}`;

const help = () => `npm create wattest [FOLDER] [-- --template NAME]

Makes a project in FOLDER (default: my-wattest-project), which must be empty or not there.

Templates:
${names.map(descriptionOf).join('\n')}
`;

/** @returns {never} */
function refuse(problem, fix) {
  process.stderr.write(`create-wattest: ${problem}. ${fix}.\n`);
  process.exit(2);
}

function given() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        template: { type: 'string', default: DEFAULT },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    return refuse(error.message.replace(/\.?\s*$/, ''), 'See --help');
  }
}

const { values, positionals } = given();
if (values.help) {
  process.stdout.write(help());
  process.exit(0);
}
if (positionals.length > 1) refuse('more than one folder is named', 'Name one');
if (!names.includes(values.template))
  refuse(`there is no template "${values.template}"`, `Give one of ${names.join(', ')}`);

const [folder = 'my-wattest-project'] = positionals;
const home = resolve(folder);
// What npm names a package: the folder's name, as far as it is one.
const name = basename(home)
  .toLowerCase()
  .replace(/[^a-z0-9._-]+/g, '-')
  .replace(/^[._-]+|-+$/g, '');
if (name === '') refuse(`"${folder}" gives the project no name`, 'Name a folder with letters in its name');
let steps;
let engines;
try {
  if (existsSync(home) && readdirSync(home).length > 0)
    refuse(`${folder} is not empty`, 'Name another folder: nothing is overwritten');
  cpSync(join(TEMPLATES, values.template), home, { recursive: true });
  // npm leaves out files of this name when it packs.
  renameSync(join(home, 'gitignore'), join(home, '.gitignore'));
  const { description, ...project } = packageOf(home);
  ({ engines } = project);
  writeFileSync(join(home, 'package.json'), `${JSON.stringify({ ...project, name }, null, 2)}\n`);
  [, steps] = /^```sh\n(.*?)^```$/ms.exec(readFileSync(join(home, 'README.md'), 'utf8'));
} catch (error) {
  refuse(
    `the project cannot be written to ${folder} (${error.code ?? error.message})`,
    'Name a folder that you may write to',
  );
}
process.stdout.write(`${folder}: a project of the template "${values.template}"

  cd ${folder}
${steps.replaceAll(/^/gm, '  ').trimEnd()}
`);

// npm only warns, in other words, and what fails then does not say why.
const [, least] = /^>=(\d+\.\d+)$/.exec(engines.node);
const inOrder = (version) => version.split('.', 2).reduce((major, minor) => 1000 * major + Number(minor), 0);
if (inOrder(process.versions.node) < inOrder(least))
  process.stderr.write(`
create-wattest: the project takes Node ${least} or later, and this is ${process.versions.node}. Change to one before \`npm install\`, which chooses native parts by it.
`);

// npm run format: writes every file as the formatters want it. With paths, only those.
import './lib/help.ts';
import { globSync } from 'node:fs';
import { ROOT, runTool, toolPath } from './lib/tools.ts';

const paths = process.argv.slice(2);
const solidity =
  paths.length === 0
    ? globSync('contracts/**/*.sol', { cwd: ROOT })
    : paths.filter((path) => path.endsWith('.sol'));
const rest = paths.length === 0 ? ['.'] : paths.filter((path) => !path.endsWith('.sol'));

const codes: number[] = [];
if (rest.length > 0) {
  const biome = toolPath('@biomejs/biome', 'biome');
  codes.push(
    (await runTool(biome, ['check', '--write', '--linter-enabled=false', ...rest], { show: true })).code,
  );
}
if (solidity.length > 0) {
  codes.push((await runTool(toolPath('prettier'), ['--write', ...solidity], { show: true })).code);
}
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;

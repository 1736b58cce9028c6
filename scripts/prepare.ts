// Runs after `npm ci`. The repository runs its TypeScript sources directly; only the kernels are compiled.
import { existsSync } from 'node:fs';
import { KERNEL_BUILD, runTool } from './lib/tools.ts';

if (existsSync(KERNEL_BUILD)) process.exitCode = (await runTool(KERNEL_BUILD, [], { show: true })).code;

import { AskServer } from './ask-server.tsx';
import type { PageProgram } from './page-program.ts';
import { factors } from './programs/factors.tsx';

/** One entry for each program of wattest.json that the page proves. */
export const PROGRAMS: readonly PageProgram[] = [{ ...factors, Proven: AskServer }];

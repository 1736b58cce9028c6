import type { PageProgram } from './page-program.ts';
import { members } from './programs/members.tsx';
import { scores } from './programs/scores.tsx';

export const PROGRAMS: readonly PageProgram[] = [scores, members];

/** The compiler under a path, as configurations of Hardhat name it in a run of the tests (`SOLC_PATH`). */
import { soljsonOnce } from './solc-once.ts';

export default soljsonOnce;

/** What options are where they are not given, in the command and in the plugin's tasks. Hardhat loads it with every configuration, so it imports nothing. */

/** In wei. Far above what a deployment costs on any chain in ordinary times, far below what a node could make up. */
export const DEFAULT_MAX_FEE: bigint = 10n ** 18n;
/** Folder of the deployment files. */
export const DEPLOYMENTS_FOLDER = 'deployments';
export const MANIFEST_FILE = 'wattest.json';
/** Blocks of a record that is done, its own included. */
export const DEFAULT_CONFIRMATIONS = 1;
/** Functions that a profile lists. */
export const DEFAULT_TOP = 20;
/** Milliseconds between questions to an explorer. */
export const DEFAULT_PAUSE = 3000;
export const SOURCIFY_URL = 'https://sourcify.dev/server';
export const ETHERSCAN_URL = 'https://api.etherscan.io/v2/api';

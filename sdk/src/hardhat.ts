/** Entry point `wattest/hardhat`: the plugin for Hardhat 3, an optional peer ([docs/hardhat.md]). */
export { default } from './hardhat/plugin.ts';
export type * from './hardhat/types.ts';

/** Entry point `wattest/hardhat`: the plugin for Hardhat 3, an optional peer ([docs/hardhat.md]). */
export type { BoundProgram } from './cli/bind/bind-programs.ts';
export type { ManifestFile } from './cli/bind/manifest-file.ts';
export { default } from './hardhat/plugin.ts';
export type * from './hardhat/types.ts';
export type { Manifest, ManifestProgram } from './typed/program.ts';

/** The file that gives `hre.wattest` the types of a project's programs. */
import { join } from 'node:path';
import type { BoundFile } from '../cli/bind/bind.ts';
import type { ManifestFile } from '../cli/bind/manifest-file.ts';
import { GENERATED } from '../typed/generate/names.ts';

const ENTRY = 'wattest/hardhat';

/** `generated/hardhat.d.ts`, which a project's `tsconfig.json` includes. */
export function programTypes({ folder, manifest: { out, programs } }: ManifestFile): BoundFile {
  const path = join(folder, out.typescript, 'hardhat.d.ts');
  const names = programs.map(({ name }) => name);
  const lines = [
    `// ${GENERATED} The types of \`hre.wattest\`.`,
    `import '${ENTRY}';`,
    ...names.map((name) => `import type { ${name} } from './${name}.js';`),
    '',
    `declare module '${ENTRY}' {`,
    '  interface WattestPrograms {',
    ...names.map((name) => `    ${name}: typeof ${name};`),
    '  }',
    '}',
    '',
  ];
  return { path, bytes: new TextEncoder().encode(lines.join('\n')) };
}

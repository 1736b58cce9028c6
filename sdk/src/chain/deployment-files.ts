/** The files of `deployments/` (Node): one JSON a network, beside it the compiler inputs that explorers verify with. */
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../errors/index.ts';
import { fileReason } from '../platform/file-reason.ts';
import { type ReadFixes, readTextFile } from '../platform/node-files.ts';
import { writeWhole } from '../platform/node-storage.ts';
import {
  type Deployment,
  formatDeployment,
  formatUnfinished,
  parseDeployment,
  parseUnfinished,
  type UnfinishedDeployment,
} from './deployments.ts';

/**
 * Writes `<folder>/<network>.json`, and `<folder>/<network>.<contract>.input.json` for each of `inputs`. Each file is put in
 * place whole or not at all, the deployment last.
 * @param inputs standard JSON inputs by the name of the contract
 * @returns the path of the deployment
 * @throws FILE_UNWRITABLE
 */
export async function writeDeployment(
  folder: string,
  deployment: Deployment,
  inputs: Readonly<Record<string, string>> = {},
): Promise<string> {
  const path = deploymentPath(folder, deployment.network);
  await writeFiles(folder, [
    ...Object.entries(inputs).map(([contract, input]): [string, string] => [
      inputPath(folder, deployment.network, contract),
      `${input}\n`,
    ]),
    [path, formatDeployment(deployment)],
  ]);
  return path;
}

/** @throws FILE_UNREADABLE, DEPLOYMENT_INVALID */
export async function readDeployment(folder: string, network: string): Promise<Deployment> {
  const path = deploymentPath(folder, network);
  const deployment = parseDeployment(await readTextFile(path, FIXES), path);
  requireNetwork(deployment, network, path);
  return deployment;
}

const FIXES: ReadFixes = {
  missing:
    'Deploy to this network first (wattest deploy --network NAME), or say where its file is: --deployments FOLDER',
  tooLarge: 'Restore the file from version control, or deploy again',
};

/**
 * What was sent by a deployment that did not come to its end; undefined where there is none.
 * @throws FILE_UNREADABLE, DEPLOYMENT_INVALID
 */
export async function readUnfinished(
  folder: string,
  network: string,
): Promise<UnfinishedDeployment | undefined> {
  const path = unfinishedPath(folder, network);
  if (await isMissing(path)) return undefined;
  const unfinished = parseUnfinished(await readTextFile(path, FIXES), path);
  requireNetwork(unfinished, network, path);
  return unfinished;
}

/** Not said of one that is there and cannot be looked at: what it is about would be paid for again. */
async function isMissing(path: string): Promise<boolean> {
  try {
    await stat(path);
    return false;
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

/** Put in place whole or not at all. @throws FILE_UNWRITABLE */
export async function writeUnfinished(folder: string, unfinished: UnfinishedDeployment): Promise<void> {
  await writeFiles(folder, [[unfinishedPath(folder, unfinished.network), formatUnfinished(unfinished)]]);
}

/** @throws FILE_UNWRITABLE */
export async function removeUnfinished(folder: string, network: string): Promise<void> {
  const path = unfinishedPath(folder, network);
  await rm(path, { force: true }).catch((cause: unknown) => unwritable(path, cause));
}

export function deploymentPath(folder: string, network: string): string {
  if (!/^[\w-]+$/.test(network)) {
    fail('USAGE', `"${network}" is no name of a network`, { fix: 'Use letters, digits and dashes' });
  }
  return join(folder, `${network}.json`);
}

/** Of the compiler's input for a contract: `contract` as `inputName` of `describe.ts` has it. */
export function inputPath(folder: string, network: string, contract: string): string {
  return join(folder, `${network}.${contract}.input.json`);
}

/** Of the transactions of a deployment that is not finished. */
export function unfinishedPath(folder: string, network: string): string {
  return deploymentPath(folder, network).replace(/json$/, 'unfinished.json');
}

function requireNetwork({ network }: { readonly network: string }, expected: string, where: string): void {
  if (network === expected) return;
  fail('DEPLOYMENT_INVALID', `the file is about network ${network}`, {
    where,
    fix: 'Restore the file from version control, or deploy again',
  });
}

async function writeFiles(
  folder: string,
  files: readonly (readonly [path: string, text: string])[],
): Promise<void> {
  let at = folder;
  try {
    await mkdir(folder, { recursive: true });
    for (const [path, text] of files) {
      at = path;
      await writeWhole(path, [new TextEncoder().encode(text)]);
    }
  } catch (cause) {
    unwritable(at, cause);
  }
}

function unwritable(where: string, cause: unknown): never {
  fail('FILE_UNWRITABLE', `cannot be written (${fileReason(cause)})`, {
    where,
    fix: 'Check the folder and its permissions; what was sent to the chain stands all the same',
    cause,
  });
}

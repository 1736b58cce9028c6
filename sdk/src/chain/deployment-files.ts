/** The files of `deployments/` (Node): one JSON a network, beside it the compiler inputs that explorers verify with. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../errors/index.ts';
import { writeWhole } from '../platform/node-storage.ts';
import { type Deployment, formatDeployment, parseDeployment } from './deployments.ts';

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
  const encode = (text: string): Uint8Array[] => [new TextEncoder().encode(text)];
  try {
    await mkdir(folder, { recursive: true });
    for (const [contract, input] of Object.entries(inputs)) {
      await writeWhole(join(folder, `${deployment.network}.${contract}.input.json`), encode(`${input}\n`));
    }
    await writeWhole(path, encode(formatDeployment(deployment)));
  } catch (cause) {
    fail(
      'FILE_UNWRITABLE',
      `cannot be written (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'})`,
      {
        where: path,
        fix: 'Check the folder and its permissions; the contracts are deployed all the same',
        cause,
      },
    );
  }
  return path;
}

/** @throws FILE_UNREADABLE, DEPLOYMENT_INVALID */
export async function readDeployment(folder: string, network: string): Promise<Deployment> {
  const path = deploymentPath(folder, network);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'no such file' : (code ?? 'unknown reason');
    fail('FILE_UNREADABLE', `cannot be read (${reason})`, {
      where: path,
      fix: 'Deploy to this network first: wattest deploy --network NAME',
      cause,
    });
  }
  const deployment = parseDeployment(text, path);
  if (deployment.network !== network) {
    fail('DEPLOYMENT_INVALID', `the file is about network ${deployment.network}`, {
      where: path,
      fix: 'Restore the file from version control, or deploy again',
    });
  }
  return deployment;
}

export function deploymentPath(folder: string, network: string): string {
  if (!/^[\w-]+$/.test(network)) {
    fail('USAGE', `"${network}" is no name of a network`, { fix: 'Use letters, digits and dashes' });
  }
  return join(folder, `${network}.json`);
}

/** A signed attestation as text: what its owner hands to whoever submits it. */
import { fail } from '../errors/index.ts';
import { Reader } from '../json/reader.ts';
import { checksumAddress } from '../solidity/abi.ts';
import type { SignedAttestation } from './calls.ts';

const FORMAT = 'wattest-signature';
const FORMAT_VERSION = 1;
/** Of a contract that is an account (ERC-1271) a signature is as long as it likes; none is longer than this. */
const MOST_BYTES = 2 ** 14;
const MOST_WORD = 1n << 256n;

/** JSON with the same members; numbers in decimal digits. */
export function formatSignature(signed: SignedAttestation): string {
  const { registry, chainId, submitter, nonce, deadline, signature } = signed;
  const json = {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    chainId,
    registry: registry.toLowerCase(),
    programId: signed.programId.toLowerCase(),
    statementHash: signed.statementHash.toLowerCase(),
    selector: signed.selector.toLowerCase(),
    submitter: submitter.toLowerCase(),
    nonce: String(nonce),
    deadline: String(deadline),
    signature: signature.toLowerCase(),
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

/**
 * Strict inverse of {@link formatSignature}. Only the form is looked at: what it is worth, the registry says.
 * @param where the file's path, for messages
 * @throws SIGNATURE_MALFORMED
 */
export function parseSignature(text: string, where: string): SignedAttestation {
  const fix = 'Give a file of `wattest sign`, or a text of formatSignature';
  const top = Reader.parse(text, where, { code: 'SIGNATURE_MALFORMED', fix });
  if (top.at('format').value !== FORMAT) top.invalid(`is not a ${FORMAT}`);
  const version = top.at('formatVersion').value;
  if (version !== FORMAT_VERSION) {
    fail(
      'SIGNATURE_MALFORMED',
      `format ${String(version).slice(0, 16)} of signatures, this is ${FORMAT_VERSION}`,
      {
        where,
        fix: 'Have it signed with this release',
      },
    );
  }
  const signature = top.at('signature').hex();
  if (signature.length > 2 + 2 * MOST_BYTES)
    top.at('signature').invalid(`is longer than ${MOST_BYTES} bytes`);
  return {
    chainId: top.at('chainId').integer(),
    registry: checksumAddress(top.at('registry').hex(20)),
    programId: top.at('programId').hex(32),
    statementHash: top.at('statementHash').hex(32),
    selector: top.at('selector').hex(4),
    submitter: checksumAddress(top.at('submitter').hex(20)),
    nonce: top.at('nonce').decimal(MOST_WORD),
    deadline: top.at('deadline').decimal(MOST_WORD),
    signature,
  };
}

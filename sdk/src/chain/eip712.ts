/** The EIP-712 domain of a registry: what signatures for `attestFor` are bound to. */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Hex } from '../plonk/keys/key.ts';
import { abiTopic, abiTuple, abiWord } from '../solidity/abi.ts';
import { word } from '../transcript/encode.ts';
import type { TypedData } from './port.ts';

const NAME = 'wattest AttestationRegistry';
const VERSION = '1';

/** `ShortString` of OpenZeppelin: the text from the left, its length in the last byte. */
function shortString(text: string): Hex {
  return `0x${bytesToHex(utf8ToBytes(text)).padEnd(62, '0')}${text.length.toString(16).padStart(2, '0')}`;
}

/** Immutables that a registry has of OpenZeppelin's `EIP712`, in the order of their declaration. */
export function domainImmutables(registry: Hex, chainId: number): readonly Hex[] {
  const type = abiTopic('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)');
  const [name, version] = [abiTopic(NAME), abiTopic(VERSION)];
  const [chain, self] = [word(chainId), abiWord(registry)];
  const separator = keccak_256(abiTuple(abiWord(type), abiWord(name), abiWord(version), chain, self));
  const hex = (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`;
  return [hex(separator), hex(chain), hex(self), name, version, shortString(NAME), shortString(VERSION)];
}

/** What a submitter signs for `attestFor`. */
export interface AttestMessage {
  readonly programId: Hex;
  readonly statementHash: Hex;
  /** First four bytes of the proof, and of the digest of its key. */
  readonly selector: Hex;
  readonly nonce: bigint;
  /** Last second in which the signature is good. */
  readonly deadline: bigint;
}

export function attestTypedData(registry: Hex, chainId: number, message: AttestMessage): TypedData {
  return {
    domain: { name: NAME, version: VERSION, chainId, verifyingContract: registry },
    primaryType: 'Attest',
    types: {
      Attest: [
        { name: 'programId', type: 'bytes32' },
        { name: 'statementHash', type: 'bytes32' },
        { name: 'selector', type: 'bytes4' },
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint256' },
      ],
    },
    message: { ...message },
  };
}

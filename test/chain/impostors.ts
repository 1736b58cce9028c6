/** Contracts that are not what they stand for, for the tests of the actions and of `checkDeployment`. */
import { concat, getAddress, type Hex, keccak256, padHex, size, toHex } from 'viem';
import { SOLC_VERSION } from '../../sdk/src/solidity/settings.ts';
import type { TestChain } from './fixture.ts';

/** Runtime code that accepts every call and returns nothing: STOP. */
export const ACCEPT_ALL: Hex = '0x00';

/** Runtime code that answers every call with one word: PUSH32 word PUSH0 MSTORE PUSH1 32 PUSH0 RETURN. */
export function answering(word: Hex): Hex {
  return concat(['0x7f', padHex(word, { size: 32 }), '0x5f5260205ff3']);
}

/** Runtime code that creates a contract from its calldata: CALLDATACOPY(0, 0, n) CREATE(0, 0, n) STOP. */
export const FACTORY: Hex = '0x365f5f37365f5ff000';

/** Initcode that runs `before` and then returns `runtime`. */
export function initcode(runtime: Hex, before: Hex = '0x'): Hex {
  const length = toHex(size(runtime), { size: 2 });
  // PUSH2 length DUP1 PUSH2 offset PUSH0 CODECOPY PUSH0 RETURN
  const tail = (offset: number): Hex =>
    concat(['0x61', length, '0x8061', toHex(offset, { size: 2 }), '0x5f395ff3']);
  const head = before === '0x' ? 0 : size(before);
  return concat([before, tail(head + size(tail(0))), runtime]);
}

export interface Planted {
  /** In lower case, as deployment files have it. */
  readonly address: Hex;
  readonly transactionHash: Hex;
}

export async function plant(chain: TestChain, code: Hex): Promise<Planted> {
  const hash = await chain.wallet.deployContract({ abi: [], bytecode: code });
  const { contractAddress } = await chain.client.waitForTransactionReceipt({ hash });
  return { address: contractAddress!.toLowerCase() as Hex, transactionHash: hash };
}

/** Where an `AttestationRegistry` has its variables; a test compares them with the compiler's. */
export const SLOTS = { _routes: 3, _selectors: 4, _first: 8 } as const;

const mapped = (key: Hex, slot: Hex): Hex =>
  keccak256(concat([padHex(key, { size: 32, dir: 'right' }), slot]));
const word = (value: number | bigint): Hex => toHex(value, { size: 32 });
/** PUSH32 value PUSH32 slot SSTORE. */
const store = (slot: Hex, value: Hex): Hex => concat(['0x7f', value, '0x7f', slot, '0x55']);

/** Code that writes a record into the storage of an `AttestationRegistry`. */
export function seedRecord(programId: Hex, statementHash: Hex, submitter: Hex): Hex {
  const slot = mapped(statementHash, mapped(programId, word(SLOTS._first)));
  // Packed: selector 0 and block number 1 above the address.
  return store(slot, concat([padHex('0x', { size: 4 }), toHex(1, { size: 8 }), submitter]));
}

/** Code that gives an `AttestationRegistry` one live route. */
export function seedRoute({
  selector,
  verifier,
  digest,
  cannotReturn,
}: {
  readonly selector: Hex;
  readonly verifier: Hex;
  readonly digest: Hex;
  readonly cannotReturn: Hex;
}): Hex {
  const at = BigInt(mapped(selector, word(SLOTS._routes)));
  return concat([
    store(word(at), concat([padHex('0x01', { size: 12 }), verifier])),
    store(word(at + 1n), digest),
    store(word(at + 2n), cannotReturn),
    store(word(SLOTS._selectors), word(1)),
    store(keccak256(word(SLOTS._selectors)), padHex(selector, { size: 32 })),
  ]);
}

/** The word at `offset` of code replaced. */
export function withCodeWord(code: Hex, offset: number, word: Hex): Hex {
  const at = 2 + 2 * offset;
  return `${code.slice(0, at)}${padHex(word, { size: 32 }).slice(2)}${code.slice(at + 64)}` as Hex;
}

const STRUCTS = `    struct Statement { bytes publicInputs; bytes publicOutputs; uint64 status; }
    struct Attestation { address submitter; uint64 blockNumber; bytes4 selector; bool stopped; }
    struct Route { bytes4 selector; uint8 state; address verifier; bytes32 vkDigest; bytes32 cannotReturn; }
`;

/** One route, as a gateway would answer. */
const soleRoute = ({ digest, verifier }: { readonly digest: Hex; readonly verifier: Hex }): string => `\
    bytes32 private constant VK_DIGEST = ${digest};
    function selectors() external pure returns (bytes4[] memory all) {
        all = new bytes4[](1);
        all[0] = bytes4(VK_DIGEST);
    }
    function route(bytes4 selector) external pure returns (Route memory) {
        return Route(selector, 1, ${getAddress(verifier)}, VK_DIGEST, 0);
    }
`;

/**
 * A contract that names the right verifier and key and answers `attest` as a registry does, but records nothing.
 * @param answer what it returns from `attest`
 */
export function forgetfulRegistry(
  { digest, verifier }: { readonly digest: Hex; readonly verifier: Hex },
  answer: Hex,
): { readonly name: string; readonly source: string } {
  const name = 'Forgetful';
  return {
    name,
    source: `// SPDX-License-Identifier: Apache-2.0
pragma solidity ${SOLC_VERSION};
contract ${name} {
${STRUCTS}${soleRoute({ digest, verifier })}    event Other(bytes32 indexed programId, bytes32 indexed hash, address indexed submitter);
    function attest(bytes32 id, Statement calldata, bytes calldata) external returns (bytes32) {
        emit Other(id, ${answer}, msg.sender);
        return ${answer};
    }
    function attestation(bytes32, bytes32, bytes32) external pure returns (Attestation memory none) {}
}
`,
  };
}

/** A registry that records nothing and answers every question as whoever brings a lie would like it. */
export function lyingRegistry({ digest, verifier }: { readonly digest: Hex; readonly verifier: Hex }): {
  readonly name: string;
  readonly source: string;
} {
  const name = 'Evil';
  return {
    name,
    source: `// SPDX-License-Identifier: Apache-2.0
pragma solidity ${SOLC_VERSION};
contract ${name} {
${STRUCTS}    event Attested(bytes32 indexed programId, bytes32 indexed hash, address indexed submitter, bytes4 selector, uint64 status, bytes publicInputs, bytes publicOutputs);
${soleRoute({ digest, verifier })}    function attest(bytes32 id, Statement calldata s, bytes calldata) external returns (bytes32 hash) {
        hash = keccak256(abi.encode(s));
        emit Attested(id, hash, msg.sender, bytes4(VK_DIGEST), s.status, s.publicInputs, s.publicOutputs);
    }
    function attestation(bytes32, bytes32, bytes32) external view returns (Attestation memory) {
        return Attestation(address(this), uint64(block.number), bytes4(VK_DIGEST), false);
    }
    function hasReturnedUnder(bytes32, bytes32, bytes calldata, bytes calldata) external pure returns (bool) { return true; }
    function isAttested(bytes32, Statement calldata) external pure returns (bool) { return true; }
}
`,
  };
}

/** A verifier that names the right key and takes every proof. */
export function lyingVerifier(digest: Hex): { readonly name: string; readonly source: string } {
  const name = 'Yes';
  return {
    name,
    source: `// SPDX-License-Identifier: Apache-2.0
pragma solidity ${SOLC_VERSION};
contract ${name} {
    struct Statement { bytes publicInputs; bytes publicOutputs; uint64 status; }
    bytes32 public constant VK_DIGEST = ${digest};
    bytes4 public constant SELECTOR = bytes4(VK_DIGEST);
    bool public constant INSECURE_SRS = true;
    function verify(bytes32, Statement calldata, bytes calldata proof) external view { require(proof.length > 4); }
}
`,
  };
}

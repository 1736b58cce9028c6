/** Our encoding of calls against that of a client library, and what is read of answers. */
import assert from 'node:assert/strict';
import {
  encodeFunctionData,
  getAddress,
  getContractAddress,
  type Hex,
  parseAbi,
  toEventSelector,
} from 'viem';
import { VERIFIER_ABI } from '../../sdk/src/chain/calls.ts';
import { createdAddress } from '../../sdk/src/chain/create.ts';
import {
  abiAddress,
  abiBytes,
  abiCall,
  abiTopic,
  abiWord,
  abiWords,
  checksumAddress,
} from '../../sdk/src/solidity/abi.ts';
import { encodeProofCall } from '../../sdk/src/solidity/encode.ts';

const bytes = (length: number): Hex => `0x${'a5'.repeat(length)}`;
const LENGTHS = [0, 1, 31, 32, 33, 64, 12_345];
const ADDRESSES: readonly Hex[] = [
  '0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed',
  '0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359',
  `0x${'00'.repeat(20)}`,
  `0x${'ff'.repeat(20)}`,
];

describe('the ABI of calls', () => {
  it('of verify is what viem makes, for parts of every length', () => {
    const id: Hex = `0x${'01'.repeat(32)}`;
    for (const inputs of LENGTHS)
      for (const proof of LENGTHS) {
        const statement = {
          publicInputs: bytes(inputs),
          publicOutputs: bytes(proof),
          status: (1n << 64n) - 1n,
        };
        const args = [id, statement, bytes(proof)] as const;
        assert.equal(
          encodeProofCall('verify', ...args),
          encodeFunctionData({ abi: VERIFIER_ABI, functionName: 'verify', args }),
        );
      }
  });

  it('of the other functions too', () => {
    const abi = parseAbi(['function f(bytes32, address, bytes, bytes)', 'function g()']);
    const [word, address] = [`0x${'12'.repeat(32)}`, getAddress(ADDRESSES[0]!)] as const;
    const args = [word, address, bytes(33), bytes(0)] as const;
    assert.equal(
      abiCall(
        'f(bytes32,address,bytes,bytes)',
        abiWord(word),
        abiWord(address),
        abiBytes(args[2]),
        abiBytes(args[3]),
      ),
      encodeFunctionData({ abi, functionName: 'f', args }),
    );
    assert.equal(abiCall('g()'), encodeFunctionData({ abi, functionName: 'g' }));
    assert.equal(abiTopic('E(uint256)'), toEventSelector('E(uint256)'));
  });

  it('of answers is whole words, and addresses have nothing above them', () => {
    const [a, b] = ['11', '22'].map((digits) => digits.repeat(32)) as [string, string];
    assert.deepEqual(abiWords(`0x${a}${b}`, 2), [`0x${a}`, `0x${b}`]);
    assert.deepEqual(abiWords(`0x${a}${b}`, 1), [`0x${a}`]);
    for (const short of ['0x', `0x${a.slice(2)}`, `0x${a}${b.slice(1)}`] as Hex[])
      assert.equal(abiWords(short, short.length > 66 ? 2 : 1), undefined);
    assert.equal(abiWords('0xzz' as Hex, 0), undefined);
    assert.equal(abiAddress(`0x${'0'.repeat(24)}${ADDRESSES[0]!.slice(2)}`), getAddress(ADDRESSES[0]!));
    assert.equal(abiAddress(`0x01${'0'.repeat(22)}${ADDRESSES[0]!.slice(2)}`), undefined);
  });

  it('of addresses has the mixed case of ERC-55, and what CREATE gives', () => {
    for (const address of ADDRESSES) {
      assert.equal(checksumAddress(address), getAddress(address));
      assert.equal(checksumAddress(getAddress(address)), getAddress(address));
      for (const nonce of [1, 2, 127])
        assert.equal(
          createdAddress(address, nonce),
          getContractAddress({ from: address, nonce: BigInt(nonce) }),
        );
      for (const nonce of [0, 128, 1.5]) assert.throws(() => createdAddress(address, nonce), RangeError);
    }
  });
});

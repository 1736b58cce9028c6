import assert from 'node:assert/strict';
import { concatHex, type Hex, keccak256, slice } from 'viem';
import { VERIFIER_ABI } from '../../sdk/src/chain/calls.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { packByChip } from '../../sdk/src/plonk/declare/packing.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { encodeSpecialisedCallProof } from '../../sdk/src/solidity/encode.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { deployVerifier } from '../../sdk/src/viem.ts';
import { DEFAULT_RUN, DEFAULT_SHAPE, makeToy, proveToy, type ToyShape } from '../plonk/toy.ts';
import {
  callData,
  connectChain,
  deployToyVerifier,
  honestCall,
  makeToyProof,
  outcome,
  type TestChain,
  type ToyProof,
} from './fixture.ts';

describe('flavours of the generated verifier', () => {
  let chain: TestChain;
  let made: ToyProof;

  before(async () => {
    chain = await connectChain();
    made = await makeToyProof();
  });
  after(() => chain.close());

  const shapes: readonly (readonly [string, Partial<ToyShape>])[] = [
    [
      'one packing factor',
      { packing: packByChip({ squares: 4, io: 4, exit: 4, image: 4, table: 4 }), tPhi: 4 },
    ],
    [
      'packing factors that are no powers of two',
      { packing: packByChip({ squares: 3, io: 5, exit: 7, image: 2, table: 3 }), tPhi: 2, tQuotient: 3 },
    ],
    [
      // The product of so many moduli would be too deep for the stack in one expression.
      'ten moduli',
      {
        packing: (chips) =>
          packByChip({ squares: 2, io: 3, exit: 4, image: 5, table: 6 })(chips).map((pack, i) =>
            pack.stage === 'helper' ? { ...pack, t: 9 + (i % 2) } : pack,
          ),
        tPhi: 8,
        tQuotient: 7,
      },
    ],
    ['no packing', { packing: packByChip({ squares: 1, io: 1, exit: 1, image: 1, table: 1 }), tQuotient: 2 }],
  ];
  for (const [name, shape] of shapes) {
    it(`accepts and refuses with ${name}`, async () => {
      const other = await makeToyProof(await makeToy({ ...DEFAULT_SHAPE, ...shape }));
      const { address } = await deployToyVerifier(chain, other.toy);
      const call = honestCall(other);
      assert.equal(await outcome(chain, address, callData(call)), 'accepted');
      const statement = { ...call.statement, status: call.statement.status + 1n };
      assert.equal(await outcome(chain, address, callData({ ...call, statement })), 'IdentityFails');
    });
  }

  it('accepts other heights than the least ones', async () => {
    const { toy } = made;
    const run = { ...DEFAULT_RUN, logs: { squares: 6, io: 5, exit: 4, table: 5 } };
    const { proof } = await proveToy(toy, run);
    const { address } = await deployToyVerifier(chain, toy);
    const call = {
      ...honestCall(made),
      proof: concatHex([
        slice(made.callProof, 0, 132),
        `0x${Buffer.from(proof.subarray(4)).toString('hex')}`,
      ]),
    };
    assert.equal(await outcome(chain, address, callData(call)), 'accepted');
  });

  for (const [name, codeLimit, count] of [
    ['part of the constraints', 7_400, 1],
    ['all constraints, two contracts', 1_100, 2],
  ] as const) {
    it(`calls evaluators for ${name}`, async () => {
      const generated = generateVerifier(made.toy.key.key, { codeLimit });
      assert.equal(generated.evaluators.length, count);
      const { address } = await deployToyVerifier(chain, made.toy, { codeLimit });
      const call = honestCall(made);
      assert.equal(await outcome(chain, address, callData(call)), 'accepted');
      const statement = { ...call.statement, status: 0n };
      assert.equal(await outcome(chain, address, callData({ ...call, statement })), 'IdentityFails');
    });
  }

  describe('for one program', () => {
    let address: Hex;
    let proof: Hex;
    before(async () => {
      ({ address } = await deployToyVerifier(chain, made.toy, { program: made.toy.program.key }));
      proof = encodeSpecialisedCallProof(made.proof);
    });

    it('accepts its proofs, which carry no program key', async () => {
      assert.equal(await outcome(chain, address, callData({ ...honestCall(made), proof })), 'accepted');
    });
    it("refuses another program's id", async () => {
      const programId = keccak256('0x01');
      const call = { ...honestCall(made), proof, programId };
      assert.equal(await outcome(chain, address, callData(call)), 'ProgramMismatch');
    });
    it('refuses the universal encoding', async () => {
      assert.equal(await outcome(chain, address, callData(honestCall(made))), 'ProofLength');
    });
    it('is refused another output', async () => {
      const call = honestCall(made);
      const statement = { ...call.statement, publicOutputs: call.statement.publicInputs };
      assert.equal(await outcome(chain, address, callData({ ...call, proof, statement })), 'IdentityFails');
    });
  });

  it('recomputes the digest of the key from the constants of the deployed code', async () => {
    const { address } = await deployToyVerifier(chain, made.toy);
    const read = <N extends 'VK_DIGEST' | 'SELECTOR' | 'INSECURE_SRS'>(functionName: N) =>
      chain.client.readContract({ address, abi: VERIFIER_ABI, functionName });
    assert.equal(await read('VK_DIGEST'), made.toy.key.key.digest);
    assert.equal(await read('SELECTOR'), made.toy.key.key.selector);
    assert.equal(await read('INSECURE_SRS'), true);
  });

  it('a changed constant changes the digest, and the contract refuses the proof', async () => {
    const { compiled } = await deployToyVerifier(chain, made.toy);
    const constant = made.toy.key.key.tau2.x.real.toString(16).padStart(64, '0');
    const changed = constant.replace(/.$/, (digit) => (Number.parseInt(digit, 16) ^ 1).toString(16));
    assert.ok(compiled.bytecode.includes(constant));
    const bytecode = compiled.bytecode.replaceAll(constant, changed) as Hex;
    const hash = await chain.wallet.deployContract({ abi: [], bytecode });
    const { contractAddress } = await chain.client.waitForTransactionReceipt({ hash });
    assert.equal(await outcome(chain, contractAddress!, callData(honestCall(made))), 'ProofSelector');
  });

  it('a development key deploys on development chains only', async () => {
    const { bytecode } = await compileVerifier(generateVerifier(made.toy.key.key));
    for (const [chainId, allowed] of [
      [1, false],
      [11155111, false],
      [1337, true],
    ] as const) {
      const other = await connectChain(chainId);
      try {
        const deployed = deployVerifier(other.wallet, { contract: { bytecode } });
        if (allowed) await deployed;
        else await assert.rejects(deployed, (error) => isWattestError(error, 'KEY_INSECURE'));
      } finally {
        await other.close();
      }
    }
  });
});

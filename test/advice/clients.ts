/** Advices about endpoints, wallets and transactions under way. */
import type { Elsewhere, Table } from './lib/follow.ts';

const CLIENT = (title: string): Elsewhere => ({ test: 'test/chain/client.test.ts', title });
const ENDPOINT = (title: string): Elsewhere => ({ test: 'test/chain/endpoints.test.ts', title });
const PENDING = CLIENT(
  'waits for what is not mined as long as it may, and says what was sent when it is interrupted',
);
const SIGNED = CLIENT('in the name of whoever signed, once');
const REGISTRY = (title: string): Elsewhere => ({ test: 'test/cli/attest.test.ts', title });
const SRS = (title: string): Elsewhere => ({ test: 'test/cli/srs.test.ts', title });
const PROVES = CLIENT('proves by the prover that it was given, for keys of the deployment alone');

export const CLIENTS: Table = {
  'Try again: what is on record is not paid for twice': ENDPOINT(
    'a silent one is given up when the caller gives up',
  ),
  'Send coins of this chain to the account, or use another account': ENDPOINT('an account without coins'),
  'Run the command again: it goes on from there': SRS(
    'a download that is cut off goes on where it was, as often as it takes',
  ),
  'Nothing of it was kept: try again, or from another place (--url)': SRS(
    'what has another hash is not kept, and does not take the place of what was there',
  ),
  'Check the URL, or take the file from another place (--url)': SRS(
    'a server that has none, and a folder that is none, are errors',
  ),
  'Check the folder, its permissions and the room on the disk; what came is kept': SRS(
    'a server that has none, and a folder that is none, are errors',
  ),
  'Name it: wattest srs check FILE': SRS(
    'by the command: what is no ceremony file, and one that is too small, are refused',
  ),
  'Fetch a published file (wattest srs fetch), or give the hash that the makers of this one publish (--blake2b)':
    SRS('by the command: a file whose hash nobody published is refused, unless it is asked for by its hash'),
  'Give a number from … to …': SRS('by the command: listed, and not taken with another hash'),
  'Try again, and confirm in the wallet': ENDPOINT('a wallet whose owner says no'),
  'Wait and try again, or use an endpoint of your own': {
    because:
      'how long an endpoint is angry is its own; the error itself is met in test/chain/endpoints.test.ts',
  },
  'Check the access key in the URL of the endpoint': {
    because: 'keys of endpoints are theirs; the error itself is met in test/chain/endpoints.test.ts',
  },
  'Check the network and the address': {
    test: 'test/chain/actions.test.ts',
    title: 'says that there is no contract',
  },
  'Submit the proof that it was signed for, to the registry that it was signed for, or have this one signed':
    SIGNED,
  'Look whether the statement is on record, or have it signed anew': SIGNED,
  'Give a file of `wattest sign`, or a text of formatSignature': REGISTRY(
    'sign: whoever has the signature submits in the name of whoever signed, and once',
  ),
  'Have it signed with this release': REGISTRY(
    'sign: whoever has the signature submits in the name of whoever signed, and once',
  ),
  'Give a file of `wattest sign`': {
    because: 'a file of more than 16 MiB is none; that files of it are taken is in test/cli/attest.test.ts',
  },
  'Give the proof that it was signed for': REGISTRY(
    'sign: whoever has the signature submits in the name of whoever signed, and once',
  ),
  'Give fewer, or leave out --all': REGISTRY(
    '--all of more than fit one transaction is refused before anything is sent',
  ),
  'Give a proof file, or both --program and --statement': REGISTRY(
    'record: by program and statement, of the keys, and without an account',
  ),
  'Give a key, or --proof FILE': REGISTRY('freeze and stop: nothing without --for-good'),
  'Give …: wattest record --network … lists them': REGISTRY('freeze and stop: nothing without --for-good'),
  'Give --for-good if that is meant': REGISTRY(
    'stop: by the guardian, and records say so and count for nothing',
  ),
  'Mend it, and read those events again (readEvents): they are not told twice': {
    test: 'test/chain/watching.test.ts',
    title: 'a function that throws is told of, and ends nothing',
  },
  'Try again, if the proof is still to be recorded': CLIENT(
    'a transaction that its sender replaces is no record, or is one of the other',
  ),
  'Give a whole number of at least 1': {
    test: 'test/chain/counts.test.ts',
    title: 'numbers of blocks, confirmations and seconds that are none are refused before anything is asked',
  },
  'Give a bigint from 0n on': {
    test: 'test/chain/counts.test.ts',
    title: 'blocks that are none are refused before anything is asked',
  },
  'Look at the account in its wallet or at an explorer, and try again: what is on record is not paid for twice':
    {
      because: 'takes an account that has sent more than 256 blocks of transactions while nobody looked',
    },
  'Wait longer, or look it up: it may still be mined; what is on record is not paid for twice': PENDING,
  'Look it up, or try again: what is on record is not paid for twice': PENDING,
  'Switch the wallet to this chain, or use the deployment of the other one': CLIENT(
    'is of one chain, and of the addresses of the file, in mixed case',
  ),
  'Give a client with an account: a wallet client of viem, a signer of ethers': CLIENT(
    'an account is needed to send, and none to ask',
  ),
  'Give createWattest a session as prover: await openSession()': PROVES,
  'Open the session with SRS and limits of the deployment, or prove a kind that it has a verifier of (wrap)':
    PROVES,
};

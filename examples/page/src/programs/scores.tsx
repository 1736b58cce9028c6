import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, type ReactElement, useMemo } from 'react';
import { type Hex, isAddress, parseAbi } from 'viem';
import { Game } from '../../../scores/generated/Game.ts';
import wasm from '../../../scores/generated/Game.wasm?url';
import { type Around, CONTRACT_STATE, type FieldProps, type PageProgram } from '../page-program.ts';
import { Failure, Loading, Short } from '../ui.tsx';
import { DIRECTIONS, play } from './game.ts';

const abi = parseAbi([
  'struct Inputs { uint64 chainId; address scores; address player; uint64 round; uint64 seed; }',
  'struct Outputs { uint64 score; uint32 largest; }',
  'struct Score { address player; uint64 score; }',
  'function round() view returns (uint64)',
  'function seedOf(address player) view returns (uint64)',
  'function table(uint64 round) view returns (Score[])',
  'function submit(Inputs inputs, Outputs outputs)',
  'error RoundOver(uint64 round)',
  'error OtherSeed(uint64 seed)',
  'error NotHigher(uint64 score)',
  'error NotProven()',
  'error AlreadySpent(bytes32 nullifier)',
  'error MadeForChain(uint256 chainId)',
  'error MadeForContract(address consumer)',
]);

const CONTRACT = 'HighScores';

const currentRound = ({ chain }: Around): Promise<bigint> =>
  chain.client.readContract({ address: chain.contract(CONTRACT), abi, functionName: 'round' });

const ARROWS: Readonly<Record<string, number>> = { ArrowLeft: 0, ArrowRight: 1, ArrowUp: 2, ArrowDown: 3 };
const SIGNS = ['←', '→', '↑', '↓'];

const movesOf = (text: unknown): number[] =>
  typeof text === 'string' ? (text.slice(2).match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)) : [];
const textOf = (moves: readonly number[]): Hex =>
  `0x${moves.map((move) => move.toString(16).padStart(2, '0')).join('')}`;

/** The game: its moves are the private input. */
function Board({ values, set }: FieldProps): ReactElement {
  const { seed, moves: text } = values;
  const moves = useMemo(() => movesOf(text), [text]);
  const game = useMemo(() => (typeof seed === 'bigint' ? play(seed, moves) : undefined), [seed, moves]);
  if (game === undefined)
    return (
      <p className="empty">
        Every player has a game of their own: connect a wallet, or name the player above.
      </p>
    );
  const add = (...more: number[]): void => set({ moves: textOf([...moves, ...more].slice(0, 4096)) });
  const onKeyDown = (event: KeyboardEvent): void => {
    const move = ARROWS[event.key];
    if (move === undefined) return;
    event.preventDefault();
    add(move);
  };
  const some = (count: number): void =>
    add(...crypto.getRandomValues(new Uint8Array(count)).map((byte) => byte % 4));
  return (
    <div className="game">
      <div
        className="board"
        role="application"
        aria-label="Board of 2048: play with the arrow keys"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys play here, and buttons beside it do the same
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        {game.board.map((tile, place) => (
          <span key={place} className="tile" data-tile={Math.min(tile, 11)}>
            {tile === 0 ? '' : 2 ** tile}
          </span>
        ))}
      </div>
      <div className="play">
        <p aria-live="polite">
          <strong className="score">{game.score}</strong> points in {moves.length} moves
          {game.over && ', and the game is over'}
        </p>
        <div className="keys">
          {DIRECTIONS.map((direction, move) => (
            <button
              key={direction}
              type="button"
              className="key"
              aria-label={`Move ${direction}`}
              onClick={() => add(move)}
            >
              {SIGNS[move]}
            </button>
          ))}
        </div>
        <div className="buttons">
          <button type="button" className="quiet" onClick={() => some(25)}>
            25 random moves
          </button>
          <button
            type="button"
            className="quiet"
            disabled={moves.length === 0}
            onClick={() => set({ moves: '0x' })}
          >
            Start over
          </button>
        </div>
        <p className="note">The moves stay here. The proof says that they lead to this score.</p>
      </div>
    </div>
  );
}

/** The places of the round that is played. */
function Table({ chain, account }: Around): ReactElement {
  const { data, error, isPending } = useQuery({
    queryKey: [CONTRACT_STATE, CONTRACT, chain.id],
    queryFn: async () => {
      const round = await currentRound({ chain, account });
      const address = chain.contract(CONTRACT);
      const places = await chain.client.readContract({ address, abi, functionName: 'table', args: [round] });
      return { round, places };
    },
  });
  if (isPending) return <Loading>Reading the table…</Loading>;
  if (error !== null) return <Failure error={error} />;
  return (
    <>
      <h3>High scores, round {String(data.round)}</h3>
      {data.places.length === 0 ? (
        <p className="empty">Nobody yet. Play, prove, and be the first.</p>
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Place</th>
              <th scope="col">Player</th>
              <th scope="col" className="end">
                Score
              </th>
            </tr>
          </thead>
          <tbody>
            {data.places.map(({ player, score }, i) => (
              <tr key={player} className={player === account ? 'own' : undefined}>
                <td>{i + 1}</td>
                <td>
                  <Short value={player} label="player" />
                  {player === account && <span className="tag">you</span>}
                </td>
                <td className="end">{String(score)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

export const scores: PageProgram = {
  id: 'Game',
  title: 'High scores',
  about: 'Play 2048. A proof says what your moves score, and shows none of them.',
  program: Game,
  wasm,
  contract: CONTRACT,
  abi,
  reverts: {
    RoundOver: 'Another round has begun since: play again from its seed.',
    OtherSeed: 'This round has another seed: play again.',
    NotHigher: 'Your score in the table is as high already, or the table ends above it.',
    NotProven: 'There is no record of this proof yet: attest first.',
    AlreadySpent: 'This score has been entered already.',
  },
  givenBy: ['player'],
  given: async (around, { player }) => {
    const address = around.chain.contract(CONTRACT);
    const round = await currentRound(around);
    const seed =
      typeof player === 'string' && isAddress(player)
        ? await around.chain.client.readContract({ address, abi, functionName: 'seedOf', args: [player] })
        : undefined;
    return {
      chainId: { value: BigInt(around.chain.id), from: 'this chain' },
      scores: { value: address, from: 'the contract that it counts for' },
      round: { value: round, from: 'from the contract' },
      seed: { value: seed, from: 'from the contract, for this player' },
    };
  },
  begin: ({ account }) => ({ player: account ?? '', moves: '0x' }),
  parts: [{ fields: ['moves'], Part: Board }],
  takesProof: false,
  use: ({ inputs, outputs }) => ({
    label: 'Enter the score',
    functionName: 'submit',
    args: [inputs, outputs],
  }),
  State: Table,
};

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAttestationRegistry} from "../../contracts/interfaces/IAttestationRegistry.sol";
import {WattestConsumer} from "../../contracts/WattestConsumer.sol";
import {Game} from "./generated/Game.sol";

/// @title High scores of games that were really played
/// @notice Each round has a seed that nobody knew before it was opened, and each player a game of their own that follows from it. A score
/// counts with a proof that some moves lead to it in that game; the moves stay with the player. It counts for the player who is a
/// public input of the game, whoever brings it, and for no other account: who wants ten places has to play ten games.
contract HighScores is WattestConsumer {
    uint256 public constant ROUND_TIME = 1 days;
    uint256 public constant PLACES = 10;

    struct Score {
        address player;
        uint64 score;
    }

    /// @notice The round that is played now; 0 before the first.
    uint64 public round;
    uint256 public opened;
    mapping(uint64 round => uint64) public seed;
    mapping(uint64 round => Score[]) private _table;

    event RoundOpened(uint64 indexed round, uint64 seed);
    event Scored(uint64 indexed round, address indexed player, uint64 score, uint32 largest);

    error RoundNotOver(uint256 end);
    error RoundOver(uint64 round);
    error OtherSeed(uint64 seed);
    /// @notice It is not above what the player has, or what the table ends with.
    error NotHigher(uint64 score);

    constructor(IAttestationRegistry registry) WattestConsumer(registry, Game.ID, DECODED) {}

    /// @notice Ends the round and opens the next. Whoever calls this by a contract can undo it where the seed does not please them, once a block
    /// until somebody else opens the round, and whoever proposes the block has some say too: good enough for whatever a high score is worth.
    function open() external {
        if (round != 0 && block.timestamp < opened + ROUND_TIME) revert RoundNotOver(opened + ROUND_TIME);
        round++;
        opened = block.timestamp;
        seed[round] = uint64(
            uint256(keccak256(abi.encode(block.prevrandao, blockhash(block.number - 1), round)))
        );
        emit RoundOpened(round, seed[round]);
    }

    /// @notice Takes a score that is on record.
    function submit(Game.Inputs calldata inputs, Game.Outputs calldata outputs) external {
        _requireReturned(Game.pack(inputs), Game.pack(outputs));
        _score(inputs, outputs);
    }

    /// @notice The same with its proof.
    function submitProof(
        Game.Inputs calldata inputs,
        Game.Outputs calldata outputs,
        bytes calldata proof
    ) external {
        _attest(Game.pack(inputs), Game.pack(outputs), proof);
        _score(inputs, outputs);
    }

    /// @notice The seed of a player's game in the round that is played now.
    function seedOf(address player) public view returns (uint64) {
        return uint64(uint256(keccak256(abi.encode(seed[round], player))));
    }

    /// @notice The places of a round, best first.
    function table(uint64 round_) external view returns (Score[] memory) {
        return _table[round_];
    }

    function _score(Game.Inputs calldata inputs, Game.Outputs calldata outputs) private {
        _requireHere(inputs.chainId, inputs.scores);
        if (inputs.round != round) revert RoundOver(inputs.round);
        if (inputs.seed != seedOf(inputs.player)) revert OtherSeed(inputs.seed);
        _spend(keccak256(abi.encode(inputs.round, inputs.player, outputs.score)));
        _place(_table[round], Score(inputs.player, outputs.score));
        emit Scored(inputs.round, inputs.player, outputs.score, outputs.largest);
    }

    /// @dev A player has one place. Those who were first with a score stay above.
    function _place(Score[] storage places, Score memory added) private {
        uint256 i = 0;
        while (i < places.length && places[i].player != added.player) i++;
        if (i == places.length && i < PLACES) {
            places.push(added);
        } else {
            if (i == places.length) i--;
            if (places[i].score >= added.score) revert NotHigher(added.score);
            places[i] = added;
        }
        for (; i > 0 && places[i - 1].score < added.score; i--) {
            places[i] = places[i - 1];
            places[i - 1] = added;
        }
    }
}

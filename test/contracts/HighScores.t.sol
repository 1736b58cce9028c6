// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {MockRegistry} from "../../contracts/mocks/MockRegistry.sol";
import {WattestConsumer} from "../../contracts/WattestConsumer.sol";
import {Game} from "../../examples/scores/generated/Game.sol";
import {HighScores} from "../../examples/scores/HighScores.sol";
import {Test} from "./lib/Test.sol";

contract HighScoresTest is Test {
    MockRegistry private registry;
    HighScores private scores;

    function setUp() external {
        registry = new MockRegistry();
        scores = new HighScores(registry);
        scores.open();
    }

    function test_takesAProvenScoreOnce() external {
        (Game.Inputs memory inputs, Game.Outputs memory outputs) = _game(address(1), 280);
        VM.expectRevert(WattestConsumer.NotProven.selector);
        scores.submit(inputs, outputs);
        _submit(address(1), 280);
        HighScores.Score[] memory table = scores.table(1);
        require(table.length == 1 && table[0].player == address(1) && table[0].score == 280, "table");
        bytes32 nullifier = keccak256(abi.encode(uint64(1), address(1), uint64(280)));
        VM.expectRevert(abi.encodeWithSelector(WattestConsumer.AlreadySpent.selector, nullifier));
        scores.submit(inputs, outputs);
    }

    function test_takesNothingOfAnotherGame() external {
        (Game.Inputs memory inputs, Game.Outputs memory outputs) = _game(address(1), 280);
        for (uint256 i = 0; i < 5; i++) {
            (inputs, outputs) = _game(address(1), 280);
            bytes memory refusal;
            if (i == 0) {
                inputs.chainId = 1;
                refusal = abi.encodeWithSelector(WattestConsumer.MadeForChain.selector, 1);
            } else if (i == 1) {
                inputs.scores = address(this);
                refusal = abi.encodeWithSelector(WattestConsumer.MadeForContract.selector, address(this));
            } else if (i == 2) {
                inputs.round = 2;
                refusal = abi.encodeWithSelector(HighScores.RoundOver.selector, 2);
            } else if (i == 3) {
                inputs.player = address(2);
                refusal = abi.encodeWithSelector(HighScores.OtherSeed.selector, inputs.seed);
            } else {
                inputs.seed++;
                refusal = abi.encodeWithSelector(HighScores.OtherSeed.selector, inputs.seed);
            }
            registry.fake(Game.ID, Game.pack(inputs), Game.pack(outputs));
            VM.expectRevert(refusal);
            scores.submit(inputs, outputs);
        }
    }

    function test_aRoundEndsAndItsTableStays() external {
        _submit(address(1), 280);
        VM.expectRevert(
            abi.encodeWithSelector(HighScores.RoundNotOver.selector, scores.opened() + scores.ROUND_TIME())
        );
        scores.open();
        VM.warp(block.timestamp + 1 days);
        (Game.Inputs memory inputs, Game.Outputs memory outputs) = _game(address(2), 300);
        scores.open();
        registry.fake(Game.ID, Game.pack(inputs), Game.pack(outputs));
        VM.expectRevert(abi.encodeWithSelector(HighScores.RoundOver.selector, 1));
        scores.submit(inputs, outputs);
        require(scores.table(1).length == 1 && scores.table(2).length == 0, "tables");
        require(scores.seed(1) != scores.seed(2), "seeds");
    }

    /// @dev Whatever comes in whatever order: each player's best, best first, ten of them.
    function testFuzz_theTableIsInOrder(uint8[24] calldata players, uint16[24] calldata points) external {
        uint64[8] memory best;
        for (uint256 i = 0; i < 24; i++) {
            uint256 player = players[i] % 8;
            (Game.Inputs memory inputs, Game.Outputs memory outputs) = _game(
                address(uint160(player + 1)),
                points[i]
            );
            registry.fake(Game.ID, Game.pack(inputs), Game.pack(outputs));
            bool known;
            for (uint256 j = 0; j < i; j++) known = known || players[j] % 8 == player;
            try scores.submit(inputs, outputs) {
                require(!known || points[i] > best[player], "taken");
                best[player] = points[i];
            } catch {
                require(known && points[i] <= best[player], "refused");
            }
        }
        HighScores.Score[] memory table = scores.table(1);
        for (uint256 i = 0; i < table.length; i++) {
            require(i == 0 || table[i - 1].score >= table[i].score, "order");
            require(table[i].score == best[uint160(table[i].player) - 1], "best");
            for (uint256 j = 0; j < i; j++) require(table[j].player != table[i].player, "twice");
        }
    }

    function test_theTableHasTenPlaces() external {
        for (uint160 i = 1; i <= 10; i++) _submit(address(i), uint64(100 * i));
        (Game.Inputs memory inputs, Game.Outputs memory outputs) = _game(address(11), 100);
        registry.fake(Game.ID, Game.pack(inputs), Game.pack(outputs));
        VM.expectRevert(abi.encodeWithSelector(HighScores.NotHigher.selector, 100));
        scores.submit(inputs, outputs);
        _submit(address(11), 550);
        HighScores.Score[] memory table = scores.table(1);
        require(
            table.length == 10 && table[9].player == address(2) && table[5].player == address(11),
            "places"
        );
    }

    function _submit(address player, uint64 score) private {
        (Game.Inputs memory inputs, Game.Outputs memory outputs) = _game(player, score);
        registry.fake(Game.ID, Game.pack(inputs), Game.pack(outputs));
        scores.submit(inputs, outputs);
    }

    function _game(
        address player,
        uint64 score
    ) private view returns (Game.Inputs memory inputs, Game.Outputs memory outputs) {
        uint64 round = scores.round();
        inputs = Game.Inputs(uint64(block.chainid), address(scores), player, round, scores.seedOf(player));
        outputs = Game.Outputs(score, 32);
    }
}

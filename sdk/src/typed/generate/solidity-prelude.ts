/** Reading and writing words in Solidity: what no program changes. Positions are those of calldata and of memory, in bytes. */

/** Functions of the library below that a text calls, and those that they call, in their order. */
export function solidityPrelude(text: string): string {
  const wanted = new Set<string>();
  const want = (body: string): void => {
    for (const [, name] of body.matchAll(/\b(_\w+)\(/g)) {
      const found = FUNCTIONS.get(name!);
      if (found === undefined || wanted.has(name!)) continue;
      wanted.add(name!);
      want(found);
    }
  };
  want(text);
  return [...FUNCTIONS].flatMap(([name, body]) => (wanted.has(name) ? [body] : [])).join('\n\n');
}

const LIBRARY = `    /// @dev Words of a number, as they lie in calldata.
    function _words(uint256 pos, uint256 end, uint256 words) private pure returns (uint256 value, uint256 next) {
        next = pos + 8 * words;
        if (next > end) revert EncodingTooShort();
        assembly ("memory-safe") {
            value := shr(sub(256, mul(64, words)), calldataload(pos))
        }
    }

    function _unsigned(
        uint256 pos,
        uint256 end,
        uint256 words,
        uint256 bits
    ) private pure returns (uint256 value, uint256 next) {
        (value, next) = _words(pos, end, words);
        if (value >> bits != 0) revert EncodingNotCanonical();
    }

    function _signed(
        uint256 pos,
        uint256 end,
        uint256 words,
        uint256 bits
    ) private pure returns (int256 value, uint256 next) {
        uint256 raw;
        int256 narrow;
        (raw, next) = _words(pos, end, words);
        assembly ("memory-safe") {
            value := signextend(sub(mul(8, words), 1), raw)
            narrow := signextend(sub(div(bits, 8), 1), raw)
        }
        if (value != narrow) revert EncodingNotCanonical();
    }

    /// @dev A number of items or bytes that take so many words at least, all of which must be there: a length that lies takes no memory.
    function _count(uint256 pos, uint256 end, uint256 max) private pure returns (uint256 count, uint256 next) {
        (count, next) = _words(pos, end, 1);
        if (count > max) revert EncodingNotCanonical();
    }

    function _room(uint256 pos, uint256 end, uint256 words) private pure {
        if (8 * words > end - pos) revert EncodingTooShort();
    }

    /// @dev Bytes stand in a word low byte first, words in calldata high byte first.
    function _swap(uint256 value) private pure returns (uint256) {
        uint256 mask = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
        value = ((value & mask) << 8) | ((value >> 8) & mask);
        mask = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
        value = ((value & mask) << 16) | ((value >> 16) & mask);
        mask = 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
        return ((value & mask) << 32) | ((value >> 32) & mask);
    }

    /// @dev Up to 32 bytes at the left; what fills up their last word must be zero.
    function _chunk(uint256 pos, uint256 size) private pure returns (bytes32) {
        uint256 value;
        assembly ("memory-safe") {
            value := calldataload(pos)
        }
        uint256 behind = 256 - 64 * ((size + 7) / 8);
        value = _swap((value >> behind) << behind);
        if (value << (8 * size) != 0) revert EncodingNotCanonical();
        return bytes32(value);
    }

    function _run(uint256 pos, uint256 end, uint256 size) private pure returns (bytes32, uint256) {
        uint256 words = (size + 7) / 8;
        _room(pos, end, words);
        return (_chunk(pos, size), pos + 8 * words);
    }

    function _bytes(uint256 pos, uint256 end, uint256 max) private pure returns (bytes memory value, uint256) {
        uint256 length;
        (length, pos) = _count(pos, end, max);
        _room(pos, end, (length + 7) / 8);
        value = new bytes(length);
        for (uint256 i = 0; i < length; i += 32) {
            bytes32 chunk = _chunk(pos + i, length - i < 32 ? length - i : 32);
            assembly ("memory-safe") {
                mstore(add(add(value, 32), i), chunk)
            }
        }
        return (value, pos + 8 * ((length + 7) / 8));
    }

    function _text(uint256 pos, uint256 end, uint256 max) private pure returns (string memory, uint256) {
        bytes memory value;
        (value, pos) = _bytes(pos, end, max);
        if (!_isUtf8(value)) revert EncodingNotCanonical();
        return (string(value), pos);
    }

    /// @dev Well-formed (Unicode, table 3-7): the second byte has bounds of its own, those behind it are 80 to bf.
    function _isUtf8(bytes memory text) private pure returns (bool) {
        uint256 length = text.length;
        uint256 i = 0;
        while (i < length) {
            uint256 ahead;
            assembly ("memory-safe") {
                ahead := mload(add(add(text, 32), i))
            }
            if (i + 32 <= length && ahead & (type(uint256).max / 255 * 128) == 0) {
                i += 32;
                continue;
            }
            uint256 first = ahead >> 248;
            i++;
            if (first < 0x80) continue;
            if (first < 0xc2 || first > 0xf4) return false;
            uint256 more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
            if (length - i < more) return false;
            uint256 second = uint8(text[i]);
            if (second < (first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80)) return false;
            if (second > (first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf)) return false;
            for (uint256 end = i++ + more; i < end; i++) if (uint8(text[i]) & 0xc0 != 0x80) return false;
        }
        return true;
    }

    /// @dev Behind free memory, which stays as it is until all is written: nothing may be allocated in between.
    function _open() private pure returns (bytes memory data, uint256 pos) {
        assembly ("memory-safe") {
            data := mload(0x40)
            pos := add(data, 32)
        }
    }

    function _close(bytes memory data, uint256 pos) private pure {
        assembly ("memory-safe") {
            mstore(data, sub(pos, add(data, 32)))
            mstore(0x40, and(add(pos, 63), not(31)))
        }
    }

    function _put(uint256 pos, uint256 value, uint256 words) private pure returns (uint256) {
        assembly ("memory-safe") {
            mstore(pos, shl(sub(256, mul(64, words)), value))
        }
        return pos + 8 * words;
    }

    function _putCount(uint256 pos, uint256 count, uint256 max) private pure returns (uint256) {
        if (count > max) revert ValueTooLong(count, max);
        return _put(pos, count, 1);
    }

    function _putRun(uint256 pos, bytes32 value, uint256 size) private pure returns (uint256) {
        uint256 words = _swap(uint256(value));
        assembly ("memory-safe") {
            mstore(pos, words)
        }
        return pos + 8 * ((size + 7) / 8);
    }

    function _putBytes(uint256 pos, bytes memory value, uint256 max) private pure returns (uint256) {
        uint256 length = value.length;
        pos = _putCount(pos, length, max);
        for (uint256 i = 0; i < length; i += 32) {
            uint256 chunk;
            assembly ("memory-safe") {
                chunk := mload(add(add(value, 32), i))
            }
            if (length - i < 32) chunk &= ~(type(uint256).max >> (8 * (length - i)));
            _putRun(pos + i, bytes32(chunk), 32);
        }
        return pos + 8 * ((length + 7) / 8);
    }

    function _putText(uint256 pos, string memory value, uint256 max) private pure returns (uint256) {
        if (!_isUtf8(bytes(value))) revert ValueNotUtf8();
        return _putBytes(pos, bytes(value), max);
    }`;

/** With the comments in front of them. */
const FUNCTIONS: ReadonlyMap<string, string> = new Map(
  LIBRARY.split('\n\n').map((text) => [/function (\w+)\(/.exec(text)![1]!, text]),
);

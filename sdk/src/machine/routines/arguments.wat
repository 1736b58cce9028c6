;; Arguments and results that are bytes (docs/arguments.md). Bytes come from the inputs and go to the outputs eight to a word, low byte
;; first. What a caller could not give, whatever the module does with it, is refused: `argumentInvalid`.
(module
  (import "guest" "memory" (memory 0))
  (import "trap" "memoryOutOfBounds" (func $out_of_bounds))
  (import "trap" "argumentInvalid" (func $invalid))
  ;; The next word of the inputs, public or private ones.
  (import "row" "argument.read" (func $read_word (result i64)))
  (import "row" "output.write" (func $write_word (param i64)))
  ;; A list of strings: its cells, four bytes each, and those that hold how many strings and bytes there are.
  (import "setElement" "target" (func $set_cell (param i32 i32)))
  (import "set" "strings.count" (func $set_count (param i64)))
  (import "set" "strings.bytes" (func $set_bytes (param i64)))

  ;; A word of 32 bits: an i32, or how many bytes follow.
  (func (export "argument word") (result i32)
    (local $word i64)
    (if (i64.gt_u (local.tee $word (call $read_word)) (i64.const 0xffffffff))
      (then (call $invalid)))
    (i32.wrap_i64 (local.get $word)))

  ;; As many bytes of the inputs, to where the module's allocator said. What fills up the last word is zeros: there is one list of
  ;; words for given bytes. An allocator that has no memory may answer 0.
  (func (export "argument bytes") (param $address i32) (param $length i32)
    (local $word i64)
    (if (i32.eqz (local.get $address))
      (then (if (local.get $length) (then (call $out_of_bounds)))))
    (if (i32.ge_u (local.get $length) (i32.const 8))
      (then
        (loop $next
          (i64.store (local.get $address) (call $read_word))
          (local.set $address (i32.add (local.get $address) (i32.const 8)))
          (local.set $length (i32.add (local.get $length) (i32.const -8)))
          (br_if $next (i32.ge_u (local.get $length) (i32.const 8))))))
    (if (local.get $length)
      (then
        (local.set $word (call $read_word))
        (block $done
          (loop $byte
            (br_if $done (i32.eqz (local.get $length)))
            (i64.store8 (local.get $address) (local.get $word))
            (local.set $word (i64.shr_u (local.get $word) (i64.const 8)))
            (local.set $address (i32.add (local.get $address) (i32.const 1)))
            (local.set $length (i32.add (local.get $length) (i32.const -1)))
            (br $byte)))
        (if (i32.eqz (i64.eqz (local.get $word))) (then (call $invalid))))))

  ;; A list of strings from the public inputs: how many bytes there are, then the strings, each with a zero byte behind it. So the last
  ;; byte is zero, and whoever is given a string finds its end.
  (func (export "argument strings")
    (local $length i64) (local $left i32) (local $cell i32) (local $word i64) (local $bytes i32) (local $count i64)
    (local $byte i64)
    (if (i64.gt_u (local.tee $length (call $read_word)) (i64.const 0x40000))
      (then (call $invalid)))
    (call $set_bytes (local.get $length))
    (local.set $left (i32.wrap_i64 (local.get $length)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (call $set_cell
          (local.get $cell)
          (i32.wrap_i64 (local.tee $word (call $read_word))))
        (call $set_cell
          (i32.add (local.get $cell) (i32.const 1))
          (i32.wrap_i64 (i64.shr_u (local.get $word) (i64.const 32))))
        (local.set $cell (i32.add (local.get $cell) (i32.const 2)))
        (local.set $bytes (i32.const 8))
        (loop $byte
          (local.set $byte (i64.and (local.get $word) (i64.const 0xff)))
          (local.set $count
            (i64.add (local.get $count) (i64.extend_i32_u (i64.eqz (local.get $byte)))))
          (local.set $word (i64.shr_u (local.get $word) (i64.const 8)))
          (local.set $left (i32.add (local.get $left) (i32.const -1)))
          (if (local.get $left)
            (then
              (br_if $byte
                (local.tee $bytes (i32.add (local.get $bytes) (i32.const -1)))))))
        (br $next)))
    (if (i32.eqz (i64.eqz (local.get $word))) (then (call $invalid)))
    (if (i32.eqz (i64.eqz (local.get $byte))) (then (call $invalid)))
    (call $set_count (local.get $count)))

  ;; A word from `low` on, one of `count`.
  (func (export "argument range") (param $word i32) (param $low i32) (param $count i32)
    (if (i32.ge_u (i32.sub (local.get $word) (local.get $low)) (local.get $count))
      (then (call $invalid))))

  ;; UTF-16 has two bytes to a unit.
  (func (export "argument utf-16") (param $length i32)
    (if (i32.and (local.get $length) (i32.const 1)) (then (call $invalid))))

  ;; UTF-8, well-formed (Unicode, table 3-7): languages take it for granted of what they call a string.
  (func (export "argument utf-8") (param $address i32) (param $length i32)
    (local $byte i32) (local $low i32) (local $high i32) (local $more i32)
    (block $done
      (loop $next
        (block $ascii
          (loop $eight
            (br_if $ascii (i32.lt_u (local.get $length) (i32.const 8)))
            (br_if $ascii
              (i32.eqz
                (i64.eqz
                  (i64.and (i64.load (local.get $address)) (i64.const 0x8080808080808080)))))
            (local.set $address (i32.add (local.get $address) (i32.const 8)))
            (local.set $length (i32.add (local.get $length) (i32.const -8)))
            (br $eight)))
        (br_if $done (i32.eqz (local.get $length)))
        (local.set $byte (i32.load8_u (local.get $address)))
        (local.set $address (i32.add (local.get $address) (i32.const 1)))
        (local.set $length (i32.add (local.get $length) (i32.const -1)))
        (br_if $next (i32.lt_u (local.get $byte) (i32.const 0x80)))
        ;; The second byte has the bounds that leave out what is too long, surrogates and what is beyond Unicode.
        (local.set $low (i32.const 0x80))
        (local.set $high (i32.const 0xbf))
        (if (i32.lt_u (local.get $byte) (i32.const 0xe0))
          (then
            (if (i32.lt_u (local.get $byte) (i32.const 0xc2)) (then (call $invalid)))
            (local.set $more (i32.const 1)))
          (else
            (if (i32.lt_u (local.get $byte) (i32.const 0xf0))
              (then
                (if (i32.eq (local.get $byte) (i32.const 0xe0))
                  (then (local.set $low (i32.const 0xa0))))
                (if (i32.eq (local.get $byte) (i32.const 0xed))
                  (then (local.set $high (i32.const 0x9f))))
                (local.set $more (i32.const 2)))
              (else
                (if (i32.gt_u (local.get $byte) (i32.const 0xf4)) (then (call $invalid)))
                (if (i32.eq (local.get $byte) (i32.const 0xf0))
                  (then (local.set $low (i32.const 0x90))))
                (if (i32.eq (local.get $byte) (i32.const 0xf4))
                  (then (local.set $high (i32.const 0x8f))))
                (local.set $more (i32.const 3))))))
        (if (i32.lt_u (local.get $length) (local.get $more)) (then (call $invalid)))
        (local.set $length (i32.sub (local.get $length) (local.get $more)))
        (loop $continuation
          (local.set $byte (i32.load8_u (local.get $address)))
          (if (i32.lt_u (local.get $byte) (local.get $low)) (then (call $invalid)))
          (if (i32.gt_u (local.get $byte) (local.get $high)) (then (call $invalid)))
          (local.set $low (i32.const 0x80))
          (local.set $high (i32.const 0xbf))
          (local.set $address (i32.add (local.get $address) (i32.const 1)))
          (br_if $continuation
            (local.tee $more (i32.add (local.get $more) (i32.const -1)))))
        (br $next))))

  ;; Bytes to the outputs, the last word filled up with zeros, then their number. Nothing is written of bytes out of bounds.
  (func (export "result bytes") (param $address i32) (param $length i32)
    (local $word i64) (local $shift i64) (local $left i32)
    (if
      (i64.gt_u
        (i64.add
          (i64.extend_i32_u (local.get $address))
          (i64.extend_i32_u (local.get $length)))
        (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 16)))
      (then (call $out_of_bounds)))
    (local.set $left (local.get $length))
    (if (i32.ge_u (local.get $left) (i32.const 8))
      (then
        (loop $next
          (call $write_word (i64.load (local.get $address)))
          (local.set $address (i32.add (local.get $address) (i32.const 8)))
          (local.set $left (i32.add (local.get $left) (i32.const -8)))
          (br_if $next (i32.ge_u (local.get $left) (i32.const 8))))))
    (if (local.get $left)
      (then
        (loop $byte
          (local.set $word
            (i64.or
              (i64.shl (i64.load8_u (local.get $address)) (local.get $shift))
              (local.get $word)))
          (local.set $shift (i64.add (local.get $shift) (i64.const 8)))
          (local.set $address (i32.add (local.get $address) (i32.const 1)))
          (br_if $byte (local.tee $left (i32.add (local.get $left) (i32.const -1)))))
        (call $write_word (local.get $word))))
    (call $write_word (i64.extend_i32_u (local.get $length)))))

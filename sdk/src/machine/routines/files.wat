;; Read-only files (docs/wasi.md, Files): their names and SHA-256 are public inputs, their bytes private ones, which are read into cells
;; and hashed when a file is first opened or its size asked for. Errors of preview 1: 37 is ENAMETOOLONG, 44 ENOENT, 54 ENOTDIR,
;; 76 ENOTCAPABLE.
(module
  (import "guest" "memory" (memory 0))
  (import "trap" "argumentInvalid" (func $invalid))
  (import "trap" "fileDiffers" (func $differs))
  (import "row" "argument.public" (func $public_word (result i64)))
  ;; The next word of the file of this number: first how many bytes it has, then its bytes.
  (import "row" "file.read" (func $file_word (param i32) (result i64)))

  ;; Names, four bytes to a cell, each with a zero byte behind it; how many there are, and how many bytes.
  (import "element" "names" (func $name_cell (param i32) (result i32)))
  (import "get" "names.count" (func $name_count (result i64)))
  (import "get" "names.bytes" (func $name_bytes (result i64)))
  ;; By file: eight words of its digest; its first cell, and 1 + its bytes, 0 before they were read.
  (import "setElement" "digests" (func $set_digest (param i32 i32)))
  (import "setElement" "starts" (func $set_start (param i32 i32)))
  (import "element" "sizes" (func $size (param i32) (result i32)))
  (import "setElement" "sizes" (func $set_size (param i32 i32)))
  ;; Bytes of all files, four to a cell; the cells that are taken.
  (import "element" "content" (func $content (param i32) (result i32)))
  (import "setElement" "content" (func $set_content (param i32 i32)))
  (import "get" "content.used" (func $used (result i64)))
  (import "set" "content.used" (func $set_used (param i64)))
  ;; The path that was asked for, a byte to a cell.
  (import "element" "path" (func $path (param i32) (result i32)))
  (import "setElement" "path" (func $set_path (param i32 i32)))

  (import "routine" "wasi files hash" (func $hash (param i32 i32 i32)))

  (func $swapped (param $word i32) (result i32)
    (i32.or
      (i32.and (i32.rotl (local.get $word) (i32.const 8)) (i32.const 0x00ff00ff))
      (i32.and (i32.rotr (local.get $word) (i32.const 8)) (i32.const 0xff00ff00))))

  ;; The digests, behind the names: 32 bytes each, eight to a word, low byte first.
  (func (export "wasi files digests")
    (local $left i32) (local $at i32) (local $word i64)
    (if (i64.gt_u (call $name_count) (i64.const 256)) (then (call $invalid)))
    (local.set $left (i32.shl (i32.wrap_i64 (call $name_count)) (i32.const 2)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (local.set $word (call $public_word))
        (call $set_digest (local.get $at) (call $swapped (i32.wrap_i64 (local.get $word))))
        (call $set_digest
          (i32.add (local.get $at) (i32.const 1))
          (call $swapped (i32.wrap_i64 (i64.shr_u (local.get $word) (i64.const 32)))))
        (local.set $at (i32.add (local.get $at) (i32.const 2)))
        (local.set $left (i32.add (local.get $left) (i32.const -1)))
        (br $next))))

  ;; Half word `index` of what is hashed, where the block is not all bytes of the file: these, a bit, zeros, the number of bits.
  ;; Of a word of the inputs what lies behind the end counts for nothing.
  (func (export "wasi files word")
    (param $file i32) (param $start i32) (param $length i32) (param $index i32) (result i32)
    (local $left i32) (local $word i64) (local $result i32)
    (local.set $left (i32.sub (local.get $length) (i32.shl (local.get $index) (i32.const 2))))
    (if (i32.gt_s (local.get $left) (i32.const 0))
      (then
        (if (i32.eqz (i32.and (local.get $index) (i32.const 1)))
          (then
            (local.set $word (call $file_word (local.get $file)))
            (if (i32.lt_s (local.get $left) (i32.const 8))
              (then
                (local.set $word
                  (i64.and
                    (local.get $word)
                    (i64.sub
                      (i64.shl
                        (i64.const 1)
                        (i64.extend_i32_u (i32.shl (local.get $left) (i32.const 3))))
                      (i64.const 1))))))
            (call $set_content
              (i32.add (local.get $start) (local.get $index))
              (i32.wrap_i64 (local.get $word)))
            (call $set_content
              (i32.add (i32.add (local.get $start) (local.get $index)) (i32.const 1))
              (i32.wrap_i64 (i64.shr_u (local.get $word) (i64.const 32))))))
        (local.set $result
          (call $swapped (call $content (i32.add (local.get $start) (local.get $index)))))))
    (if (i32.lt_u (local.get $left) (i32.const 4))
      (then
        (local.set $result
          (i32.or
            (local.get $result)
            (i32.shr_u (i32.const 0x80000000) (i32.shl (local.get $left) (i32.const 3)))))))
    ;; The last one of all: 2^29 bytes are more than there are cells for.
    (if
      (i32.eq
        (local.get $index)
        (i32.or
          (i32.shl
            (i32.shr_u (i32.add (local.get $length) (i32.const 8)) (i32.const 6))
            (i32.const 4))
          (i32.const 15)))
      (then (local.set $result (i32.shl (local.get $length) (i32.const 3)))))
    (local.get $result))

  ;; How many bytes the file has, which are in its cells from then on and have its digest.
  (func (export "wasi files load") (param $file i32) (result i32)
    (local $bytes i64) (local $length i32) (local $start i32) (local $end i32)
    (if (local.tee $length (call $size (local.get $file)))
      (then (return (i32.add (local.get $length) (i32.const -1)))))
    (if (i64.gt_u (local.tee $bytes (call $file_word (local.get $file))) (i64.const 0x1000000))
      (then (call $differs)))
    (local.set $length (i32.wrap_i64 (local.get $bytes)))
    (local.set $start (i32.wrap_i64 (call $used)))
    (local.set $end
      (i32.add
        (local.get $start)
        (i32.shl
          (i32.shr_u (i32.add (local.get $length) (i32.const 7)) (i32.const 3))
          (i32.const 1))))
    (if (i32.gt_u (local.get $end) (i32.const 0x400000)) (then (call $differs)))
    (call $set_used (i64.extend_i32_u (local.get $end)))
    (call $hash (local.get $file) (local.get $start) (local.get $length))
    (call $set_start (local.get $file) (local.get $start))
    (call $set_size (local.get $file) (i32.add (local.get $length) (i32.const 1)))
    (local.get $length))

  ;; The path as names are: parts with one slash between them, none of them `.`. Returns its length as 2 · n, and 1 more where a
  ;; slash or `.` at the end says that it is a directory; or an error, as less than 0.
  (func $normalise (param $address i32) (param $left i32) (result i32)
    (local $byte i32) (local $length i32) (local $part i32) (local $ends i32)
    (if (i32.eqz (local.get $left)) (then (return (i32.const -44))))
    (if (i32.gt_u (local.get $left) (i32.const 4095)) (then (return (i32.const -37))))
    (if (i32.eq (i32.load8_u (local.get $address)) (i32.const 0x2f))
      (then (return (i32.const -76))))
    (loop $next
      ;; A slash, or the end: the part that ends here begins at $part.
      (local.set $byte (i32.const 0x2f))
      (if (local.get $left) (then (local.set $byte (i32.load8_u (local.get $address)))))
      (if (i32.eq (local.get $byte) (i32.const 0x2f))
        (then
          (block $other
            (br_if $other (i32.eq (local.get $length) (local.get $part)))
            (br_if $other (i32.ne (call $path (local.get $part)) (i32.const 0x2e)))
            (if (i32.eq (i32.sub (local.get $length) (local.get $part)) (i32.const 1))
              (then (local.set $length (local.get $part))))
            (br_if $other
              (i32.ne (i32.sub (local.get $length) (local.get $part)) (i32.const 2)))
            (br_if $other
              (i32.ne
                (call $path (i32.add (local.get $part) (i32.const 1)))
                (i32.const 0x2e)))
            (return (i32.const -76)))
          (local.set $ends (i32.eq (local.get $length) (local.get $part)))
          (if (i32.eqz (local.get $ends))
            (then
              (call $set_path (local.get $length) (i32.const 0x2f))
              (local.set $length (i32.add (local.get $length) (i32.const 1)))
              (local.set $part (local.get $length)))))
        (else
          (call $set_path (local.get $length) (local.get $byte))
          (local.set $length (i32.add (local.get $length) (i32.const 1)))))
      (local.set $address (i32.add (local.get $address) (i32.const 1)))
      (br_if $next
        (i32.ge_s
          (local.tee $left (i32.add (local.get $left) (i32.const -1)))
          (i32.const 0))))
    ;; Without the slash behind the last part.
    (if (local.get $length)
      (then (local.set $length (i32.add (local.get $length) (i32.const -1)))))
    (i32.or (i32.shl (local.get $length) (i32.const 1)) (local.get $ends)))

  ;; What a path is: 1 + the number of a file, 0 a directory, or an error, as less than 0.
  (func (export "wasi files find") (param $address i32) (param $length i32) (result i32)
    (local $index i32) (local $cell i32) (local $byte i32) (local $left i32) (local $ends i32)
    (local $file i32) (local $at i32) (local $differs i32) (local $found i32)
    (if
      (i32.lt_s
        (local.tee $length (call $normalise (local.get $address) (local.get $length)))
        (i32.const 0))
      (then (return (local.get $length))))
    (local.set $ends (i32.and (local.get $length) (i32.const 1)))
    (local.set $length (i32.shr_u (local.get $length) (i32.const 1)))
    (local.set $left (i32.wrap_i64 (call $name_bytes)))
    (local.set $found (i32.const -44))
    (if (i32.eqz (local.get $length)) (then (return (i32.const 0))))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (if (i32.eqz (i32.and (local.get $index) (i32.const 3)))
          (then
            (local.set $cell (call $name_cell (i32.shr_u (local.get $index) (i32.const 2))))))
        (local.set $byte (i32.and (local.get $cell) (i32.const 0xff)))
        (local.set $cell (i32.shr_u (local.get $cell) (i32.const 8)))
        (if (i32.eqz (local.get $differs))
          (then
            (if (i32.lt_u (local.get $at) (local.get $length))
              (then
                (local.set $differs (i32.xor (call $path (local.get $at)) (local.get $byte)))
                ;; The name ends, and the path has a part more.
                (if (i32.and (i32.eqz (local.get $byte)) (i32.eq (local.get $differs) (i32.const 0x2f)))
                  (then (if (local.get $at) (then (local.set $found (i32.const -54)))))))
              (else
                (if (i32.eqz (local.get $byte))
                  (then
                    (if (local.get $ends) (then (return (i32.const -54))))
                    (return (i32.add (local.get $file) (i32.const 1)))))
                (if (i32.eq (local.get $byte) (i32.const 0x2f)) (then (return (i32.const 0))))
                (local.set $differs (i32.const 1))))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (if (i32.eqz (local.get $byte))
          (then
            (local.set $at (i32.const 0))
            (local.set $differs (i32.const 0))
            (local.set $file (i32.add (local.get $file) (i32.const 1)))))
        (local.set $index (i32.add (local.get $index) (i32.const 1)))
        (local.set $left (i32.add (local.get $left) (i32.const -1)))
        (br $next)))
    (local.get $found)))

;; Instructions on the memory that are functions, each exported by its name. Bounds are those of the guest's memory; where
;; something is out of bounds no byte is stored.
(module
  (import "guest" "memory" (memory 0))
  (import "trap" "memoryOutOfBounds" (func $out_of_bounds))
  ;; Grows by one page; there is room.
  (import "row" "memory.growPage" (func $grow_page))
  ;; The most pages, a constant.
  (import "get" "memory.maxPages" (func $max_pages (result i32)))
  ;; The segment of memory.init: its length in bytes, and its word number i, low byte first.
  (import "get" "source.size" (func $segment_size (result i32)))
  (import "element" "source" (func $segment_word (param i32) (result i32)))

  ;; Fails, with -1, exactly where the maximum would be exceeded; otherwise grows page by page.
  (func (export "memory.grow") (param $delta i32) (result i32) (local $old i32)
    (local.set $old (memory.size))
    (if (i32.gt_u (local.get $delta) (i32.sub (call $max_pages) (local.get $old)))
      (then (return (i32.const -1))))
    (if (local.get $delta)
      (then
        (loop $page
          (call $grow_page)
          (br_if $page (local.tee $delta (i32.sub (local.get $delta) (i32.const 1)))))))
    (local.get $old))

  ;; Fewer than 16 bytes are the first and the last 8 or 4 of them, which may overlap, or 1, 2, 3. There rows trap by
  ;; themselves: the end is stored first, and since a sum that wraps would pass over the memory's end, the first byte is read
  ;; before. From 16 on, and for 0, which no row would find out, bounds are compared; then words at multiples of 4, four at a
  ;; time, and the ends at any alignment. The memory has at most 2^12 pages: its bytes fit 32 bits.
  (func (export "memory.fill") (param $to i32) (param $value i32) (param $length i32)
    (local $limit i32) (local $limit16 i32) (local $size i32) (local $pattern i64)
    (if $short (i32.lt_u (local.get $length) (i32.const 16))
      (then
        (if (i32.lt_u (local.get $length) (i32.const 4))
          (then
            (br_if $short (i32.eqz (local.get $length)))
            (if (i32.eq (local.get $length) (i32.const 3))
              (then (i32.store8 offset=2 (local.get $to) (local.get $value))))
            (if (i32.ge_u (local.get $length) (i32.const 2))
              (then (i32.store8 offset=1 (local.get $to) (local.get $value))))
            (i32.store8 (local.get $to) (local.get $value))
            (return)))
        (if (i32.lt_u (local.get $length) (i32.const 8))
          (then
            (local.set $length (i32.add (local.get $length) (i32.const -4)))
            (local.set $value
              (i32.mul (i32.and (local.get $value) (i32.const 0xff)) (i32.const 0x01010101)))
            (local.set $limit (i32.add (local.get $to) (local.get $length)))
            (drop (i32.load8_u (local.get $to)))
            (i32.store (local.get $limit) (local.get $value))
            (i32.store (local.get $to) (local.get $value))
            (return)))
        (local.set $length (i32.add (local.get $length) (i32.const -8)))
        (local.set $pattern
          (i64.mul
            (i64.extend_i32_u (i32.and (local.get $value) (i32.const 0xff)))
            (i64.const 0x0101010101010101)))
        (local.set $limit (i32.add (local.get $to) (local.get $length)))
        (drop (i32.load8_u (local.get $to)))
        (i64.store (local.get $limit) (local.get $pattern))
        (i64.store (local.get $to) (local.get $pattern))
        (return)))
    (local.set $size (i32.shl (memory.size) (i32.const 16)))
    (if
      (i64.gt_u
        (i64.add (i64.extend_i32_u (local.get $to)) (i64.extend_i32_u (local.get $length)))
        (i64.extend_i32_u (local.get $size)))
      (then (call $out_of_bounds)))
    (if (i32.eqz (local.get $length)) (then (return)))
    (local.set $value (i32.mul (i32.and (local.get $value) (i32.const 0xff)) (i32.const 0x01010101)))
    (local.set $limit (i32.add (i32.add (local.get $to) (local.get $length)) (i32.const -4)))
    (i32.store (local.get $to) (local.get $value))
    (local.set $to (i32.add (i32.or (local.get $to) (i32.const 3)) (i32.const 1)))
    (local.set $limit16 (i32.add (local.get $limit) (i32.const -12)))
    (if (i32.le_u (local.get $to) (local.get $limit16))
      (then
        (loop $words
          (i32.store (local.get $to) (local.get $value))
          (i32.store offset=4 (local.get $to) (local.get $value))
          (i32.store offset=8 (local.get $to) (local.get $value))
          (i32.store offset=12 (local.get $to) (local.get $value))
          (local.set $to (i32.add (local.get $to) (i32.const 16)))
          (br_if $words (i32.le_u (local.get $to) (local.get $limit16))))))
    (if (i32.le_u (local.get $to) (local.get $limit))
      (then
        (loop $word
          (i32.store (local.get $to) (local.get $value))
          (local.set $to (i32.add (local.get $to) (i32.const 4)))
          (br_if $word (i32.le_u (local.get $to) (local.get $limit))))))
    (i32.store (local.get $limit) (local.get $value)))

  ;; Fewer than 16 bytes as in memory.fill, all of them loaded before anything is stored. Otherwise upwards where the target
  ;; does not lie inside the source (then target - source is at least the length, modulo 2^32), else downwards: one or two
  ;; bytes to alignment of the target, words, and last of all a word at the far end, which was loaded first. Within words every
  ;; load comes before the next store.
  (func (export "memory.copy") (param $to i32) (param $from i32) (param $length i32)
    (local $limit i32) (local $limit16 i32) (local $size i32)
    (local $word i32) (local $second i32) (local $long i64) (local $second_long i64)
    (if $short (i32.lt_u (local.get $length) (i32.const 16))
      (then
        (if (i32.lt_u (local.get $length) (i32.const 4))
          (then
            (br_if $short (i32.eqz (local.get $length)))
            (if (i32.eq (local.get $length) (i32.const 2))
              (then
                (i32.store16 (local.get $to) (i32.load16_u (local.get $from)))
                (return)))
            (if (i32.eq (local.get $length) (i32.const 1))
              (then
                (i32.store8 (local.get $to) (i32.load8_u (local.get $from)))
                (return)))
            (local.set $word (i32.load16_u (local.get $from)))
            (i32.store8 offset=2 (local.get $to) (i32.load8_u offset=2 (local.get $from)))
            (i32.store16 (local.get $to) (local.get $word))
            (return)))
        (if (i32.lt_u (local.get $length) (i32.const 8))
          (then
            (local.set $length (i32.add (local.get $length) (i32.const -4)))
            (local.set $word (i32.load (local.get $from)))
            (local.set $second (i32.load (i32.add (local.get $from) (local.get $length))))
            (drop (i32.load8_u (local.get $to)))
            (i32.store (i32.add (local.get $to) (local.get $length)) (local.get $second))
            (i32.store (local.get $to) (local.get $word))
            (return)))
        (local.set $length (i32.add (local.get $length) (i32.const -8)))
        (local.set $long (i64.load (local.get $from)))
        (local.set $second_long (i64.load (i32.add (local.get $from) (local.get $length))))
        (drop (i32.load8_u (local.get $to)))
        (i64.store (i32.add (local.get $to) (local.get $length)) (local.get $second_long))
        (i64.store (local.get $to) (local.get $long))
        (return)))
    (local.set $size (i32.shl (memory.size) (i32.const 16)))
    (if
      (i64.gt_u
        (i64.add (i64.extend_i32_u (local.get $to)) (i64.extend_i32_u (local.get $length)))
        (i64.extend_i32_u (local.get $size)))
      (then (call $out_of_bounds)))
    (if
      (i64.gt_u
        (i64.add (i64.extend_i32_u (local.get $from)) (i64.extend_i32_u (local.get $length)))
        (i64.extend_i32_u (local.get $size)))
      (then (call $out_of_bounds)))
    (if (i32.eqz (local.get $length)) (then (return)))
    (if (i32.ge_u (i32.sub (local.get $to) (local.get $from)) (local.get $length))
      (then
        (local.set $length (i32.add (local.get $length) (i32.const -4)))
        (local.set $word (i32.load (i32.add (local.get $from) (local.get $length))))
        (local.set $limit (i32.add (local.get $to) (local.get $length)))
        (if (i32.and (local.get $to) (i32.const 1))
          (then
            (i32.store8 (local.get $to) (i32.load8_u (local.get $from)))
            (local.set $to (i32.add (local.get $to) (i32.const 1)))
            (local.set $from (i32.add (local.get $from) (i32.const 1)))))
        (if (i32.and (local.get $to) (i32.const 2))
          (then
            (i32.store16 (local.get $to) (i32.load16_u (local.get $from)))
            (local.set $to (i32.add (local.get $to) (i32.const 2)))
            (local.set $from (i32.add (local.get $from) (i32.const 2)))))
        (local.set $limit16 (i32.add (local.get $limit) (i32.const -12)))
        (if (i32.le_u (local.get $to) (local.get $limit16))
          (then
            (loop $words
              (i32.store (local.get $to) (i32.load (local.get $from)))
              (i32.store offset=4 (local.get $to) (i32.load offset=4 (local.get $from)))
              (i32.store offset=8 (local.get $to) (i32.load offset=8 (local.get $from)))
              (i32.store offset=12 (local.get $to) (i32.load offset=12 (local.get $from)))
              (local.set $to (i32.add (local.get $to) (i32.const 16)))
              (local.set $from (i32.add (local.get $from) (i32.const 16)))
              (br_if $words (i32.le_u (local.get $to) (local.get $limit16))))))
        (if (i32.le_u (local.get $to) (local.get $limit))
          (then
            (loop $one
              (i32.store (local.get $to) (i32.load (local.get $from)))
              (local.set $to (i32.add (local.get $to) (i32.const 4)))
              (local.set $from (i32.add (local.get $from) (i32.const 4)))
              (br_if $one (i32.le_u (local.get $to) (local.get $limit)))))))
      (else
        (local.set $length (i32.add (local.get $length) (i32.const -4)))
        (local.set $word (i32.load (local.get $from)))
        (local.set $limit (local.get $to))
        ;; Both stand at the ends of what is left.
        (local.set $to (i32.add (i32.add (local.get $to) (local.get $length)) (i32.const 4)))
        (local.set $from (i32.add (i32.add (local.get $from) (local.get $length)) (i32.const 4)))
        (if (i32.and (local.get $to) (i32.const 1))
          (then
            (local.set $to (i32.add (local.get $to) (i32.const -1)))
            (local.set $from (i32.add (local.get $from) (i32.const -1)))
            (i32.store8 (local.get $to) (i32.load8_u (local.get $from)))))
        (if (i32.and (local.get $to) (i32.const 2))
          (then
            (local.set $to (i32.add (local.get $to) (i32.const -2)))
            (local.set $from (i32.add (local.get $from) (i32.const -2)))
            (i32.store16 (local.get $to) (i32.load16_u (local.get $from)))))
        (local.set $limit16 (i32.add (local.get $limit) (i32.const 16)))
        (if (i32.le_u (local.get $limit16) (local.get $to))
          (then
            (loop $words
              (local.set $to (i32.add (local.get $to) (i32.const -16)))
              (local.set $from (i32.add (local.get $from) (i32.const -16)))
              (i32.store offset=12 (local.get $to) (i32.load offset=12 (local.get $from)))
              (i32.store offset=8 (local.get $to) (i32.load offset=8 (local.get $from)))
              (i32.store offset=4 (local.get $to) (i32.load offset=4 (local.get $from)))
              (i32.store (local.get $to) (i32.load (local.get $from)))
              (br_if $words (i32.le_u (local.get $limit16) (local.get $to))))))
        (local.set $limit16 (i32.add (local.get $limit) (i32.const 4)))
        (if (i32.le_u (local.get $limit16) (local.get $to))
          (then
            (loop $one
              (local.set $to (i32.add (local.get $to) (i32.const -4)))
              (local.set $from (i32.add (local.get $from) (i32.const -4)))
              (i32.store (local.get $to) (i32.load (local.get $from)))
              (br_if $one (i32.le_u (local.get $limit16) (local.get $to))))))))
    (i32.store (local.get $limit) (local.get $word)))

  ;; Bytes up to a multiple of 4 in the segment, whose words are cells; then words, then the remaining bytes.
  (func (export "memory.init") (param $to i32) (param $from i32) (param $length i32)
    (if
      (i64.gt_u
        (i64.add (i64.extend_i32_u (local.get $from)) (i64.extend_i32_u (local.get $length)))
        (i64.extend_i32_u (call $segment_size)))
      (then (call $out_of_bounds)))
    (if
      (i64.gt_u
        (i64.add (i64.extend_i32_u (local.get $to)) (i64.extend_i32_u (local.get $length)))
        (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 16)))
      (then (call $out_of_bounds)))
    (block $aligned
      (loop $byte
        (br_if $aligned (i32.eqz (local.get $length)))
        (br_if $aligned (i32.eqz (i32.and (local.get $from) (i32.const 3))))
        (i32.store8
          (local.get $to)
          (i32.shr_u
            (call $segment_word (i32.shr_u (local.get $from) (i32.const 2)))
            (i32.shl (i32.and (local.get $from) (i32.const 3)) (i32.const 3))))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (local.set $length (i32.add (local.get $length) (i32.const -1)))
        (br $byte)))
    (block $rest
      (loop $word
        (br_if $rest (i32.lt_u (local.get $length) (i32.const 4)))
        (i32.store (local.get $to) (call $segment_word (i32.shr_u (local.get $from) (i32.const 2))))
        (local.set $to (i32.add (local.get $to) (i32.const 4)))
        (local.set $from (i32.add (local.get $from) (i32.const 4)))
        (local.set $length (i32.add (local.get $length) (i32.const -4)))
        (br $word)))
    (block $done
      (loop $byte
        (br_if $done (i32.eqz (local.get $length)))
        (i32.store8
          (local.get $to)
          (i32.shr_u
            (call $segment_word (i32.shr_u (local.get $from) (i32.const 2)))
            (i32.shl (i32.and (local.get $from) (i32.const 3)) (i32.const 3))))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (local.set $length (i32.add (local.get $length) (i32.const -1)))
        (br $byte)))))

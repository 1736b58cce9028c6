;; Files that are open (docs/wasi.md, Files), in the order of their numbers from 4 on, and file 3, the directory `/`. What files are is
;; in files.wat. Errors of preview 1: 8 is EBADF, 20 EEXIST, 28 EINVAL, 31 EISDIR, 33 EMFILE, 37 ENAMETOOLONG, 54 ENOTDIR, 58 ENOTSUP,
;; 61 EOVERFLOW, 69 EROFS, 70 ESPIPE.
(module
  (import "guest" "memory" (memory 0))
  ;; By file: its first cell, and 1 + its bytes. Bytes of all, four to a cell.
  (import "element" "starts" (func $start (param i32) (result i32)))
  (import "element" "sizes" (func $size (param i32) (result i32)))
  (import "element" "content" (func $content (param i32) (result i32)))
  ;; By open file: 1 + the number of the file, 0 where there is none; the halves of its position.
  (import "element" "open" (func $open (param i32) (result i32)))
  (import "setElement" "open" (func $set_open (param i32 i32)))
  (import "element" "low" (func $low (param i32) (result i32)))
  (import "setElement" "low" (func $set_low (param i32 i32)))
  (import "element" "high" (func $high (param i32) (result i32)))
  (import "setElement" "high" (func $set_high (param i32 i32)))
  (import "routine" "wasi files load" (func $load (param i32) (result i32)))
  (import "routine" "wasi files find" (func $find (param i32 i32) (result i32)))
  (import "routine" "wasi read 0" (func $read_public (param i32 i32) (result i32)))
  (import "routine" "wasi check-read" (func $check_read (param i32 i32)))
  (import "routine" "wasi fd_fdstat_get" (func $stream_status (param i32 i32) (result i32)))

  ;; 1 + the number of the file that is open as `fd`; 0 where none is.
  (func $opened (param $fd i32) (result i32)
    (if
      (i32.ge_u
        (local.tee $fd (i32.sub (local.get $fd) (i32.const 4)))
        (i32.const 64))
      (then (return (i32.const 0))))
    (call $open (local.get $fd)))

  ;; What is wrong with `fd` where an open file is wanted: streams answer `stream`.
  (func $error (param $fd i32) (param $stream i32) (result i32)
    (if (i32.eq (local.get $fd) (i32.const 3)) (then (return (i32.const 31))))
    (select (local.get $stream) (i32.const 8) (i32.lt_u (local.get $fd) (i32.const 3))))

  ;; The same where the directory is wanted, and `fd` is not 3.
  (func $no_directory (param $fd i32) (result i32)
    (if (call $opened (local.get $fd)) (then (return (i32.const 54))))
    (select (i32.const 54) (i32.const 8) (i32.lt_u (local.get $fd) (i32.const 3))))

  (func $position (param $fd i32) (result i64)
    (i64.or
      (i64.extend_i32_u (call $low (i32.sub (local.get $fd) (i32.const 4))))
      (i64.shl
        (i64.extend_i32_u (call $high (i32.sub (local.get $fd) (i32.const 4))))
        (i64.const 32))))
  (func $set_position (param $fd i32) (param $position i64)
    (call $set_low
      (i32.sub (local.get $fd) (i32.const 4))
      (i32.wrap_i64 (local.get $position)))
    (call $set_high
      (i32.sub (local.get $fd) (i32.const 4))
      (i32.wrap_i64 (i64.shr_u (local.get $position) (i64.const 32)))))

  (func (export "wasi files path_open")
    (param $fd i32) (param $flags i32) (param $address i32) (param $length i32) (param $how i32)
    (param $rights i64) (param $inheriting i64) (param $status i32) (param $result i32) (result i32)
    (local $found i32) (local $slot i32) (local $writes i32)
    (if (i32.ne (local.get $fd) (i32.const 3))
      (then (return (call $no_directory (local.get $fd)))))
    ;; To be emptied (8), or written to.
    (local.set $writes
      (i32.or
        (i32.and (local.get $how) (i32.const 8))
        (i32.and (i32.wrap_i64 (local.get $rights)) (i32.const 64))))
    (local.set $found (call $find (local.get $address) (local.get $length)))
    (if (i32.lt_s (local.get $found) (i32.const 0))
      (then
        ;; To be made (1).
        (if (i32.eq (local.get $found) (i32.const -44))
          (then (if (i32.and (local.get $how) (i32.const 1)) (then (return (i32.const 69))))))
        (return (i32.sub (i32.const 0) (local.get $found)))))
    ;; To be made, and not there before (4).
    (if (i32.eq (i32.and (local.get $how) (i32.const 5)) (i32.const 5))
      (then (return (i32.const 20))))
    (if (i32.eqz (local.get $found))
      (then (return (select (i32.const 31) (i32.const 58) (local.get $writes)))))
    ;; A directory (2) is wanted.
    (if (i32.and (local.get $how) (i32.const 2)) (then (return (i32.const 54))))
    (if (local.get $writes) (then (return (i32.const 69))))
    (block $free
      (loop $next
        (br_if $free (i32.eqz (call $open (local.get $slot))))
        (br_if $next
          (i32.lt_u
            (local.tee $slot (i32.add (local.get $slot) (i32.const 1)))
            (i32.const 64))))
      (return (i32.const 33)))
    (local.set $found (i32.add (local.get $found) (i32.const -1)))
    (drop (call $load (local.get $found)))
    (call $set_open (local.get $slot) (i32.add (local.get $found) (i32.const 1)))
    (call $set_position (i32.add (local.get $slot) (i32.const 4)) (i64.const 0))
    (i32.store (local.get $result) (i32.add (local.get $slot) (i32.const 4)))
    (i32.const 0))

  ;; Bytes of a file from a position on, at most `length`; returns how many.
  (func $read (param $file i32) (param $position i64) (param $address i32) (param $length i32) (result i32)
    (local $at i32) (local $count i32) (local $word i32) (local $shift i32) (local $next i32)
    (local.set $count (i32.add (call $size (local.get $file)) (i32.const -1)))
    (if (i64.ge_u (local.get $position) (i64.extend_i32_u (local.get $count)))
      (then (return (i32.const 0))))
    (local.set $at (i32.wrap_i64 (local.get $position)))
    (if
      (i32.gt_u
        (local.tee $count (i32.sub (local.get $count) (local.get $at)))
        (local.get $length))
      (then (local.set $count (local.get $length))))
    (local.set $length (local.get $count))
    (local.set $shift (i32.shl (i32.and (local.get $at) (i32.const 3)) (i32.const 3)))
    (local.set $at
      (i32.add (call $start (local.get $file)) (i32.shr_u (local.get $at) (i32.const 2))))
    (if (i32.ge_u (local.get $length) (i32.const 4))
      (then
        (if (local.get $shift)
          (then
            (local.set $word (call $content (local.get $at)))
            (loop $words
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (i32.store
                (local.get $address)
                (i32.or
                  (i32.shr_u (local.get $word) (local.get $shift))
                  (i32.shl
                    (local.tee $word (call $content (local.get $at)))
                    (i32.sub (i32.const 32) (local.get $shift)))))
              (local.set $address (i32.add (local.get $address) (i32.const 4)))
              (local.set $length (i32.add (local.get $length) (i32.const -4)))
              (br_if $words (i32.ge_u (local.get $length) (i32.const 4)))))
          (else
            (loop $words
              (i32.store (local.get $address) (call $content (local.get $at)))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (local.set $address (i32.add (local.get $address) (i32.const 4)))
              (local.set $length (i32.add (local.get $length) (i32.const -4)))
              (br_if $words (i32.ge_u (local.get $length) (i32.const 4))))))))
    (block $done
      (loop $byte
        (br_if $done (i32.eqz (local.get $length)))
        (i32.store8
          (local.get $address)
          (i32.shr_u (call $content (local.get $at)) (local.get $shift)))
        (local.set $address (i32.add (local.get $address) (i32.const 1)))
        (local.set $length (i32.add (local.get $length) (i32.const -1)))
        (if
          (i32.eq
            (local.tee $shift (i32.add (local.get $shift) (i32.const 8)))
            (i32.const 32))
          (then
            (local.set $shift (i32.const 0))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))))
        (br $byte)))
    (local.get $count))

  ;; The same for a vector of buffers, one by one; of standard input where `file` is 0, else of file `file` - 1.
  (func $read_parts
    (param $file i32) (param $position i64) (param $vector i32) (param $count i32) (result i32)
    (local $total i32) (local $got i32) (local $address i32) (local $length i32)
    (call $check_read (local.get $vector) (local.get $count))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $address (i32.load (local.get $vector)))
        (local.set $length (i32.load offset=4 (local.get $vector)))
        (if (local.get $file)
          (then
            (local.set $got
              (call $read
                (i32.add (local.get $file) (i32.const -1))
                (local.get $position)
                (local.get $address)
                (local.get $length)))
            (local.set $position
              (i64.add (local.get $position) (i64.extend_i32_u (local.get $got)))))
          (else
            (local.set $got (call $read_public (local.get $address) (local.get $length)))))
        (local.set $total (i32.add (local.get $total) (local.get $got)))
        (local.set $vector (i32.add (local.get $vector) (i32.const 8)))
        (local.set $count (i32.add (local.get $count) (i32.const -1)))
        (br $next)))
    (local.get $total))

  (func (export "wasi files fd_read")
    (param $fd i32) (param $vector i32) (param $count i32) (param $result i32) (result i32)
    (local $file i32) (local $position i64) (local $total i32)
    (if (local.get $fd)
      (then
        (if (i32.eqz (local.tee $file (call $opened (local.get $fd))))
          (then (return (call $error (local.get $fd) (i32.const 8)))))
        (local.set $position (call $position (local.get $fd)))))
    (local.set $total
      (call $read_parts
        (local.get $file)
        (local.get $position)
        (local.get $vector)
        (local.get $count)))
    (if (local.get $file)
      (then
        (call $set_position
          (local.get $fd)
          (i64.add (local.get $position) (i64.extend_i32_u (local.get $total))))))
    (i32.store (local.get $result) (local.get $total))
    (i32.const 0))

  (func (export "wasi files fd_pread")
    (param $fd i32) (param $vector i32) (param $count i32) (param $position i64) (param $result i32)
    (result i32)
    (local $file i32)
    (if (i32.eqz (local.tee $file (call $opened (local.get $fd))))
      (then (return (call $error (local.get $fd) (i32.const 70)))))
    (i32.store
      (local.get $result)
      (call $read_parts
        (local.get $file)
        (local.get $position)
        (local.get $vector)
        (local.get $count)))
    (i32.const 0))

  (func (export "wasi files fd_seek")
    (param $fd i32) (param $offset i64) (param $whence i32) (param $result i32) (result i32)
    (local $file i32) (local $from i64)
    (if (i32.eqz (local.tee $file (call $opened (local.get $fd))))
      (then (return (call $error (local.get $fd) (i32.const 70)))))
    (if (i32.gt_u (local.get $whence) (i32.const 2)) (then (return (i32.const 28))))
    (if (i32.eq (local.get $whence) (i32.const 1))
      (then (local.set $from (call $position (local.get $fd)))))
    (if (i32.eq (local.get $whence) (i32.const 2))
      (then
        (local.set $from
          (i64.extend_i32_u
            (i32.add
              (call $size (i32.add (local.get $file) (i32.const -1)))
              (i32.const -1))))))
    ;; Positions are below 2^63, so an end that is not comes of an offset beyond, or before the beginning.
    (if
      (i64.lt_s
        (local.tee $from (i64.add (local.get $from) (local.get $offset)))
        (i64.const 0))
      (then
        (return
          (select
            (i32.const 28)
            (i32.const 61)
            (i64.lt_s (local.get $offset) (i64.const 0))))))
    (call $set_position (local.get $fd) (local.get $from))
    (i64.store (local.get $result) (local.get $from))
    (i32.const 0))

  (func (export "wasi files fd_tell") (param $fd i32) (param $result i32) (result i32)
    (if (i32.eqz (call $opened (local.get $fd)))
      (then (return (call $error (local.get $fd) (i32.const 70)))))
    (i64.store (local.get $result) (call $position (local.get $fd)))
    (i32.const 0))

  ;; Streams and the directory stay open.
  (func (export "wasi files fd_close") (param $fd i32) (result i32)
    (if (i32.lt_u (local.get $fd) (i32.const 4)) (then (return (i32.const 0))))
    (if (i32.eqz (call $opened (local.get $fd))) (then (return (i32.const 8))))
    (call $set_open (i32.sub (local.get $fd) (i32.const 4)) (i32.const 0))
    (i32.const 0))

  ;; Types: 3 a directory, in which path_open (2^13) and path_filestat_get (2^18) may be; 4 a file, of which fd_read (2), fd_seek (4),
  ;; fd_tell (32) and fd_filestat_get (2^21).
  (func (export "wasi files fd_fdstat_get") (param $fd i32) (param $result i32) (result i32)
    (local $directory i32)
    (if (i32.lt_u (local.get $fd) (i32.const 3))
      (then (return (call $stream_status (local.get $fd) (local.get $result)))))
    (if
      (i32.eqz
        (i32.or
          (local.tee $directory (i32.eq (local.get $fd) (i32.const 3)))
          (call $opened (local.get $fd))))
      (then (return (i32.const 8))))
    (i64.store (local.get $result) (select (i64.const 3) (i64.const 4) (local.get $directory)))
    (i64.store offset=8
      (local.get $result)
      (select (i64.const 0x242000) (i64.const 0x200026) (local.get $directory)))
    (i64.store offset=16
      (local.get $result)
      (select (i64.const 0x200026) (i64.const 0) (local.get $directory)))
    (i32.const 0))

  ;; The attributes of a file: device 1, number, type, one link, size; of no time.
  (func $attributes (param $result i32) (param $number i64) (param $type i64) (param $size i64)
    (i64.store (local.get $result) (i64.const 1))
    (i64.store offset=8 (local.get $result) (local.get $number))
    (i64.store offset=16 (local.get $result) (local.get $type))
    (i64.store offset=24 (local.get $result) (i64.const 1))
    (i64.store offset=32 (local.get $result) (local.get $size))
    (i64.store offset=40 (local.get $result) (i64.const 0))
    (i64.store offset=48 (local.get $result) (i64.const 0))
    (i64.store offset=56 (local.get $result) (i64.const 0)))

  ;; Of file `file` - 1, or of a directory where it is 0.
  (func $attributes_of (param $file i32) (param $result i32)
    (if (local.get $file)
      (then
        (call $attributes
          (local.get $result)
          (i64.extend_i32_u (i32.add (local.get $file) (i32.const 3)))
          (i64.const 4)
          (i64.extend_i32_u (call $load (i32.add (local.get $file) (i32.const -1))))))
      (else
        (call $attributes (local.get $result) (i64.const 3) (i64.const 3) (i64.const 0)))))

  (func (export "wasi files fd_filestat_get") (param $fd i32) (param $result i32) (result i32)
    (local $file i32)
    (if (i32.lt_u (local.get $fd) (i32.const 3))
      (then
        (call $attributes
          (local.get $result)
          (i64.extend_i32_u (local.get $fd))
          (i64.const 0)
          (i64.const 0))
        (return (i32.const 0))))
    (if
      (i32.eqz
        (i32.or
          (local.tee $file (call $opened (local.get $fd)))
          (i32.eq (local.get $fd) (i32.const 3))))
      (then (return (i32.const 8))))
    (call $attributes_of (local.get $file) (local.get $result))
    (i32.const 0))

  (func (export "wasi files path_filestat_get")
    (param $fd i32) (param $flags i32) (param $address i32) (param $length i32) (param $result i32)
    (result i32)
    (local $found i32)
    (if (i32.ne (local.get $fd) (i32.const 3))
      (then (return (call $no_directory (local.get $fd)))))
    (if
      (i32.lt_s
        (local.tee $found (call $find (local.get $address) (local.get $length)))
        (i32.const 0))
      (then (return (i32.sub (i32.const 0) (local.get $found)))))
    (call $attributes_of (local.get $found) (local.get $result))
    (i32.const 0))

  ;; The directory was open before: kind 0, a name of one byte.
  (func (export "wasi files fd_prestat_get") (param $fd i32) (param $result i32) (result i32)
    (if (i32.ne (local.get $fd) (i32.const 3)) (then (return (i32.const 8))))
    (i32.store (local.get $result) (i32.const 0))
    (i32.store offset=4 (local.get $result) (i32.const 1))
    (i32.const 0))
  (func (export "wasi files fd_prestat_dir_name")
    (param $fd i32) (param $address i32) (param $length i32) (result i32)
    (if (i32.ne (local.get $fd) (i32.const 3)) (then (return (i32.const 8))))
    (if (i32.eqz (local.get $length)) (then (return (i32.const 37))))
    (i32.store8 (local.get $address) (i32.const 0x2f))
    (i32.const 0)))

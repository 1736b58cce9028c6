;; Instructions on integers that are functions, each exported by its name.
(module
  (import "trap" "divideByZero" (func $divide_by_zero))
  (import "trap" "integerOverflow" (func $integer_overflow))
  ;; Unsigned division; the divisor is not 0.
  (import "row" "i32.quotient" (func $quotient32 (param i32 i32) (result i32)))
  (import "row" "i64.quotient" (func $quotient64 (param i64 i64) (result i64)))
  (import "row" "i32.remainder" (func $remainder32 (param i32 i32) (result i32)))
  (import "row" "i64.remainder" (func $remainder64 (param i64 i64) (result i64)))

  ;; Truncated division. Without negative operands it is the unsigned one. Otherwise magnitudes are divided, with m = -1 for
  ;; negative x and 0 else: |x| = (x xor m) - m, and the sign goes back in the same way. The quotient is negative where the
  ;; signs differ; a remainder has the sign of x.

  (func (export "i32.div_s") (param $x i32) (param $y i32) (result i32)
    (local $sign_x i32) (local $sign_y i32)
    (if (i32.gt_s (local.get $y) (i32.const 0))
      (then
        (if (i32.ge_s (local.get $x) (i32.const 0))
          (then (return (call $quotient32 (local.get $x) (local.get $y)))))))
    (if (i32.eqz (local.get $y)) (then (call $divide_by_zero)))
    (local.set $sign_x (i32.shr_s (local.get $x) (i32.const 31)))
    (local.set $sign_y (i32.shr_s (local.get $y) (i32.const 31)))
    (local.set $x
      (call $quotient32
        (i32.sub (i32.xor (local.get $x) (local.get $sign_x)) (local.get $sign_x))
        (i32.sub (i32.xor (local.get $y) (local.get $sign_y)) (local.get $sign_y))))
    (local.set $sign_x (i32.xor (local.get $sign_x) (local.get $sign_y)))
    ;; The magnitude 2^31 is right for negative results only: MIN / -1 overflows.
    (if (i32.eq (local.get $x) (i32.const 0x80000000))
      (then (if (i32.eqz (local.get $sign_x)) (then (call $integer_overflow)))))
    (i32.sub (i32.xor (local.get $x) (local.get $sign_x)) (local.get $sign_x)))

  (func (export "i32.rem_s") (param $x i32) (param $y i32) (result i32)
    (local $sign_x i32) (local $sign_y i32)
    (if (i32.gt_s (local.get $y) (i32.const 0))
      (then
        (if (i32.ge_s (local.get $x) (i32.const 0))
          (then (return (call $remainder32 (local.get $x) (local.get $y)))))))
    (if (i32.eqz (local.get $y)) (then (call $divide_by_zero)))
    (local.set $sign_x (i32.shr_s (local.get $x) (i32.const 31)))
    (local.set $sign_y (i32.shr_s (local.get $y) (i32.const 31)))
    (local.set $x
      (call $remainder32
        (i32.sub (i32.xor (local.get $x) (local.get $sign_x)) (local.get $sign_x))
        (i32.sub (i32.xor (local.get $y) (local.get $sign_y)) (local.get $sign_y))))
    (i32.sub (i32.xor (local.get $x) (local.get $sign_x)) (local.get $sign_x)))

  (func (export "i64.div_s") (param $x i64) (param $y i64) (result i64)
    (local $sign_x i64) (local $sign_y i64)
    (if (i64.gt_s (local.get $y) (i64.const 0))
      (then
        (if (i64.ge_s (local.get $x) (i64.const 0))
          (then (return (call $quotient64 (local.get $x) (local.get $y)))))))
    (if (i64.eqz (local.get $y)) (then (call $divide_by_zero)))
    (local.set $sign_x (i64.shr_s (local.get $x) (i64.const 63)))
    (local.set $sign_y (i64.shr_s (local.get $y) (i64.const 63)))
    (local.set $x
      (call $quotient64
        (i64.sub (i64.xor (local.get $x) (local.get $sign_x)) (local.get $sign_x))
        (i64.sub (i64.xor (local.get $y) (local.get $sign_y)) (local.get $sign_y))))
    (local.set $sign_x (i64.xor (local.get $sign_x) (local.get $sign_y)))
    ;; The magnitude 2^63 is right for negative results only: MIN / -1 overflows.
    (if (i64.eq (local.get $x) (i64.const 0x8000000000000000))
      (then (if (i64.eqz (local.get $sign_x)) (then (call $integer_overflow)))))
    (i64.sub (i64.xor (local.get $x) (local.get $sign_x)) (local.get $sign_x)))

  (func (export "i64.rem_s") (param $x i64) (param $y i64) (result i64)
    (local $sign_x i64) (local $sign_y i64)
    (if (i64.gt_s (local.get $y) (i64.const 0))
      (then
        (if (i64.ge_s (local.get $x) (i64.const 0))
          (then (return (call $remainder64 (local.get $x) (local.get $y)))))))
    (if (i64.eqz (local.get $y)) (then (call $divide_by_zero)))
    (local.set $sign_x (i64.shr_s (local.get $x) (i64.const 63)))
    (local.set $sign_y (i64.shr_s (local.get $y) (i64.const 63)))
    (local.set $x
      (call $remainder64
        (i64.sub (i64.xor (local.get $x) (local.get $sign_x)) (local.get $sign_x))
        (i64.sub (i64.xor (local.get $y) (local.get $sign_y)) (local.get $sign_y))))
    (i64.sub (i64.xor (local.get $x) (local.get $sign_x)) (local.get $sign_x)))

  ;; Leading zeros. For s = w/2, w/4 ... 1: where the upper s bits are 0, adds s to the count and shifts x by it.

  (func (export "i32.clz") (param $x i32) (result i32) (local $count i32)
    (if (i32.eqz (local.get $x)) (then (return (i32.const 32))))
    (if (i32.lt_u (local.get $x) (i32.const 0x10000))
      (then
        (local.set $count (i32.add (local.get $count) (i32.const 16)))
        (local.set $x (i32.shl (local.get $x) (i32.const 16)))))
    (if (i32.lt_u (local.get $x) (i32.const 0x1000000))
      (then
        (local.set $count (i32.add (local.get $count) (i32.const 8)))
        (local.set $x (i32.shl (local.get $x) (i32.const 8)))))
    (if (i32.lt_u (local.get $x) (i32.const 0x10000000))
      (then
        (local.set $count (i32.add (local.get $count) (i32.const 4)))
        (local.set $x (i32.shl (local.get $x) (i32.const 4)))))
    (if (i32.lt_u (local.get $x) (i32.const 0x40000000))
      (then
        (local.set $count (i32.add (local.get $count) (i32.const 2)))
        (local.set $x (i32.shl (local.get $x) (i32.const 2)))))
    (if (i32.lt_u (local.get $x) (i32.const 0x80000000))
      (then (local.set $count (i32.add (local.get $count) (i32.const 1)))))
    (local.get $count))

  (func (export "i64.clz") (param $x i64) (result i64) (local $count i64)
    (if (i64.eqz (local.get $x)) (then (return (i64.const 64))))
    (if (i64.lt_u (local.get $x) (i64.const 0x100000000))
      (then
        (local.set $count (i64.add (local.get $count) (i64.const 32)))
        (local.set $x (i64.shl (local.get $x) (i64.const 32)))))
    (if (i64.lt_u (local.get $x) (i64.const 0x1000000000000))
      (then
        (local.set $count (i64.add (local.get $count) (i64.const 16)))
        (local.set $x (i64.shl (local.get $x) (i64.const 16)))))
    (if (i64.lt_u (local.get $x) (i64.const 0x100000000000000))
      (then
        (local.set $count (i64.add (local.get $count) (i64.const 8)))
        (local.set $x (i64.shl (local.get $x) (i64.const 8)))))
    (if (i64.lt_u (local.get $x) (i64.const 0x1000000000000000))
      (then
        (local.set $count (i64.add (local.get $count) (i64.const 4)))
        (local.set $x (i64.shl (local.get $x) (i64.const 4)))))
    (if (i64.lt_u (local.get $x) (i64.const 0x4000000000000000))
      (then
        (local.set $count (i64.add (local.get $count) (i64.const 2)))
        (local.set $x (i64.shl (local.get $x) (i64.const 2)))))
    (if (i64.lt_u (local.get $x) (i64.const 0x8000000000000000))
      (then (local.set $count (i64.add (local.get $count) (i64.const 1)))))
    (local.get $count))

  ;; Trailing zeros: the position of the lowest set bit, x & -x, by halves.

  (func (export "i32.ctz") (param $x i32) (result i32) (local $count i32)
    (local.set $x (i32.and (local.get $x) (i32.sub (i32.const 0) (local.get $x))))
    (if (i32.eqz (local.get $x)) (then (return (i32.const 32))))
    (if (i32.ge_u (local.get $x) (i32.const 0x10000))
      (then
        (local.set $count (i32.add (local.get $count) (i32.const 16)))
        (local.set $x (i32.shr_u (local.get $x) (i32.const 16)))))
    (if (i32.ge_u (local.get $x) (i32.const 0x100))
      (then
        (local.set $count (i32.add (local.get $count) (i32.const 8)))
        (local.set $x (i32.shr_u (local.get $x) (i32.const 8)))))
    (if (i32.ge_u (local.get $x) (i32.const 0x10))
      (then
        (local.set $count (i32.add (local.get $count) (i32.const 4)))
        (local.set $x (i32.shr_u (local.get $x) (i32.const 4)))))
    (if (i32.ge_u (local.get $x) (i32.const 4))
      (then
        (local.set $count (i32.add (local.get $count) (i32.const 2)))
        (local.set $x (i32.shr_u (local.get $x) (i32.const 2)))))
    (if (i32.ge_u (local.get $x) (i32.const 2))
      (then (local.set $count (i32.add (local.get $count) (i32.const 1)))))
    (local.get $count))

  (func (export "i64.ctz") (param $x i64) (result i64) (local $count i64)
    (local.set $x (i64.and (local.get $x) (i64.sub (i64.const 0) (local.get $x))))
    (if (i64.eqz (local.get $x)) (then (return (i64.const 64))))
    (if (i64.ge_u (local.get $x) (i64.const 0x100000000))
      (then
        (local.set $count (i64.add (local.get $count) (i64.const 32)))
        (local.set $x (i64.shr_u (local.get $x) (i64.const 32)))))
    (if (i64.ge_u (local.get $x) (i64.const 0x10000))
      (then
        (local.set $count (i64.add (local.get $count) (i64.const 16)))
        (local.set $x (i64.shr_u (local.get $x) (i64.const 16)))))
    (if (i64.ge_u (local.get $x) (i64.const 0x100))
      (then
        (local.set $count (i64.add (local.get $count) (i64.const 8)))
        (local.set $x (i64.shr_u (local.get $x) (i64.const 8)))))
    (if (i64.ge_u (local.get $x) (i64.const 0x10))
      (then
        (local.set $count (i64.add (local.get $count) (i64.const 4)))
        (local.set $x (i64.shr_u (local.get $x) (i64.const 4)))))
    (if (i64.ge_u (local.get $x) (i64.const 4))
      (then
        (local.set $count (i64.add (local.get $count) (i64.const 2)))
        (local.set $x (i64.shr_u (local.get $x) (i64.const 2)))))
    (if (i64.ge_u (local.get $x) (i64.const 2))
      (then (local.set $count (i64.add (local.get $count) (i64.const 1)))))
    (local.get $count))

  ;; Set bits: sums of neighbouring groups of 1, 2 and 4 bits, then of all bytes by a product.

  (func (export "i32.popcnt") (param $x i32) (result i32)
    (local.set $x
      (i32.sub
        (local.get $x)
        (i32.and (i32.shr_u (local.get $x) (i32.const 1)) (i32.const 0x55555555))))
    (local.set $x
      (i32.add
        (i32.and (local.get $x) (i32.const 0x33333333))
        (i32.and (i32.shr_u (local.get $x) (i32.const 2)) (i32.const 0x33333333))))
    (i32.shr_u
      (i32.mul
        (i32.and
          (i32.add (local.get $x) (i32.shr_u (local.get $x) (i32.const 4)))
          (i32.const 0x0f0f0f0f))
        (i32.const 0x01010101))
      (i32.const 24)))

  (func (export "i64.popcnt") (param $x i64) (result i64)
    (local.set $x
      (i64.sub
        (local.get $x)
        (i64.and (i64.shr_u (local.get $x) (i64.const 1)) (i64.const 0x5555555555555555))))
    (local.set $x
      (i64.add
        (i64.and (local.get $x) (i64.const 0x3333333333333333))
        (i64.and (i64.shr_u (local.get $x) (i64.const 2)) (i64.const 0x3333333333333333))))
    (i64.shr_u
      (i64.mul
        (i64.and
          (i64.add (local.get $x) (i64.shr_u (local.get $x) (i64.const 4)))
          (i64.const 0x0f0f0f0f0f0f0f0f))
        (i64.const 0x0101010101010101))
      (i64.const 56))))

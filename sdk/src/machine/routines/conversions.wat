;; Truncations of floating-point numbers that trap, on words, each exported by the name of its instruction. Inside the limits of
;; the type the saturating conversion is right, and that is called. Non-negative numbers are ordered like their words, negative
;; ones the other way round, which leaves two ranges of words: below that of 2^31, ..., and from the sign bit on below that of the
;; greatest number that is too small.
(module
  (import "trap" "invalidConversion" (func $invalid_conversion))
  (import "trap" "integerOverflow" (func $integer_overflow))
  (import "routine" "i32.trunc_sat_f32_s"
    (func $i32.trunc_sat_f32_s (param i32) (result i32)))
  (import "routine" "i32.trunc_sat_f32_u"
    (func $i32.trunc_sat_f32_u (param i32) (result i32)))
  (import "routine" "i32.trunc_sat_f64_s"
    (func $i32.trunc_sat_f64_s (param i64) (result i32)))
  (import "routine" "i32.trunc_sat_f64_u"
    (func $i32.trunc_sat_f64_u (param i64) (result i32)))
  (import "routine" "i64.trunc_sat_f32_s"
    (func $i64.trunc_sat_f32_s (param i32) (result i64)))
  (import "routine" "i64.trunc_sat_f32_u"
    (func $i64.trunc_sat_f32_u (param i32) (result i64)))
  (import "routine" "i64.trunc_sat_f64_s"
    (func $i64.trunc_sat_f64_s (param i64) (result i64)))
  (import "routine" "i64.trunc_sat_f64_u"
    (func $i64.trunc_sat_f64_u (param i64) (result i64)))

  ;; From 2^31 on; from the number below -2^31 on.
  (func (export "i32.trunc_f32_s") (param $x i32) (result i32)
    (if (i32.ge_u (local.get $x) (i32.const 0x4f000000))
      (then
        (if
          (i32.ge_u
            (i32.sub (local.get $x) (i32.const 0x80000000))
            (i32.const 0x4f000001))
          (then
            (if
              (i32.gt_u
                (i32.and (local.get $x) (i32.const 0x7fffffff))
                (i32.const 0x7f800000))
              (then (call $invalid_conversion)))
            (call $integer_overflow)))))
    (call $i32.trunc_sat_f32_s (local.get $x)))

  ;; From 2^32 on; from -1 on.
  (func (export "i32.trunc_f32_u") (param $x i32) (result i32)
    (if (i32.ge_u (local.get $x) (i32.const 0x4f800000))
      (then
        (if
          (i32.ge_u
            (i32.sub (local.get $x) (i32.const 0x80000000))
            (i32.const 0x3f800000))
          (then
            (if
              (i32.gt_u
                (i32.and (local.get $x) (i32.const 0x7fffffff))
                (i32.const 0x7f800000))
              (then (call $invalid_conversion)))
            (call $integer_overflow)))))
    (call $i32.trunc_sat_f32_u (local.get $x)))

  ;; From 2^31 on; from -2^31 - 1 on.
  (func (export "i32.trunc_f64_s") (param $x i64) (result i32)
    (if (i64.ge_u (local.get $x) (i64.const 0x41e0000000000000))
      (then
        (if
          (i64.ge_u
            (i64.sub (local.get $x) (i64.const 0x8000000000000000))
            (i64.const 0x41e0000000200000))
          (then
            (if
              (i64.gt_u
                (i64.and (local.get $x) (i64.const 0x7fffffffffffffff))
                (i64.const 0x7ff0000000000000))
              (then (call $invalid_conversion)))
            (call $integer_overflow)))))
    (call $i32.trunc_sat_f64_s (local.get $x)))

  ;; From 2^32 on; from -1 on.
  (func (export "i32.trunc_f64_u") (param $x i64) (result i32)
    (if (i64.ge_u (local.get $x) (i64.const 0x41f0000000000000))
      (then
        (if
          (i64.ge_u
            (i64.sub (local.get $x) (i64.const 0x8000000000000000))
            (i64.const 0x3ff0000000000000))
          (then
            (if
              (i64.gt_u
                (i64.and (local.get $x) (i64.const 0x7fffffffffffffff))
                (i64.const 0x7ff0000000000000))
              (then (call $invalid_conversion)))
            (call $integer_overflow)))))
    (call $i32.trunc_sat_f64_u (local.get $x)))

  ;; From 2^63 on; from the number below -2^63 on.
  (func (export "i64.trunc_f32_s") (param $x i32) (result i64)
    (if (i32.ge_u (local.get $x) (i32.const 0x5f000000))
      (then
        (if
          (i32.ge_u
            (i32.sub (local.get $x) (i32.const 0x80000000))
            (i32.const 0x5f000001))
          (then
            (if
              (i32.gt_u
                (i32.and (local.get $x) (i32.const 0x7fffffff))
                (i32.const 0x7f800000))
              (then (call $invalid_conversion)))
            (call $integer_overflow)))))
    (call $i64.trunc_sat_f32_s (local.get $x)))

  ;; From 2^64 on; from -1 on.
  (func (export "i64.trunc_f32_u") (param $x i32) (result i64)
    (if (i32.ge_u (local.get $x) (i32.const 0x5f800000))
      (then
        (if
          (i32.ge_u
            (i32.sub (local.get $x) (i32.const 0x80000000))
            (i32.const 0x3f800000))
          (then
            (if
              (i32.gt_u
                (i32.and (local.get $x) (i32.const 0x7fffffff))
                (i32.const 0x7f800000))
              (then (call $invalid_conversion)))
            (call $integer_overflow)))))
    (call $i64.trunc_sat_f32_u (local.get $x)))

  ;; From 2^63 on; from the number below -2^63 on.
  (func (export "i64.trunc_f64_s") (param $x i64) (result i64)
    (if (i64.ge_u (local.get $x) (i64.const 0x43e0000000000000))
      (then
        (if
          (i64.ge_u
            (i64.sub (local.get $x) (i64.const 0x8000000000000000))
            (i64.const 0x43e0000000000001))
          (then
            (if
              (i64.gt_u
                (i64.and (local.get $x) (i64.const 0x7fffffffffffffff))
                (i64.const 0x7ff0000000000000))
              (then (call $invalid_conversion)))
            (call $integer_overflow)))))
    (call $i64.trunc_sat_f64_s (local.get $x)))

  ;; From 2^64 on; from -1 on.
  (func (export "i64.trunc_f64_u") (param $x i64) (result i64)
    (if (i64.ge_u (local.get $x) (i64.const 0x43f0000000000000))
      (then
        (if
          (i64.ge_u
            (i64.sub (local.get $x) (i64.const 0x8000000000000000))
            (i64.const 0x3ff0000000000000))
          (then
            (if
              (i64.gt_u
                (i64.and (local.get $x) (i64.const 0x7fffffffffffffff))
                (i64.const 0x7ff0000000000000))
              (then (call $invalid_conversion)))
            (call $integer_overflow)))))
    (call $i64.trunc_sat_f64_u (local.get $x))))

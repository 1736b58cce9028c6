;; Instructions on tables that are functions, each exported by its name and linked once for each table, or table and segment,
;; that it is used with: the keys of elements are immediates of rows. Bounds are checked first, also for a length of 0.
(module
  (import "trap" "tableOutOfBounds" (func $out_of_bounds))
  ;; The table or element segment that is read: its size now, and an element below the cells that it has.
  (import "get" "source.size" (func $source_size (result i32)))
  (import "element" "source" (func $source_element (param i32) (result i32)))
  ;; The table that is written: its size now, the greatest one, which is a constant; an index, and the reference that goes there.
  (import "get" "target.size" (func $size (result i32)))
  (import "set" "target.size" (func $set_size (param i32)))
  (import "get" "target.maxSize" (func $max_size (result i32)))
  (import "setElement" "target" (func $set_element (param i32 i32)))

  ;; Elements beyond the size were never written, so they are null. Growth by max - size at most never overflows.
  (func (export "table.grow") (param $value i32) (param $delta i32) (result i32)
    (local $old i32) (local $grown i32)
    (local.set $old (call $size))
    (if (i32.gt_u (local.get $delta) (i32.sub (call $max_size) (local.get $old)))
      (then (return (i32.const -1))))
    ;; Never, by the comparison before, which is of differences: for the verifier of images, which bounds what cells hold.
    (if (i32.gt_u (local.tee $grown (i32.add (local.get $old) (local.get $delta))) (call $max_size))
      (then (call $out_of_bounds)))
    (call $set_size (local.get $grown))
    (if (local.get $value)
      (then
        (block $done
          (loop $next
            (br_if $done (i32.eqz (local.get $delta)))
            (local.set $delta (i32.add (local.get $delta) (i32.const -1)))
            (call $set_element (i32.add (local.get $old) (local.get $delta)) (local.get $value))
            (br $next)))))
    (local.get $old))

  (func (export "table.fill") (param $to i32) (param $value i32) (param $length i32)
    (if
      (i64.gt_u
        (i64.add (i64.extend_i32_u (local.get $to)) (i64.extend_i32_u (local.get $length)))
        (i64.extend_i32_u (call $size)))
      (then (call $out_of_bounds)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $length)))
        (local.set $length (i32.add (local.get $length) (i32.const -1)))
        (call $set_element (i32.add (local.get $to) (local.get $length)) (local.get $value))
        (br $next))))

  ;; Upwards where the target does not lie above the source, else downwards.
  (func (export "table.copy") (param $to i32) (param $from i32) (param $length i32)
    (if
      (i64.gt_u
        (i64.add (i64.extend_i32_u (local.get $from)) (i64.extend_i32_u (local.get $length)))
        (i64.extend_i32_u (call $source_size)))
      (then (call $out_of_bounds)))
    (if
      (i64.gt_u
        (i64.add (i64.extend_i32_u (local.get $to)) (i64.extend_i32_u (local.get $length)))
        (i64.extend_i32_u (call $size)))
      (then (call $out_of_bounds)))
    (if (i32.le_u (local.get $to) (local.get $from))
      (then
        (block $done
          (loop $next
            (br_if $done (i32.eqz (local.get $length)))
            (local.set $length (i32.add (local.get $length) (i32.const -1)))
            (call $set_element (local.get $to) (call $source_element (local.get $from)))
            (local.set $to (i32.add (local.get $to) (i32.const 1)))
            (local.set $from (i32.add (local.get $from) (i32.const 1)))
            (br $next))))
      (else
        (block $done
          (loop $next
            (br_if $done (i32.eqz (local.get $length)))
            (local.set $length (i32.add (local.get $length) (i32.const -1)))
            (call $set_element
              (i32.add (local.get $to) (local.get $length))
              (call $source_element (i32.add (local.get $from) (local.get $length))))
            (br $next))))))

  (func (export "table.init") (param $to i32) (param $from i32) (param $length i32)
    (if
      (i64.gt_u
        (i64.add (i64.extend_i32_u (local.get $from)) (i64.extend_i32_u (local.get $length)))
        (i64.extend_i32_u (call $source_size)))
      (then (call $out_of_bounds)))
    (if
      (i64.gt_u
        (i64.add (i64.extend_i32_u (local.get $to)) (i64.extend_i32_u (local.get $length)))
        (i64.extend_i32_u (call $size)))
      (then (call $out_of_bounds)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $length)))
        (local.set $length (i32.add (local.get $length) (i32.const -1)))
        (call $set_element (local.get $to) (call $source_element (local.get $from)))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (br $next)))))

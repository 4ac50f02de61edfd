(module $m (@name "M")
  (@custom "c" (after func) "x\00\u{41}")
  (rec (type $a (sub (struct (field $x (mut i8)) (field f64 (ref null $b)))))
       (type $b (sub final $a (array (mut i16)))))
  (type $sig (func (param $p i32) (result i64)))
  (import "m" "f" (func $imported (type $sig) (param i32) (result i64)))
  (memory $mem (export "mem") i64 1 2 (pagesize 1))
  (memory (data "abc" "\ff"))
  (table $t 2 10 funcref (ref.null func))
  (table funcref (elem $imported (;0;) 0))
  (tag $e (param i32))
  (global $g (mut v128) (v128.const f32x4 1.5 -0x1p-149 nan:0x1 inf))
  (elem $el declare func $imported)
  (elem (table $t) (offset (i32.const 0)) funcref (item ref.func 0) (ref.null func))
  (data $d (memory 0) (i64.const 0) "x")
  (start $s)
  (func $s (local $l i64) (local f32 f64)
    (@metadata.code.branch_hint "\01")
    (if $i (result i32) (i32.const -0x80000000)
      (then (br $i (i32.const 1)))
      (else (i32.load8_u offset=4 align=1 (i64.const 0))))
    drop
    block $out (param) (result)
      i32.const 3 br_table $out 0 $out
    end $out
    (block $h (result i32 exnref)
      (try_table (catch_ref $e $h) (catch_all 0) (throw $e (i32.const 1))) unreachable)
    (try $t (do (call $imported (i32.const 1)) drop) (catch $e drop) (catch_all (rethrow $t)))
    try nop delegate 0
    (struct.get_u $a $x (ref.null $a)) (ref.test (ref null $b) (ref.null any)) select (result i32)
    i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31
    v128.load8_lane $mem offset=1 15
    memory.init $mem $d data.drop $d (call_indirect $t (type $sig) (i32.const 0) (i32.const 1)) return))

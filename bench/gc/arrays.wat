;; Arrays and casts: a hash table of boxed numbers that is filled, grown and searched, as languages with objects do it. `run`
;; takes the number of keys and returns a checksum.
(module
  (type $entry (sub (struct (field $key i32) (field $next (mut (ref null $entry))))))
  (type $boxed (sub $entry (struct (field $key i32) (field $next (mut (ref null $entry))) (field $value i64))))
  (type $buckets (array (mut anyref)))
  (func $find (param $table (ref $buckets)) (param $key i32) (result (ref null $boxed)) (local $at (ref null $entry))
    (local.set $at (ref.cast (ref null $entry) (array.get $buckets (local.get $table)
      (i32.and (i32.mul (local.get $key) (i32.const 0x9e3779b1)) (i32.sub (array.len (local.get $table)) (i32.const 1))))))
    (block $done (loop $again
      (br_if $done (ref.is_null (local.get $at)))
      (br_if $done (i32.eq (struct.get $entry $key (local.get $at)) (local.get $key)))
      (local.set $at (struct.get $entry $next (local.get $at)))
      (br $again)))
    (ref.cast (ref null $boxed) (local.get $at)))
  (func $put (param $table (ref $buckets)) (param $key i32) (local $slot i32)
    (local.set $slot
      (i32.and (i32.mul (local.get $key) (i32.const 0x9e3779b1)) (i32.sub (array.len (local.get $table)) (i32.const 1))))
    (array.set $buckets (local.get $table) (local.get $slot)
      (struct.new $boxed (local.get $key) (ref.cast (ref null $entry) (array.get $buckets (local.get $table) (local.get $slot)))
        (i64.extend_i32_u (local.get $key)))))
  (func (export "run") (param $keys i32) (result i32)
    (local $table (ref $buckets)) (local $i i32) (local $round i32) (local $sum i64)
    (local.set $round (i32.const 10))
    (loop $rounds
      (local.set $table (array.new_default $buckets (i32.const 65536)))
      (local.set $i (local.get $keys))
      (loop $fill
        (call $put (local.get $table) (local.get $i))
        (br_if $fill (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (local.set $i (local.get $keys))
      (loop $search
        (local.set $sum (i64.add (local.get $sum) (struct.get $boxed $value (call $find (local.get $table) (local.get $i)))))
        (br_if $search (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (br_if $rounds (local.tee $round (i32.sub (local.get $round) (i32.const 1)))))
    (i32.wrap_i64 (local.get $sum))))

;; Binary trees, the customary test of an object heap: for each depth many short-lived trees are built and counted while one
;; long-lived tree stays. `run` takes the largest depth and returns a checksum.
(module
  (rec (type $node (struct (field $left (ref null $node)) (field $right (ref null $node)))))
  (func $make (param $depth i32) (result (ref null $node))
    (if (result (ref null $node)) (i32.eqz (local.get $depth))
      (then (struct.new $node (ref.null $node) (ref.null $node)))
      (else
        (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
        (struct.new $node (call $make (local.get $depth)) (call $make (local.get $depth))))))
  (func $count (param $tree (ref null $node)) (result i32)
    (if (result i32) (ref.is_null (struct.get $node $left (local.get $tree)))
      (then (i32.const 1))
      (else (i32.add (i32.const 1)
        (i32.add (call $count (struct.get $node $left (local.get $tree)))
                 (call $count (struct.get $node $right (local.get $tree))))))))
  (func (export "run") (param $max i32) (result i32)
    (local $depth i32) (local $i i32) (local $sum i32) (local $kept (ref null $node))
    (local.set $kept (call $make (local.get $max)))
    (local.set $depth (i32.const 4))
    (loop $depths
      (local.set $i (i32.shl (i32.const 1) (i32.add (i32.sub (local.get $max) (local.get $depth)) (i32.const 4))))
      (loop $trees
        (local.set $sum (i32.add (local.get $sum) (call $count (call $make (local.get $depth)))))
        (br_if $trees (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (local.set $depth (i32.add (local.get $depth) (i32.const 2)))
      (br_if $depths (i32.le_u (local.get $depth) (local.get $max))))
    (i32.add (local.get $sum) (call $count (local.get $kept)))))

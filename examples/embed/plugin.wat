;; What main.cc runs. Its bytes are in plugin.inc: wat2wasm --debug-names plugin.wat -o plugin.wasm && xxd -i < plugin.wasm > plugin.inc
(module
  (import "host" "log" (func $log (param $text i32) (param $length i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "hello from the guest")
  (func (export "greet") (call $log (i32.const 16) (i32.const 20)))
  (func (export "lie") (call $log (i32.const 65530) (i32.const 1000)))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func $spin (loop $again (br $again)))
  (func (export "hang") (call $spin)))

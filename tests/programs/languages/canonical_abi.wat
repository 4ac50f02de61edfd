;; What ruby.wasm from npm imports from "canonical_abi": handles for Ruby objects that leave it. A handle is the object's own number.
(module
  (func (export "resource_new_rb-abi-value") (param i32) (result i32) (local.get 0))
  (func (export "resource_get_rb-abi-value") (param i32) (result i32) (local.get 0))
  (func (export "resource_drop_js-abi-value") (param i32)))

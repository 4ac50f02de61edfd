// Where a kill may find a guest: the tests end each of these, bench/containers measures how long that takes.
#pragma once

namespace umber::container {

inline constexpr const char* kSpin = R"((module (func (export "_start") (loop $l (br $l)))))";
/// Sleeps 1000 seconds in poll_oneoff.
inline constexpr const char* kSleep = R"((module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (i32.store (i32.const 16) (i32.const 1))
    (i64.store (i32.const 24) (i64.const 1000000000000))
    (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))))";

struct KillCase {
  const char* name;
  const char* source;
};
inline constexpr KillCase kKillCases[] = {
    {"Loop", kSpin},
    {"Poll", kSleep},
    {"StartFunction", R"((module (func $s (loop $l (br $l))) (start $s) (func (export "_start"))))"},
    {"Recursion", R"((module (func $f (param i32) (result i32)
        (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0)) (else (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.sub (local.get 0) (i32.const 1)))))))
        (func (export "_start") (loop $l (drop (call $f (i32.const 24))) (br $l)))))"},
    {"MemoryGrow", R"((module (memory 1) (func (export "_start") (loop $l (drop (memory.grow (i32.const 1))) (br $l)))))"},
    {"OcreSleep", R"((module (import "env" "ocre_sleep" (func $sleep (param i32) (result i32)))
        (func (export "_start") (drop (call $sleep (i32.const 9999999))))))"},
    {"EventRead", R"((module
        (import "umber" "events_open" (func $open (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "_start") (drop (call $open (i32.const 0)))
          (i32.store (i32.const 8) (i32.const 64)) (i32.store (i32.const 12) (i32.const 256))
          (drop (call $read (i32.load (i32.const 0)) (i32.const 8) (i32.const 1) (i32.const 32))))))"},
};

}  // namespace umber::container

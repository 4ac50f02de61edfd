// A test script (https://github.com/WebAssembly/spec/tree/main/interpreter#scripts) as plain data: a list of commands in
// file order. Nothing here runs anything, and no module is assembled while reading: a text module is a range of the source
// until somebody calls `assemble` on it, so that one bad module does not spoil the file.
//
// How a runner walks it:
//   Module           assemble; decode; validate. Unless is_definition: instantiate, and make it the current instance.
//                    Remember the definition (under its name, and as the latest one) for ModuleInstance.
//   ModuleInstance   instantiate the named definition, or the latest; current instance from now on; bind instance_name.
//   Register         make the exports of an instance importable under a module name.
//   Invoke, Get      on the named instance, or the current one.
//   Assert…          as named; `message` is what the official suite says: it should be contained in, or a prefix of, ours.
//   Thread, Wait     of the threads proposal: run the commands on a thread with the shared instances visible; join it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "decoder/wasm/types.h"
#include "spec-tests/text/text_error.h"

namespace umber::text {

/// Names of modules and instances are without the '$'. An absent name means the latest one.
using OptionalName = std::optional<std::string>;

// ---- modules -------------------------------------------------------------------------------------------------------

enum class ModuleForm : uint8_t {
  Text,    ///< "(module …)"
  Binary,  ///< "(module binary "\00asm…")"
  Quote,   ///< "(module quote "…")": text inside strings, so that it may be malformed
};

struct ModuleSource {
  ModuleForm form = ModuleForm::Text;
  bool is_definition = false;  ///< "(module definition …)": must not be instantiated by itself
  OptionalName name;
  Position position;      ///< of the opening parenthesis
  std::string_view text;  ///< Text: the range of the script, parentheses included; points into parse_script's input
  std::string bytes;      ///< Binary: the bytes of the module; Quote: the text that was quoted
};

/// The binary module. For Binary a copy of the bytes; never fails then. For Text the error has the line of the script,
/// for Quote the line within the quoted text.
[[nodiscard]] TextResult<std::vector<uint8_t>> assemble(const ModuleSource& module);

struct ModuleInstance {
  OptionalName instance_name;
  OptionalName module_name;  ///< the definition; absent: the latest
};

struct Register {
  std::string module_name;  ///< for imports
  OptionalName instance;
};

// ---- values --------------------------------------------------------------------------------------------------------

/// An argument of an invocation.
struct Value {
  enum class Kind : uint8_t {
    I32,  ///< bits, as for the next three
    I64,
    F32,
    F64,
    V128,       ///< v128, little-endian lanes
    RefNull,    ///< heap_type
    RefExtern,  ///< (ref.extern n): the n-th host value as an externref; n is bits
    RefHost,    ///< (ref.host n): the same host value as an anyref
  };
  Kind kind = Kind::I32;
  uint64_t bits = 0;  ///< zero-extended for I32 and F32
  std::array<uint8_t, 16> v128 = {};
  wasm::HeapType heap_type;
};

/// One float or integer to compare with: exactly these bits, or any NaN of a class
/// (https://webassembly.github.io/spec/core/exec/numerics.html#nan-propagation).
struct LanePattern {
  enum class Kind : uint8_t {
    Bits,
    NanCanonical,   ///< nan:canonical: either sign, payload exactly the top bit
    NanArithmetic,  ///< nan:arithmetic: either sign, top bit of the payload set
  };
  Kind kind = Kind::Bits;
  uint64_t bits = 0;  ///< zero-extended
};

struct ResultPattern {
  enum class Kind : uint8_t {
    I32,  ///< lanes[0], as for the next three
    I64,
    F32,
    F64,
    V128,       ///< lane_bits wide lanes, 128 / lane_bits of them, lowest first
    RefNull,    ///< null; of heap_type (which gives at most the bottom type of its hierarchy) if that is present
    RefExtern,  ///< a non-null externref; host value `number` if present
    RefHost,    ///< a non-null anyref that is host value `number`
    RefFunc,    ///< any non-null function reference; the next six likewise
    RefExn,
    RefI31,
    RefStruct,
    RefArray,
    RefEq,
    RefAny,
    Either,  ///< any of `alternatives`
  };
  Kind kind = Kind::I32;
  std::vector<LanePattern> lanes;
  uint8_t lane_bits = 0;        ///< V128: 8, 16, 32, 64
  bool is_float_shape = false;  ///< V128: f32x4 or f64x2
  std::optional<wasm::HeapType> heap_type;
  std::optional<uint32_t> number;
  std::vector<ResultPattern> alternatives;
};

// ---- actions and assertions ----------------------------------------------------------------------------------------

struct Invoke {
  OptionalName instance;
  std::string function;  ///< export name
  std::vector<Value> arguments;
};

/// Reads an exported global.
struct Get {
  OptionalName instance;
  std::string global;  ///< export name
};

using Action = std::variant<Invoke, Get>;

struct AssertReturn {
  Action action;
  std::vector<ResultPattern> results;
};
/// The action traps, or instantiating the module does.
struct AssertTrap {
  std::variant<Action, ModuleSource, ModuleInstance> subject;
  std::string message;
};
/// The action exhausts a resource, which is the call stack in the official suite.
struct AssertExhaustion {
  Action action;
  std::string message;
};
/// The action ends with an uncaught exception.
struct AssertException {
  Action action;
};
struct AssertMalformed {
  ModuleSource module;
  std::string message;
  bool is_custom = false;  ///< assert_malformed_custom: the defect is in an annotation or custom section
};
struct AssertInvalid {
  ModuleSource module;
  std::string message;
  bool is_custom = false;  ///< assert_invalid_custom; `assemble` may already refuse such a module
};
struct AssertUnlinkable {
  std::variant<ModuleSource, ModuleInstance> subject;
  std::string message;
};

// ---- threads -------------------------------------------------------------------------------------------------------

struct Command;

/// "(thread $T (shared (module $M)) command*)"
struct Thread {
  OptionalName name;
  std::vector<std::string> shared;  ///< instances of the spawning script that the thread may import from and register
  std::vector<Command> commands;
};
/// "(wait $T)"
struct Wait {
  OptionalName thread;
};

// ---- the script ----------------------------------------------------------------------------------------------------

struct Command {
  Position position;
  std::variant<ModuleSource, ModuleInstance, Register, Action, AssertReturn, AssertTrap, AssertExhaustion, AssertException,
               AssertMalformed, AssertInvalid, AssertUnlinkable, Thread, Wait>
      body;
};

/// Reads a whole script. A file of bare module fields is a script of one module. Fails on lexical errors anywhere in the
/// file outside of quoted modules, and on commands that do not follow the grammar. `source` must outlive the result.
[[nodiscard]] TextResult<std::vector<Command>> parse_script(std::string_view source);

}  // namespace umber::text

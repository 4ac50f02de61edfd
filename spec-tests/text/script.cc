#include "spec-tests/text/script.h"

#include <algorithm>

#include "spec-tests/text/constants.h"
#include "spec-tests/text/module_source.h"
#include "spec-tests/text/types.h"

namespace umber::text {
namespace {

/// How deep (either …) and (thread …) may be nested.
constexpr unsigned kMaxNesting = 64;

struct NumberWord {
  std::string_view word;
  Value::Kind value;
  ResultPattern::Kind pattern;
  unsigned bits;
  bool is_float;
};
constexpr NumberWord kNumbers[] = {
    {"i32.const", Value::Kind::I32, ResultPattern::Kind::I32, 32, false},
    {"i64.const", Value::Kind::I64, ResultPattern::Kind::I64, 64, false},
    {"f32.const", Value::Kind::F32, ResultPattern::Kind::F32, 32, true},
    {"f64.const", Value::Kind::F64, ResultPattern::Kind::F64, 64, true},
};

struct ReferenceWord {
  std::string_view word;
  ResultPattern::Kind kind;
};
constexpr ReferenceWord kReferences[] = {
    {"ref.null", ResultPattern::Kind::RefNull},     {"ref.extern", ResultPattern::Kind::RefExtern},
    {"ref.host", ResultPattern::Kind::RefHost},     {"ref.func", ResultPattern::Kind::RefFunc},
    {"ref.exn", ResultPattern::Kind::RefExn},       {"ref.i31", ResultPattern::Kind::RefI31},
    {"ref.struct", ResultPattern::Kind::RefStruct}, {"ref.array", ResultPattern::Kind::RefArray},
    {"ref.eq", ResultPattern::Kind::RefEq},         {"ref.any", ResultPattern::Kind::RefAny},
};

class ScriptParser {
 public:
  ScriptParser(TokenCursor& cursor, std::string_view source) : cursor_(cursor), source_(source) {}

  std::vector<Command> parse() {
    std::vector<Command> commands;
    if (cursor_.at(TokenKind::Open) && !at_command()) {
      ModuleSource module;
      module.text = source_;
      commands.push_back({module.position, std::move(module)});
      return commands;
    }
    while (!cursor_.at_end()) commands.push_back(parse_command());
    return commands;
  }

 private:
  using Body = decltype(Command::body);
  struct CommandWord {
    std::string_view word;
    Body (ScriptParser::*parse)();
  };
  static const CommandWord kCommands[];

  [[nodiscard]] const CommandWord* find_command() const {
    if (cursor_.at(TokenKind::Open))
      for (const CommandWord* row = kCommands; row->parse != nullptr; ++row)
        if (cursor_.at_keyword(row->word, 1)) return row;
    return nullptr;
  }
  [[nodiscard]] bool at_command() const { return find_command() != nullptr; }

  Command parse_command() {
    const Position place = cursor_.position();
    const CommandWord* command = find_command();
    if (command != nullptr) return {place, (this->*command->parse)()};
    cursor_.expect_open();
    cursor_.fail_unexpected();
    return {place, Wait{}};
  }
  /// "(word", which the caller has seen.
  void take_head() {
    cursor_.take();
    cursor_.take();
  }
  [[nodiscard]] std::string take_message() {
    std::string message = cursor_.take_string();
    cursor_.expect_close();
    return message;
  }

  // Modules and instances.

  [[nodiscard]] bool at_instance() const { return cursor_.at_form("module") && cursor_.at_keyword("instance", 2); }
  ModuleInstance take_instance() {
    take_head();
    cursor_.expect_keyword("instance");
    ModuleInstance instance;
    instance.instance_name = cursor_.accept_id();
    instance.module_name = cursor_.accept_id();
    cursor_.expect_close();
    return instance;
  }
  ModuleSource take_module() {
    if (cursor_.at_form("module")) return take_module_source(cursor_);
    cursor_.fail_unexpected();
    return {};
  }
  Body parse_module() {
    if (at_instance()) return take_instance();
    return take_module();
  }
  Body parse_register() {
    take_head();
    Register command;
    command.module_name = cursor_.take_name();
    command.instance = cursor_.accept_id();
    cursor_.expect_close();
    return command;
  }

  // Actions.

  Action take_action() {
    if (cursor_.accept_form("get")) {
      Get get;
      get.instance = cursor_.accept_id();
      get.global = cursor_.take_name();
      cursor_.expect_close();
      return get;
    }
    Invoke invoke;
    cursor_.expect_open();
    cursor_.expect_keyword("invoke");
    invoke.instance = cursor_.accept_id();
    invoke.function = cursor_.take_name();
    while (!cursor_.at_close()) invoke.arguments.push_back(take_value());
    cursor_.expect_close();
    return invoke;
  }
  Body parse_action() { return take_action(); }

  Value take_value() {
    Value value;
    cursor_.expect_open();
    const std::string_view word = cursor_.peek().text;
    if (const NumberWord* number = accept_number_word()) {
      value.kind = number->value;
      value.bits = number->is_float ? take_float(cursor_, number->bits) : take_int(cursor_, number->bits);
    } else if (cursor_.accept_keyword("v128.const")) {
      value.kind = Value::Kind::V128;
      take_v128(value.v128);
    } else if (cursor_.accept_keyword("ref.null")) {
      value.kind = Value::Kind::RefNull;
      value.heap_type = take_heap_type();
    } else if (cursor_.accept_keyword("ref.extern") || cursor_.accept_keyword("ref.host")) {
      value.kind = word == "ref.host" ? Value::Kind::RefHost : Value::Kind::RefExtern;
      value.bits = cursor_.take_u32();
    } else {
      cursor_.fail_unexpected();
    }
    cursor_.expect_close();
    return value;
  }
  [[nodiscard]] const NumberWord* accept_number_word() {
    for (const NumberWord& number : kNumbers)
      if (cursor_.accept_keyword(number.word)) return &number;
    return nullptr;
  }
  void take_v128(std::array<uint8_t, 16>& bytes) {
    const Shape& shape = take_shape(cursor_);
    const unsigned lane_bytes = shape.lane_bits / 8;
    check_lane_count(cursor_, shape);
    for (unsigned i = 0; i < shape.lane_count(); ++i) {
      const uint64_t lane = take_lane(cursor_, shape);
      for (unsigned k = 0; k < lane_bytes; ++k) bytes[i * lane_bytes + k] = static_cast<uint8_t>(lane >> (8 * k));
    }
  }
  wasm::HeapType take_heap_type() {
    Types types(cursor_);  // knows no names: abstract types and indices only
    return types.take_heap_type();
  }

  // Result patterns.

  ResultPattern take_pattern(unsigned depth = 0) {
    ResultPattern pattern;
    cursor_.expect_open();
    if (depth > kMaxNesting) cursor_.fail(cursor_.position(), "either nested too deep");
    if (const NumberWord* number = accept_number_word()) {
      pattern.kind = number->pattern;
      pattern.lanes.push_back(take_lane_pattern({{}, static_cast<uint8_t>(number->bits), number->is_float}));
    } else if (cursor_.accept_keyword("v128.const")) {
      pattern.kind = ResultPattern::Kind::V128;
      take_v128_pattern(pattern);
    } else if (cursor_.accept_keyword("either")) {
      pattern.kind = ResultPattern::Kind::Either;
      while (!cursor_.at_close()) pattern.alternatives.push_back(take_pattern(depth + 1));
    } else {
      take_reference_pattern(pattern);
    }
    cursor_.expect_close();
    return pattern;
  }
  LanePattern take_lane_pattern(const Shape& shape) {
    if (shape.is_float && cursor_.accept_keyword("nan:canonical")) return {LanePattern::Kind::NanCanonical, 0};
    if (shape.is_float && cursor_.accept_keyword("nan:arithmetic")) return {LanePattern::Kind::NanArithmetic, 0};
    return {LanePattern::Kind::Bits, take_lane(cursor_, shape)};
  }
  void take_v128_pattern(ResultPattern& pattern) {
    const Shape& shape = take_shape(cursor_);
    pattern.lane_bits = shape.lane_bits;
    pattern.is_float_shape = shape.is_float;
    check_lane_count(cursor_, shape);
    for (unsigned i = 0; i < shape.lane_count(); ++i) pattern.lanes.push_back(take_lane_pattern(shape));
  }
  void take_reference_pattern(ResultPattern& pattern) {
    const auto accept = [&](const ReferenceWord& reference) { return cursor_.accept_keyword(reference.word); };
    const ReferenceWord* found = std::find_if(std::begin(kReferences), std::end(kReferences), accept);
    if (found == std::end(kReferences)) return cursor_.fail_unexpected();
    pattern.kind = found->kind;
    const bool may_have_number =
        found->kind == ResultPattern::Kind::RefExtern || found->kind == ResultPattern::Kind::RefHost;
    if (may_have_number && cursor_.at(TokenKind::Nat)) pattern.number = cursor_.take_u32();
    if (found->kind == ResultPattern::Kind::RefNull && !cursor_.at_close()) pattern.heap_type = take_heap_type();
  }

  // Assertions.

  Body parse_assert_return() {
    take_head();
    AssertReturn assertion{take_action(), {}};
    while (!cursor_.at_close()) assertion.results.push_back(take_pattern());
    cursor_.expect_close();
    return assertion;
  }
  Body parse_assert_trap() {
    take_head();
    AssertTrap assertion;
    if (at_instance())
      assertion.subject = take_instance();
    else if (cursor_.at_form("module"))
      assertion.subject = take_module();
    else
      assertion.subject = take_action();
    assertion.message = take_message();
    return assertion;
  }
  Body parse_assert_exhaustion() {
    take_head();
    AssertExhaustion assertion{take_action(), {}};
    assertion.message = take_message();
    return assertion;
  }
  Body parse_assert_exception() {
    take_head();
    AssertException assertion{take_action()};
    cursor_.expect_close();
    return assertion;
  }
  Body parse_assert_unlinkable() {
    take_head();
    AssertUnlinkable assertion;
    if (at_instance())
      assertion.subject = take_instance();
    else
      assertion.subject = take_module();
    assertion.message = take_message();
    return assertion;
  }
  template <class Assertion>
  Body parse_assert_refused() {
    Assertion assertion;
    assertion.is_custom = cursor_.peek(1).text.ends_with("_custom");
    take_head();
    assertion.module = take_module();
    assertion.message = take_message();
    return assertion;
  }

  // Threads.

  Body parse_thread() {
    Thread thread;
    const Position place = cursor_.position();
    take_head();
    if (++nesting_ > kMaxNesting) cursor_.fail(place, "threads nested too deep");
    thread.name = cursor_.accept_id();
    while (cursor_.accept_form("shared")) {
      cursor_.expect_open();
      cursor_.expect_keyword("module");
      if (!cursor_.at(TokenKind::Id)) cursor_.fail_unexpected();
      thread.shared.push_back(cursor_.accept_id().value_or(""));
      cursor_.expect_close();
      cursor_.expect_close();
    }
    while (!cursor_.at_close()) thread.commands.push_back(parse_command());
    cursor_.expect_close();
    --nesting_;
    return thread;
  }
  Body parse_wait() {
    take_head();
    Wait wait{cursor_.accept_id()};
    cursor_.expect_close();
    return wait;
  }

  TokenCursor& cursor_;
  std::string_view source_;
  unsigned nesting_ = 0;
};

const ScriptParser::CommandWord ScriptParser::kCommands[] = {
    {"module", &ScriptParser::parse_module},
    {"register", &ScriptParser::parse_register},
    {"invoke", &ScriptParser::parse_action},
    {"get", &ScriptParser::parse_action},
    {"assert_return", &ScriptParser::parse_assert_return},
    {"assert_trap", &ScriptParser::parse_assert_trap},
    {"assert_exhaustion", &ScriptParser::parse_assert_exhaustion},
    {"assert_exception", &ScriptParser::parse_assert_exception},
    {"assert_malformed", &ScriptParser::parse_assert_refused<AssertMalformed>},
    {"assert_malformed_custom", &ScriptParser::parse_assert_refused<AssertMalformed>},
    {"assert_invalid", &ScriptParser::parse_assert_refused<AssertInvalid>},
    {"assert_invalid_custom", &ScriptParser::parse_assert_refused<AssertInvalid>},
    {"assert_unlinkable", &ScriptParser::parse_assert_unlinkable},
    {"thread", &ScriptParser::parse_thread},
    {"wait", &ScriptParser::parse_wait},
    {"", nullptr},
};

}  // namespace

TextResult<std::vector<Command>> parse_script(std::string_view source) {
  const TextResult<TokenList> tokens = tokenize(source);
  if (!tokens.ok()) return tokens.error();
  TokenCursor cursor(tokens.value().tokens);
  std::vector<Command> commands = ScriptParser(cursor, source).parse();
  if (!cursor.ok()) return cursor.error();
  return commands;
}

}  // namespace umber::text

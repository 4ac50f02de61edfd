#include "spec-tests/commands/run.h"

#include <cstring>

#include "aot/image/image.h"
#include "aot/loader/image_tier.h"
#include "decoder/parse/parse.h"
#include "decoder/validate/validate.h"
#include "interp/interpreter.h"
#include "runtime/linker.h"
#include "spec-tests/commands/format.h"
#include "spec-tests/commands/stream_reader.h"
#include "spec-tests/spectest_module.h"

namespace umber::spectest {
namespace {

using Line = FixedText<320>;

/// A module of the stream, decoded and checked; `image` if it is compiled.
struct StreamModule {
  StreamModule(const StreamConfig& config, std::span<const uint8_t> image_bytes)
      : module(*config.allocator), tier(image, config.native_stack, config.interrupts), bytes(image_bytes) {}
  wasm::Module module;
  aot::Image image;
  aot::ImageTier tier;
  std::span<const uint8_t> bytes;
  bool is_image = false;
};

enum class Outcome : uint8_t { Success, Trap, Exhaustion, Exception, Unlinkable, Unsupported, Other };

Outcome outcome_of(TrapKind kind) {
  switch (kind) {
    case TrapKind::StackOverflow: return Outcome::Exhaustion;
    case TrapKind::UncaughtException: return Outcome::Exception;
    case TrapKind::Unsupported: return Outcome::Unsupported;
    case TrapKind::OutOfMemory:
    case TrapKind::OutOfFuel:
    case TrapKind::DeadlineExceeded:
    case TrapKind::Killed:
    case TrapKind::HostError:
    case TrapKind::Exit: return Outcome::Other;
    default: return Outcome::Trap;
  }
}

bool contains(StringRef text, StringRef part) {
  for (size_t at = 0; at + part.size() <= text.size(); ++at)
    if (text.substr(at, part.size()) == part) return true;
  return false;
}

bool message_matches(StringRef expected, StringRef actual) {
  return contains(actual, expected) || (!actual.empty() && contains(expected, actual));
}

/// All exponent bits and the significand's top bit of the float format of that many bytes.
bool is_nan_of_class(uint64_t bits, unsigned bytes, bool canonical) {
  const uint64_t exponent = bytes == 4 ? 0x7f80'0000 : 0x7ff0'0000'0000'0000;
  const uint64_t quiet = bytes == 4 ? 0x0040'0000 : 0x0008'0000'0000'0000;
  const uint64_t payload = bytes == 4 ? 0x007f'ffff : 0x000f'ffff'ffff'ffff;
  if ((bits & exponent) != exponent) return false;
  return canonical ? (bits & payload) == quiet : (bits & quiet) != 0;
}

bool lanes_match(StreamReader& pattern, const Slot* slots, wasm::ValType type) {
  const auto size = pattern.read<uint8_t>();
  const auto lane_bytes = pattern.read<uint8_t>();
  const auto canonical = pattern.read<uint16_t>();
  const auto arithmetic = pattern.read<uint16_t>();
  const std::span<const uint8_t> expected = pattern.take(size);
  const bool is_32 = type == wasm::ValType::I32 || type == wasm::ValType::F32;
  const size_t has = type.is_ref() ? 0 : is_32 ? 4 : type.slots() * sizeof(Slot);
  if (expected.size() != has || has == 0 || lane_bytes == 0 || lane_bytes > 8) return false;
  const auto* actual = reinterpret_cast<const uint8_t*>(slots);
  for (unsigned lane = 0; (lane + 1u) * lane_bytes <= has; ++lane) {
    uint64_t bits = 0;
    std::memcpy(&bits, actual + lane * lane_bytes, lane_bytes);
    const bool wants_canonical = (canonical >> lane & 1) != 0;
    const bool fits = wants_canonical || (arithmetic >> lane & 1) != 0 ? is_nan_of_class(bits, lane_bytes, wants_canonical)
                                                                       : std::memcmp(actual + lane * lane_bytes, expected.data() + lane * lane_bytes, lane_bytes) == 0;
    if (!fits) return false;
  }
  return true;
}

/// Reads one pattern completely, whether it matches or not.
bool pattern_matches(StreamReader& pattern, const Slot* slots, wasm::ValType type, bool is_alternative = false) {
  const auto kind = static_cast<StreamPattern>(pattern.read<uint8_t>());
  const Ref ref = slots->bits;
  const bool is_object = ref != kNullRef && !is_i31_ref(ref) && !is_host_ref(ref);
  switch (kind) {
    case StreamPattern::Lanes: return lanes_match(pattern, slots, type);
    case StreamPattern::Null: return type.is_ref() && ref == kNullRef;
    case StreamPattern::NotNull: return type.is_ref() && ref != kNullRef;
    case StreamPattern::Host: {
      const auto value = pattern.read<uint32_t>();
      return type.is_ref() && is_host_ref(ref) && host_value_of(ref) == value;
    }
    case StreamPattern::I31: return type.is_ref() && is_i31_ref(ref);
    case StreamPattern::Object: return type.is_ref() && is_object;
    case StreamPattern::Equal: return type.is_ref() && (is_object || is_i31_ref(ref));
    case StreamPattern::Any: return type.is_ref() && ref != kNullRef;
    case StreamPattern::Either: {
      bool found = false;
      if (is_alternative) return false;
      for (auto count = pattern.read<uint8_t>(); count > 0 && !pattern.is_damaged(); --count) {
        const bool matches = pattern_matches(pattern, slots, type, true);
        found = found || matches;
      }
      return found;
    }
  }
  return false;
}

void print_bits(Line& line, const Slot* slots, uint32_t count) {
  for (uint32_t i = 0; i < count && i < 4; ++i) line.add(" ", Hex{slots[i].bits});
}

class StreamRunner {
 public:
  StreamRunner(std::span<const uint8_t> stream, const StreamConfig& config)
      : config_(config),
        reader_(stream),
        interpreter_(*config.allocator),
        modules_(*config.allocator),
        instances_(*config.allocator),
        incomplete_(*config.allocator),
        store_(*config.allocator, store_config(config), config.virtual_memory, config.clock),
        linker_(store_),
        execution_(store_, {.stack_slots = config.stack_slots}) {}
  Result<StreamTotals> run();

 private:
  /// Goes after the store, whose instances use the modules.
  struct Modules : Vec<StreamModule*> {
    explicit Modules(Allocator& given) : Vec(given), allocator(given) {}
    ~Modules() {
      for (StreamModule* module : *this) allocator.destroy(module);
    }
    Allocator& allocator;
  };
  struct Ended {
    Outcome outcome = Outcome::Success;
    FixedText<240> message;
  };

  static StoreConfig store_config(const StreamConfig& config) {
    StoreConfig result;
    result.bounds = config.guarded_memory ? BoundsMode::Guarded : BoundsMode::Checked;
    return result;
  }

  bool execute(StreamCommand command);
  void load_module();
  Status open(StreamModule& module);
  void instantiate();
  void register_instance();
  void invoke();
  void get();
  void write_arguments(Slot* slots, const StoreType& type);
  Ended trap_of_run() const;
  void judge(const Ended& ended, const Slot* slots, std::span<const wasm::ValType> types, uint32_t instance);
  bool results_match(const Slot* slots, std::span<const wasm::ValType> types, Line& why);

  void pass() { ++totals_.passed; }
  void fail(StringRef what) {
    ++totals_.failed;
    Line line;
    line.add(line_, ": ", what, "\n");
    config_.print(config_.state, line.str());
  }
  void skip() { ++totals_.skipped; }
  void reset_deadline() {
    if (config_.clock != nullptr) execution_.set_deadline(config_.clock->now_ns() + config_.call_timeout_ns);
  }
  [[nodiscard]] Instance* instance(uint32_t idx) const { return idx < instances_.size() ? instances_[idx] : nullptr; }

  const StreamConfig& config_;
  StreamReader reader_;
  Interpreter interpreter_;
  Modules modules_;
  Vec<Instance*> instances_;  ///< null where instantiating failed
  Vec<uint8_t> incomplete_;   ///< by instance: an action was skipped, so later differences say nothing
  Store store_;
  Linker linker_;
  Execution execution_;
  StreamTotals totals_;
  uint32_t line_ = 0;
};

Result<StreamTotals> StreamRunner::run() {
  UMBER_TRY(execution_.init());
  UMBER_TRY(define_spectest(linker_, wasm::Features::all()));
  reader_.take(sizeof(kStreamMagic) + 8);
  while (!reader_.at_end()) {
    const auto command = static_cast<StreamCommand>(reader_.read<uint8_t>());
    line_ = reader_.read<uint32_t>();
    if (!execute(command)) return Error::at(ErrorCode::Malformed, reader_.position(), "damaged stream: unknown command");
    if (reader_.is_damaged()) return Error::at(ErrorCode::Malformed, reader_.position(), "damaged stream: it ends within a command");
  }
  return totals_;
}

bool StreamRunner::execute(StreamCommand command) {
  switch (command) {
    case StreamCommand::Module: load_module(); return true;
    case StreamCommand::Instantiate: instantiate(); return true;
    case StreamCommand::Register: register_instance(); return true;
    case StreamCommand::Invoke: invoke(); return true;
    case StreamCommand::Get: get(); return true;
  }
  return false;
}

Status StreamRunner::open(StreamModule& module) {
  module.is_image = aot::is_image(module.bytes);
  std::span<const uint8_t> wasm_bytes = module.bytes;
  if (module.is_image) {
    const Result<aot::Image> image = aot::open_image(module.bytes);
    if (!image.ok()) return image.error();
    module.image = image.value();
    UMBER_TRY(aot::check_host(module.image, aot::this_host(config_.guarded_memory)));
    wasm_bytes = module.image.module;
  }
  UMBER_TRY(wasm::parse(wasm_bytes, wasm::Features::all(), module.module));
  return wasm::validate(module.module, *config_.allocator);
}

void StreamRunner::load_module() {
  const auto size = reader_.read<uint32_t>();
  reader_.take(reader_.read<uint32_t>());
  auto* module = config_.allocator->create<StreamModule>(config_, reader_.take(size));
  if (module != nullptr) {
    if (const Status opened = open(*module); !opened.ok()) {
      fail(opened.error().message().str());
      config_.allocator->destroy(module);
      module = nullptr;
    }
  } else {
    skip();
  }
  if (!modules_.push(module)) skip();
}

void StreamRunner::instantiate() {
  const auto idx = reader_.read<uint32_t>();
  StreamModule* const module = idx < modules_.size() ? modules_[idx] : nullptr;
  Instance* made = nullptr;
  Ended ended;
  if (module == nullptr) {
    ended.outcome = Outcome::Unsupported;
  } else {
    reset_deadline();
    Tier& tier = module->is_image ? static_cast<Tier&>(module->tier) : interpreter_;
    const Result<Instance*> result = linker_.instantiate(module->module, tier, execution_);
    if (result.ok()) {
      made = result.value();
    } else if (result.error().code() == ErrorCode::Trap) {
      ended = trap_of_run();
    } else {
      const ErrorCode code = result.error().code();
      ended.outcome = code == ErrorCode::Unlinkable ? Outcome::Unlinkable : code == ErrorCode::OutOfMemory ? Outcome::Unsupported : Outcome::Other;
      ended.message.add(result.error().text());
    }
  }
  if (!instances_.push(made) || !incomplete_.push(0)) return skip();
  judge(ended, nullptr, {}, kNoStreamIndex);
}

void StreamRunner::register_instance() {
  const Instance* const found = instance(reader_.read<uint32_t>());
  const StringRef name = reader_.read_name();
  if (found != nullptr && !linker_.define_instance(name, *found).ok()) skip();
}

void StreamRunner::write_arguments(Slot* slots, const StoreType& type) {
  size_t next = 0;
  auto count = reader_.read<uint8_t>();
  for (size_t i = 0; i < count; ++i) {
    Slot value[2] = {};
    switch (static_cast<StreamValue>(reader_.read<uint8_t>())) {
      case StreamValue::Bits32: value[0].bits = reader_.read<uint32_t>(); break;
      case StreamValue::Bits64: value[0].bits = reader_.read<uint64_t>(); break;
      case StreamValue::Bits128:
        value[0].bits = reader_.read<uint64_t>();
        value[1].bits = reader_.read<uint64_t>();
        break;
      case StreamValue::Null: value[0].bits = kNullRef; break;
      case StreamValue::Host: value[0].bits = host_ref(reader_.read<uint32_t>()); break;
    }
    if (i >= type.func().params.size()) continue;
    for (uint32_t slot = 0; slot < type.func().params[i].slots(); ++slot) slots[next++] = value[slot];
  }
}

void StreamRunner::invoke() {
  const auto idx = reader_.read<uint32_t>();
  const StringRef name = reader_.read_name();
  const Instance* const found = instance(idx);
  const Func* const func = found == nullptr ? nullptr : found->find_func(name);
  static constexpr StoreType kNoType{};
  const StoreType& type = func == nullptr ? kNoType : store_.type_of(*func);
  Vec<Slot> slots(*config_.allocator);
  const bool has_slots = slots.resize(size_t{type.param_slots} + type.result_slots + 2);
  Slot dropped[2];
  write_arguments(has_slots ? &slots[0] : dropped, has_slots ? type : kNoType);
  Ended ended;
  if (func == nullptr || !has_slots) {
    ended.outcome = Outcome::Unsupported;
  } else {
    reset_deadline();
    if (execution_.call(*func, &slots[0]) != RunStatus::Done) ended = trap_of_run();
  }
  judge(ended, has_slots ? &slots[0] : dropped, type.func().results, idx);
}

void StreamRunner::get() {
  const auto idx = reader_.read<uint32_t>();
  const StringRef name = reader_.read_name();
  const Instance* const found = instance(idx);
  Extern item;
  Ended ended;
  if (found == nullptr || !found->find_export(name, item) || item.kind != wasm::ExternalKind::Global) {
    ended.outcome = Outcome::Unsupported;
    return judge(ended, nullptr, {}, idx);
  }
  const wasm::ValType type = item.global.type.type;
  judge(ended, item.global.cell->value, {&type, 1}, idx);
}

StreamRunner::Ended StreamRunner::trap_of_run() const {
  const Trap& trap = execution_.last_trap();
  Ended ended;
  ended.outcome = outcome_of(trap.kind);
  ended.message.add(text_of(trap.kind));
  if (!trap.message().empty()) ended.message.add(": ", trap.message());
  return ended;
}

bool StreamRunner::results_match(const Slot* slots, std::span<const wasm::ValType> types, Line& why) {
  const auto count = reader_.read<uint8_t>();
  bool matches = count == types.size();
  uint32_t next = 0;
  constexpr Slot kNothing[2] = {};
  for (size_t i = 0; i < count; ++i) {
    const bool exists = i < types.size();
    matches = pattern_matches(reader_, exists ? slots + next : kNothing, exists ? types[i] : wasm::ValType::I32) && matches;
    if (exists) next += types[i].slots();
  }
  if (matches) return true;
  why.add("other results, as slots:");
  print_bits(why, slots, next);
  return false;
}

/// Compares with the expectation, which is next in the stream and is read completely.
void StreamRunner::judge(const Ended& ended, const Slot* slots, std::span<const wasm::ValType> types, uint32_t instance) {
  const auto expected = static_cast<Expectation>(reader_.read<uint8_t>());
  Line why;
  bool holds = false;
  switch (expected) {
    case Expectation::Success: holds = ended.outcome == Outcome::Success; break;
    case Expectation::Results:
      holds = results_match(slots, ended.outcome == Outcome::Success ? types : std::span<const wasm::ValType>(), why) && ended.outcome == Outcome::Success;
      break;
    case Expectation::Trap: {
      const StringRef message = reader_.read_name();
      holds = ended.outcome == Outcome::Trap && message_matches(message, ended.message.str());
      break;
    }
    case Expectation::Exhaustion: holds = ended.outcome == Outcome::Exhaustion; break;
    case Expectation::Exception: holds = ended.outcome == Outcome::Exception; break;
    case Expectation::Unlinkable: holds = ended.outcome == Outcome::Unlinkable; break;
  }
  const bool is_known = instance < incomplete_.size();
  if (holds) return pass();
  if (ended.outcome == Outcome::Unsupported && is_known) incomplete_[instance] = 1;
  if (ended.outcome == Outcome::Unsupported || (is_known && incomplete_[instance] != 0)) return skip();
  if (ended.outcome != Outcome::Success) {
    why.clear();
    why.add("ended otherwise: ", ended.message.str());
  } else if (why.empty()) {
    why.add("succeeded");
  }
  fail(why.str());
}

}  // namespace

Result<StreamTotals> run_stream(std::span<const uint8_t> stream, const StreamConfig& config) {
  StreamReader header(stream);
  const std::span<const uint8_t> magic = header.take(sizeof(kStreamMagic));
  if (magic.size() != sizeof(kStreamMagic) || std::memcmp(magic.data(), kStreamMagic, sizeof(kStreamMagic)) != 0)
    return Error::at(ErrorCode::Malformed, 0, "not a command stream");
  if (header.read<uint32_t>() != kStreamVersion) return Error::at(ErrorCode::Unsupported, sizeof(kStreamMagic), "a command stream of another version");
  if (header.read<uint32_t>() != stream.size()) return Error::at(ErrorCode::Malformed, sizeof(kStreamMagic) + 4, "a cut command stream");
  StreamRunner runner(stream, config);
  return runner.run();
}

}  // namespace umber::spectest

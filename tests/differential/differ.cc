// Runs modules in the interpreter and compiled, and reports every difference: results and traps of each export, the calls of
// imported functions with their arguments, all memories and globals, and, where code counts it, the fuel. What the tiers may do
// differently is left out: how deep the stack reaches, and under guard regions what memory holds once an access has faulted (docs/aot.md,
// Limits). There the comparison ends, and the module's name is printed.
//
//   umber-differ MODULE…       exit code 1 if a module behaved differently; "N passed, N failed, N skipped" at the end
#include <llvm/Support/xxhash.h>

#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "aot/compiler/compiling_tier.h"
#include "decoder/parse/parse.h"
#include "decoder/validate/validate.h"
#include "interp/interpreter.h"
#include "ports/linux/platform.h"
#include "runtime/linker.h"

namespace umber::differential {
namespace {

constexpr uint64_t kFuel = 2'000'000;  // what needs more is left out
constexpr uint64_t kDeadlineNs = 20'000'000'000;  // of processor time: a busy machine is no difference

class ProcessorClock final : public Clock {
 public:
  uint64_t now_ns() override {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
  }
};

constexpr const char* kMemories = "memories";  // begins the line of a record that tells of them

/// What one run showed: lines that must be the same in every tier.
using Record = std::vector<std::string>;

struct Way {
  const char* name;
  bool compiled;
  aot::Optimization level;
  aot::BoundsChecks bounds;
  aot::Interruption interruption;
  uint16_t patience = 0;  ///< of the interpreter's drafts
};
/// The first one says what is right.
constexpr Way kWays[] = {
    {"interpreter", false, aot::Optimization::O0, aot::BoundsChecks::Guard, aot::Interruption::Budget},
    {"interpreter, drafts", false, aot::Optimization::O0, aot::BoundsChecks::Guard, aot::Interruption::Budget, 2},
    {"-O3, guard regions, heartbeat", true, aot::Optimization::O3, aot::BoundsChecks::Guard, aot::Interruption::Heartbeat},
    {"-O3, explicit checks, budget", true, aot::Optimization::O3, aot::BoundsChecks::Explicit, aot::Interruption::Budget},
    {"-O2, explicit checks, coarse", true, aot::Optimization::O2, aot::BoundsChecks::Explicit, aot::Interruption::Coarse},
    {"-Os, explicit checks, budget", true, aot::Optimization::Os, aot::BoundsChecks::Explicit, aot::Interruption::Budget},
};

std::string hex(const Slot* values, std::span<const wasm::ValType> types) {
  std::string text;
  char buffer[40];
  for (const wasm::ValType type : types) {
    // Addresses differ from run to run: of references only null is told apart.
    const uint64_t bits = type.is_ref() ? (values->bits != kNullRef ? 1 : 0) : type.kind() == wasm::ValType::I32 || type.kind() == wasm::ValType::F32 ? values->u32 : values->bits;
    std::snprintf(buffer, sizeof(buffer), " %llx", static_cast<unsigned long long>(bits));
    text += buffer;
    if (type.slots() == 2) {
      std::snprintf(buffer, sizeof(buffer), ":%llx", static_cast<unsigned long long>(values[1].bits));
      text += buffer;
    }
    values += type.slots();
  }
  return text;
}

/// An imported function: writes down its arguments, returns zeros.
struct Import {
  std::string name;
  const wasm::FuncType* type;
  Record* record;
};

HostResult on_import(void* state, Caller&, Slot* values) {
  const auto& import = *static_cast<const Import*>(state);
  import.record->push_back("call " + import.name + hex(values, import.type->params));
  uint32_t slots = 0;
  for (const wasm::ValType type : import.type->results) slots += type.slots();
  std::memset(values, 0, slots * sizeof(Slot));
  return HostResult::done();
}

class Run {
 public:
  Run(const wasm::Module& module, const Way& way)
      : module_(module),
        way_(way),
        compiler_(options_of(way)),
        interpreter_(platform_.allocator, {.eager = way.patience != 0, .patience = way.patience, .draft_bytes = 0}),
        store_(platform_.allocator, config_of(way), &platform_.virtual_memory, &clock_),
        linker_(store_),
        execution_(store_) {}

  /// False: the module can't be run here, or goes on for too long.
  bool run(Record& record) {
    if (!execution_.init().ok() || !define_imports(record)) return false;
    limit();
    Tier& tier = way_.compiled ? static_cast<Tier&>(compiler_) : interpreter_;
    const Result<Instance*> instance = linker_.instantiate(module_, tier, execution_);
    if (!instance.ok()) {
      record.push_back(std::string("instantiate: ") + instance.error().message().c_str());
      return instance.error().code() != ErrorCode::Unsupported && !is_unequal();
    }
    for (const wasm::Export& item : module_.exports)
      if (item.kind == wasm::ExternalKind::Func && !call(*instance.value(), item, record)) return false;
    return true;
  }

 private:
  static aot::CompileOptions options_of(const Way& way) {
    aot::CompileOptions options;
    options.target = aot::host_target();
    options.optimization = way.level;
    options.translate.bounds = way.bounds;
    options.translate.interruption = way.interruption;
    return options;
  }
  static StoreConfig config_of(const Way& way) {
    StoreConfig config;
    config.bounds = way.bounds == aot::BoundsChecks::Guard ? BoundsMode::Guarded : BoundsMode::Checked;
    config.heap.collect_always = true;
    return config;
  }

  bool define_imports(Record& record) {
    for (const wasm::Import& import : module_.imports) {
      if (import.kind != wasm::ExternalKind::Func) return false;
      const wasm::FuncType& type = module_.func_type(import.index);
      for (const wasm::ValType param : type.params)
        if (param.is_ref()) return false;
      for (const wasm::ValType result : type.results)
        if (result.is_ref()) return false;
      const std::string name(import.name.data(), import.name.size());
      imports_.push_back(std::make_unique<Import>(Import{name, &type, &record}));
      if (!linker_.define(import.module, import.name, HostFunction{&on_import, imports_.back().get(), type.params, type.results}).ok()) return false;
    }
    return true;
  }

  /// The heartbeat's code counts no fuel, but what the interpreter finished with little needs no minutes.
  void limit() {
    if (way_.interruption == aot::Interruption::Budget) execution_.set_fuel(kFuel);
    execution_.set_deadline(clock_.now_ns() + kDeadlineNs);
  }

  /// Ended for a reason that depends on the tier.
  bool is_unequal() const {
    const TrapKind kind = execution_.last_trap().kind;
    return kind == TrapKind::StackOverflow || kind == TrapKind::OutOfFuel || kind == TrapKind::OutOfMemory;
  }

  bool call(Instance& instance, const wasm::Export& item, Record& record) {
    const wasm::FuncType& type = module_.func_type(item.index);
    const std::string name(item.name.data(), item.name.size());
    for (uint64_t seed = 0; seed < 3; ++seed) {
      std::vector<Slot> values(slots_of(type));
      uint32_t slot = 0;
      for (const wasm::ValType param : type.params) {
        // Small numbers, large ones, and patterns that are floats too.
        const uint64_t bits = param.is_ref() || seed == 0 ? 0 : 0x4008'0000'4040'0001u * seed + slot;
        values[slot].bits = param.kind() == wasm::ValType::I32 || param.kind() == wasm::ValType::F32 ? static_cast<uint32_t>(bits) : bits;
        if (param.slots() == 2) values[slot + 1].bits = ~bits;
        slot += param.slots();
      }
      limit();
      const RunStatus status = execution_.call(instance.func(item.index), values.data());
      std::string line = name;
      if (status == RunStatus::Done) {
        line += hex(values.data(), type.results);
      } else {
        if (is_unequal()) return false;
        line += std::string(": ") + text_of(execution_.last_trap().kind).data();
      }
      const bool counts = way_.interruption == aot::Interruption::Budget && status == RunStatus::Done;
      record.push_back(line);
      if (counts) fuel_.push_back(execution_.fuel_consumed());
    }
    record.push_back(globals_of(instance));
    record.push_back(memories_of(instance));
    return true;
  }

  static size_t slots_of(const wasm::FuncType& type) {
    size_t params = 0;
    size_t results = 0;
    for (const wasm::ValType param : type.params) params += param.slots();
    for (const wasm::ValType result : type.results) results += result.slots();
    return std::max<size_t>({params, results, 1});
  }

  std::string globals_of(Instance& instance) const {
    std::string state = "globals";
    for (uint32_t i = 0; i < module_.globals.size(); ++i)
      state += hex(instance.context().global(i).value, {&module_.globals[i].type.type, 1});
    return state;
  }

  std::string memories_of(Instance& instance) const {
    std::string state = kMemories;
    for (uint32_t i = 0; i < instance.memory_count(); ++i) {
      const Memory& memory = instance.memory(i);
      state += " " + std::to_string(memory.size_bytes()) + ":" + std::to_string(llvm::xxh3_64bits(llvm::ArrayRef<uint8_t>(memory.base(), static_cast<size_t>(memory.size_bytes()))));
    }
    return state;
  }

 public:
  const std::vector<uint64_t>& fuel() const { return fuel_; }

 private:
  const wasm::Module& module_;
  const Way& way_;
  linux_port::Platform platform_;
  ProcessorClock clock_;
  std::vector<std::unique_ptr<Import>> imports_;
  aot::CompilingTier compiler_;
  Interpreter interpreter_;
  Store store_;
  Linker linker_;
  Execution execution_;
  std::vector<uint64_t> fuel_;
};

enum class Verdict { Same, Different, Skipped };

/// How two records differ.
struct Difference {
  std::string text;  ///< the first line that differs in both, or nothing
  bool is_permitted = false;  ///< memory, after a fault under guard regions
};

Difference difference(const Record& expected, const Record& found, const Way& way) {
  const bool may_leave_other_memory = way.compiled && way.bounds == aot::BoundsChecks::Guard;
  const std::string fault = std::string(": ") + text_of(TrapKind::MemoryOutOfBounds).data();
  bool has_faulted = false;
  for (size_t i = 0; i < expected.size() || i < found.size(); ++i) {
    const std::string a = i < expected.size() ? expected[i] : "(nothing)";
    const std::string b = i < found.size() ? found[i] : "(nothing)";
    const bool is_memory = a.starts_with(kMemories) && b.starts_with(kMemories);
    if (a != b) return {"\n  expected " + a + "\n  found    " + b, is_memory && has_faulted && may_leave_other_memory};
    has_faulted = has_faulted || a.ends_with(fault);
  }
  return {};
}

Verdict compare(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> content{std::istreambuf_iterator<char>(file), {}};
  const std::vector<uint8_t> bytes(content.begin(), content.end());
  linux_port::HeapAllocator allocator;
  wasm::Module module(allocator);
  if (!wasm::parse(bytes, wasm::Features::all(), module).ok() || !wasm::validate(module, allocator).ok()) return Verdict::Skipped;
  Record expected;
  std::vector<uint64_t> fuel;
  for (const Way& way : kWays) {
    Record record;
    Run run(module, way);
    const bool is_first = &way == kWays;
    if (!run.run(record)) {
      if (is_first) return Verdict::Skipped;
      if (record.size() < expected.size()) return Verdict::Skipped;
    }
    if (is_first) {
      expected = record;
      fuel = run.fuel();
      continue;
    }
    const Difference found = difference(expected, record, way);
    const bool other_fuel = !run.fuel().empty() && run.fuel() != fuel;
    if (found.text.empty() && !other_fuel) continue;
    const char* permitted = found.is_permitted ? " other memory after a fault:" : "";
    std::printf("%s: %s:%s%s\n", path, way.name, permitted, found.text.empty() ? " other fuel" : found.text.c_str());
    if (!found.is_permitted) return Verdict::Different;
  }
  return Verdict::Same;
}

}  // namespace
}  // namespace umber::differential

int main(int argc, char** argv) {
  using namespace umber::differential;
  unsigned counts[3] = {};
  for (int i = 1; i < argc; ++i) {
    // Named first, so that a crash is known by its module.
    std::fprintf(stderr, "%s\n", argv[i]);
    ++counts[static_cast<unsigned>(compare(argv[i]))];
  }
  std::printf("%u passed, %u failed, %u skipped\n", counts[0], counts[1], counts[2]);
  return counts[1] == 0 ? 0 : 1;
}

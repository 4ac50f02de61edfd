// A container's configuration becomes one piece of memory: what it has to hold is measured first and then put there, arrays first and the
// characters of the texts behind them.
#include "container/config.h"

#include <cstring>

namespace umber::container {

namespace {

constexpr size_t kAlignment = alignof(RareSettings);

bool is_usual(const Config& config) {
  const RareSettings usual;
  return config.limits.fuel == usual.fuel && config.limits.run_time_ns == usual.run_time_ns && config.limits.volume == usual.volume &&
         config.restart == usual.restart;
}

size_t clamped(uint64_t value) { return value < SIZE_MAX ? static_cast<size_t>(value) : SIZE_MAX; }

}  // namespace

constinit const RareSettings OwnedConfig::kUsual;

/// Without `base` it only measures. Arrays in descending order of alignment, then texts.
class OwnedConfig::Layout {
 public:
  explicit Layout(uint8_t* base) : base_(base) {}

  /// Null while measuring.
  template <class T>
  [[nodiscard]] T* place(size_t count) {
    static_assert(sizeof(T) % sizeof(void*) == 0);
    T* array = base_ == nullptr ? nullptr : reinterpret_cast<T*>(base_ + bytes_);
    bytes_ += count * sizeof(T);
    return array;
  }
  /// With a zero byte behind it.
  [[nodiscard]] StringRef place(StringRef text) {
    char* copy = base_ == nullptr ? nullptr : reinterpret_cast<char*>(base_ + bytes_);
    bytes_ += text.size() + 1;
    if (copy == nullptr) return {};
    if (!text.empty()) std::memcpy(copy, text.data(), text.size());
    copy[text.size()] = 0;
    return {copy, text.size()};
  }
  [[nodiscard]] bool is_measuring() const { return base_ == nullptr; }
  [[nodiscard]] size_t bytes() const { return bytes_; }

 private:
  uint8_t* base_;
  size_t bytes_ = 0;
};

void OwnedConfig::place(Layout& layout, const Config& config) {
  if (!is_usual(config)) {
    auto* rare = layout.place<RareSettings>(1);
    if (rare != nullptr) rare_ = new (rare) RareSettings{config.limits.fuel, config.limits.run_time_ns, config.limits.volume, config.restart};
  }
  args_ = {layout.place<StringRef>(config.args.size()), config.args.size()};
  environment_ = {layout.place<Variable>(config.environment.size()), config.environment.size()};
  blobs_ = {layout.place<Blob>(config.blobs.size()), config.blobs.size()};
  auto* grants = layout.place<Grant>(config.grants.size());
  name_ = layout.place(config.name);
  hostname_ = config.hostname.empty() ? name_ : layout.place(config.hostname);
  entry_ = layout.place(config.entry);
  const bool measures = layout.is_measuring();
  for (size_t i = 0; i < config.args.size(); ++i) {
    const StringRef copy = layout.place(config.args[i]);
    if (!measures) new (&args_[i]) StringRef(copy);
  }
  for (size_t i = 0; i < config.environment.size(); ++i) {
    const StringRef name = layout.place(config.environment[i].name), value = layout.place(config.environment[i].value);
    if (!measures) new (&environment_[i]) Variable{name, value};
  }
  for (size_t i = 0; i < config.blobs.size(); ++i) {
    const StringRef path = layout.place(config.blobs[i].path);
    if (!measures) new (&blobs_[i]) Blob{path, config.blobs[i].bytes};
  }
  for (size_t i = 0; i < config.grants.size(); ++i) {
    const StringRef text = layout.place(config.grants[i]);
    if (!measures) new (grants + i) Grant(*parse_grant(text));
  }
  grants_ = GrantSet({grants, measures ? 0 : config.grants.size()});
}

OwnedConfig::~OwnedConfig() { allocator_.release(memory_, bytes_, kAlignment); }

Status OwnedConfig::keep_limits(const Limits& limits) {
  if (limits.stack_bytes < 1024 || limits.inbox.max_events == 0 || limits.inbox.max_events > 65'536 || limits.open_files < 3)
    return Error::of(ErrorCode::InvalidArgument, "limits: the stack must be 1 KiB or more, events 1 to 65536, files 3 or more");
  if (limits.cpu_weight < 10 || limits.cpu_weight > 1000)
    return Error::of(ErrorCode::InvalidArgument, "limits: the weight must be 10 to 1000");
  limits_ = {clamped(limits.memory_bytes), clamped(limits.heap_bytes), clamped(limits.table_elements), limits.stack_bytes, limits.open_files,
             limits.sockets, limits.inbox, static_cast<uint16_t>(limits.cpu_weight), limits.priority};
  return {};
}

Status OwnedConfig::copy(const Config& config) {
  UMBER_TRY(keep_limits(config.limits));
  for (const StringRef& text : config.grants)
    if (const Result<Grant> grant = parse_grant(text); !grant.ok()) return grant.error();
  Layout sizes(nullptr);
  place(sizes, config);
  void* memory = allocator_.allocate(sizes.bytes(), kAlignment);
  if (memory == nullptr) return Error::out_of_memory("a container's configuration");
  memory_ = memory;
  bytes_ = sizes.bytes();
  Layout layout(static_cast<uint8_t*>(memory));
  place(layout, config);
  output_ = config.output;
  output_state_ = config.output_state;
  if (grants_.max_timers() < limits_.inbox.max_timers) limits_.inbox.max_timers = grants_.max_timers();
  return sort_blobs(blobs_);
}

}  // namespace umber::container

#include "container/runtime.h"

#include "container/import_policy.h"

namespace umber::container {

/// Keeps a container from being destroyed while it is used. The last one to let go of a removed container destroys it.
class Runtime::Pin {
 public:
  Pin(Runtime& runtime, Handle handle) : runtime_(runtime) {
    Locked locked(*runtime_.lock_);
    container_ = runtime_.containers_.find(handle);
    if (container_ != nullptr) ++container_->pins;
  }
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;
  ~Pin() {
    if (container_ == nullptr) return;
    Image* image = &container_->image();
    {
      Locked locked(*runtime_.lock_);
      if (--container_->pins > 0 || runtime_.containers_.find(container_->handle) != nullptr) return;
    }
    container_->destroy();
    Locked locked(*runtime_.lock_);
    --image->users;
  }
  explicit operator bool() const { return container_ != nullptr; }
  Container* operator->() const { return container_; }
  [[nodiscard]] static Error not_found() { return Error::of(ErrorCode::NotFound, "no such container"); }

 private:
  Runtime& runtime_;
  Container* container_;
};

Runtime::Runtime(Allocator& allocator, Scheduler& scheduler, Host& host, TierFactory& tiers, const RuntimeConfig& config)
    : allocator_(allocator), scheduler_(scheduler), host_(host), tiers_(tiers), config_(config), images_(allocator), containers_(allocator) {}

Status Runtime::init() {
  for (Monitor** monitor : {&lock_, &bus_lock_, &device_lock_, &volume_lock_}) {
    *monitor = scheduler_.create_monitor();
    if (*monitor == nullptr) return Error::out_of_memory("the container runtime");
  }
  bus_ = allocator_.create<Bus>(allocator_, *bus_lock_, config_.bus);
  devices_ = allocator_.create<Devices>(allocator_, *device_lock_, config_.gpio, config_.sensors);
  volumes_ = allocator_.create<VolumeTable>(allocator_, scheduler_, *volume_lock_);
  if (bus_ == nullptr || devices_ == nullptr || volumes_ == nullptr) return Error::out_of_memory("the container runtime");
  environment_ = allocator_.create<Environment>(
      Environment{allocator_, scheduler_, host_, *bus_, *devices_, *volumes_, config_.observer});
  return environment_ != nullptr ? Status() : Error::out_of_memory("the container runtime");
}

Runtime::~Runtime() {
  if (lock_ != nullptr && volumes_ != nullptr) destroy_all();
  allocator_.destroy(environment_);
  allocator_.destroy(volumes_);
  allocator_.destroy(devices_);
  allocator_.destroy(bus_);
  for (Monitor* monitor : {lock_, bus_lock_, device_lock_, volume_lock_})
    if (monitor != nullptr) scheduler_.destroy_monitor(monitor);
}

void Runtime::destroy_all() {
  for (Handle handle = kNoHandle; list({&handle, 1}) > 0;) (void)remove(handle, true);
  images_.for_each([](Handle, Image& image) { image.destroy(); });
}

Result<Handle> Runtime::add_image(std::span<const uint8_t> bytes) {
  Result<Image*> image = Image::create(allocator_, bytes, config_.features, tiers_, host_.virtual_memory() != nullptr && sizeof(void*) == 8);
  if (!image.ok()) return image.error();
  Handle handle = kNoHandle;
  {
    Locked locked(*lock_);
    handle = images_.insert(*image);
  }
  if (handle != kNoHandle) return handle;
  (*image)->destroy();
  return Error::out_of_memory("an image");
}

Status Runtime::remove_image(Handle handle) {
  Image* image = nullptr;
  {
    Locked locked(*lock_);
    image = images_.find(handle);
    if (image == nullptr) return Error::of(ErrorCode::NotFound, "no such image");
    if (image->users > 0) return Error::of(ErrorCode::InvalidArgument, "the image is used by ", image->users, " containers");
    images_.remove(handle);
  }
  image->destroy();
  return {};
}

Result<Handle> Runtime::create(Handle image_handle, const Config& config) {
  Image* image = nullptr;
  {
    Locked locked(*lock_);
    image = images_.find(image_handle);
    if (image == nullptr) return Error::of(ErrorCode::NotFound, "no such image");
    if (containers_.count() >= config_.max_containers)
      return Error::of(ErrorCode::LimitReached, "there are ", config_.max_containers, " containers already");
    ++image->users;
  }
  Result<Container*> container = Container::create(*environment_, *image, config);
  Locked locked(*lock_);
  Handle handle = kNoHandle;
  if (container.ok()) {
    handle = containers_.insert(*container);
    (*container)->handle = handle;
    if (handle != kNoHandle) return handle;
    (*container)->destroy();
  }
  --image->users;
  return container.ok() ? Error::out_of_memory("a container") : container.error();
}

Status Runtime::start(Handle handle) {
  const Pin container(*this, handle);
  return container ? container->start() : Pin::not_found();
}

Status Runtime::pause(Handle handle, uint64_t deadline_ns) {
  const Pin container(*this, handle);
  return container ? container->pause(deadline_ns) : Pin::not_found();
}

Status Runtime::unpause(Handle handle) {
  const Pin container(*this, handle);
  return container ? container->unpause() : Pin::not_found();
}

Status Runtime::stop(Handle handle, uint64_t deadline_ns) {
  const Pin container(*this, handle);
  return container ? container->stop(deadline_ns) : Pin::not_found();
}

Status Runtime::kill(Handle handle) {
  const Pin container(*this, handle);
  if (!container) return Pin::not_found();
  container->kill();
  return {};
}

Result<bool> Runtime::wait(Handle handle, uint64_t deadline_ns) {
  const Pin container(*this, handle);
  if (!container) return Pin::not_found();
  return container->wait(deadline_ns);
}

Status Runtime::remove(Handle handle, bool force) {
  const Pin container(*this, handle);
  if (!container) return Pin::not_found();
  if (force) {
    container->kill();
    (void)container->wait(kForever);
  }
  UMBER_TRY(container->retire());
  Locked locked(*lock_);
  containers_.remove(handle);
  return {};
}

Status Runtime::inspect(Handle handle, Snapshot& out, uint64_t sample_ns) {
  const Pin container(*this, handle);
  if (!container) return Pin::not_found();
  container->look(out, sample_ns);
  return {};
}

Status Runtime::write_backtrace(Handle handle, const TextSink& sink) {
  const Pin container(*this, handle);
  if (!container) return Pin::not_found();
  container->write_backtrace(sink);
  return {};
}

Status Runtime::visit_imports(Handle handle, ImportVisitor visit, void* state) {
  const Pin container(*this, handle);
  if (!container) return Pin::not_found();
  for (const wasm::Import& import : container->image().module().imports) {
    ImportNeed need;
    if (need_of_import(import.module, import.name, need))
      visit(state, import, text_of(need).str(), is_granted(need, container->config()));
  }
  return {};
}

size_t Runtime::list(std::span<Handle> out) {
  Locked locked(*lock_);
  size_t count = 0;
  containers_.for_each([&](Handle handle, Container&) {
    if (count < out.size()) out[count] = handle;
    ++count;
  });
  return count;
}

size_t Runtime::container_count() { return list({}); }

PublishResult Runtime::publish(StringRef topic, StringRef content_type, StringRef payload) {
  return bus_->publish(topic, content_type, payload);
}

}  // namespace umber::container

// Arguments and environment.
#include "wasi/calls.h"

namespace umber::wasi::calls {

namespace {

/// Writes the texts to `buf` and their guest addresses to `pointers`.
Errno copy_texts(Caller& caller, const TextList& texts, uint32_t pointers, uint32_t buf) {
  GuestSpan<uint32_t> addresses;
  Buffer out;
  if (!guest_range(caller, pointers, static_cast<uint32_t>(texts.count()), addresses)) return Errno::Fault;
  if (!guest_range(caller, buf, static_cast<uint32_t>(texts.bytes().size()), out)) return Errno::Fault;
  const std::span<const char> bytes = texts.bytes();
  size_t number = 0;
  for (size_t at = 0; at < bytes.size(); ++at)
    if (at == 0 || bytes[at - 1] == 0) addresses.set(number++, out.address() + static_cast<uint32_t>(at));
  if (!out.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
  return Errno::Success;
}

Errno text_sizes(const TextList& texts, GuestPtr<Size> count, GuestPtr<Size> buf_size) {
  count.set(static_cast<Size>(texts.count()));
  buf_size.set(static_cast<Size>(texts.bytes().size()));
  return Errno::Success;
}

}  // namespace

Errno args_get(Context* context, Caller& caller, uint32_t argv, uint32_t argv_buf) {
  return copy_texts(caller, context->process.args, argv, argv_buf);
}

Errno args_sizes_get(Context* context, GuestPtr<Size> count, GuestPtr<Size> buf_size) {
  return text_sizes(context->process.args, count, buf_size);
}

Errno environ_get(Context* context, Caller& caller, uint32_t environ, uint32_t environ_buf) {
  return copy_texts(caller, context->process.environ, environ, environ_buf);
}

Errno environ_sizes_get(Context* context, GuestPtr<Size> count, GuestPtr<Size> buf_size) {
  return text_sizes(context->process.environ, count, buf_size);
}

}  // namespace umber::wasi::calls

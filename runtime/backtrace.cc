#include "runtime/backtrace.h"

#include "runtime/instance.h"

namespace umber {

namespace {

/// A guest's name may hold anything; terminals should see no control characters.
void add_printable(FrameName& text, StringRef name) {
  for (char c : name) text.add(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c);
}

}  // namespace

FrameName name_of(const TraceFrame& frame) {
  FrameName text;
  if (!frame.instance->name.empty()) text.add(frame.instance->name, "!");
  const StringRef function = frame.instance->module().function_name(frame.func_idx);
  if (function.empty())
    text.add("<wasm function ", frame.func_idx, ">");
  else
    add_printable(text, function);
  return text;
}

FixedText<240> describe(const Trap& trap) {
  FixedText<240> text;
  if (trap.kind == TrapKind::Exit) {
    text.add("exit with code ", trap.exit_code);
  } else {
    text.add("wasm trap: ", text_of(trap.kind));
  }
  if (!trap.message().empty()) text.add(": ", trap.message());
  return text;
}

void write_trap(const Trap& trap, const TextSink& sink) {
  sink.write(sink.state, describe(trap).str());
  sink.write(sink.state, "\n");
  if (trap.frame_count == 0) return;
  sink.write(sink.state, "wasm backtrace:\n");
  const std::span<const TraceFrame> frames = trap.frames();
  for (size_t i = 0; i < frames.size(); ++i) {
    FixedText<256> line;
    line.add(i < 10 ? "  " : " ", i, ": ", Hex{frames[i].offset}, " - ", name_of(frames[i]).str(), "\n");
    sink.write(sink.state, line.str());
  }
  if (trap.frame_count == frames.size()) return;
  FixedText<64> rest;
  rest.add("  and ", trap.frame_count - frames.size(), " more\n");
  sink.write(sink.state, rest.str());
}

}  // namespace umber

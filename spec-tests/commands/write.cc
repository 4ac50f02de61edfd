#include "spec-tests/commands/write.h"

#include <cstring>
#include <map>

#include "spec-tests/commands/format.h"

namespace umber::spectest {
namespace {

class StreamWriter {
 public:
  StreamWriter(const MakePayload& make_payload, uint32_t alignment, FileReport& report)
      : make_payload_(make_payload), alignment_(alignment), report_(report) {
    append(kStreamMagic, sizeof(kStreamMagic));
    put(kStreamVersion);
    put(uint32_t{0});
  }

  void write(const std::vector<text::Command>& commands) {
    for (const text::Command& command : commands) {
      line_ = command.position.line;
      std::visit([this](const auto& body) { write(body); }, command.body);
    }
  }
  std::vector<uint8_t> finish() {
    const auto size = static_cast<uint32_t>(out_.size());
    std::memcpy(out_.data() + sizeof(kStreamMagic) + 4, &size, sizeof(size));
    return std::move(out_);
  }

 private:
  void append(const void* data, size_t size) {
    const auto* bytes = static_cast<const uint8_t*>(data);
    out_.insert(out_.end(), bytes, bytes + size);
  }
  template <class T>
  void put(T value) {
    append(&value, sizeof(value));
  }
  void put_name(const std::string& name) {
    put(static_cast<uint16_t>(name.size()));
    append(name.data(), name.size());
  }
  void begin(StreamCommand command) {
    put(command);
    put(line_);
  }
  void skip(const std::string& reason) { report_.add(line_, false, Verdict::skipped(reason)); }

  uint32_t add_module(const text::ModuleSource& source);
  uint32_t find_module(const text::OptionalName& name) const;
  uint32_t find_instance(const text::OptionalName& name) const;
  uint32_t add_instance(uint32_t module);
  void bind(const text::OptionalName& name, uint32_t instance);
  bool begin(const text::Action& action);
  void put_value(const text::Value& value);
  void put_pattern(const text::ResultPattern& pattern);
  void put_lanes(const text::ResultPattern& pattern, uint8_t bytes, uint8_t lane_bytes);
  void expect(Expectation expectation) { put(expectation); }
  void expect_trap(const std::string& message) {
    put(Expectation::Trap);
    put_name(message);
  }

  void write(const text::ModuleSource& source);
  void write(const text::ModuleInstance& command);
  void write(const text::Register& command);
  void write(const text::Action& action);
  void write(const text::AssertReturn& assertion);
  void write(const text::AssertTrap& assertion);
  void write(const text::AssertExhaustion& assertion);
  void write(const text::AssertException& assertion);
  void write(const text::AssertUnlinkable& assertion);
  void write(const text::AssertMalformed&) { skip("a matter of the host: malformed"); }
  void write(const text::AssertInvalid&) { skip("a matter of the host: invalid"); }
  void write(const text::Thread&) { skip("threads are not in streams"); }
  void write(const text::Wait&) { skip("threads are not in streams"); }

  const MakePayload& make_payload_;
  const uint32_t alignment_;
  FileReport& report_;
  std::vector<uint8_t> out_;
  std::map<std::string, uint32_t> modules_;
  std::map<std::string, uint32_t> instances_;
  uint32_t module_count_ = 0;
  uint32_t instance_count_ = 0;
  uint32_t latest_module_ = kNoStreamIndex;
  uint32_t current_ = kNoStreamIndex;
  uint32_t line_ = 0;
};

// ---- modules and instances -----------------------------------------------------------------------------------------

/// Its number, or kNoStreamIndex when there is none to write.
uint32_t StreamWriter::add_module(const text::ModuleSource& source) {
  text::TextResult<std::vector<uint8_t>> bytes = text::assemble(source);
  if (!bytes.ok()) {
    report_.add(line_, false, Verdict::failed("text " + bytes.error().to_string()));
    return kNoStreamIndex;
  }
  const Result<std::vector<uint8_t>> payload = make_payload_(std::move(bytes).value());
  if (!payload.ok()) {
    const std::string why = payload.error().message().c_str();
    report_.add(line_, false, payload.error().code() == ErrorCode::Unsupported ? Verdict::skipped(why) : Verdict::failed(why));
    return kNoStreamIndex;
  }
  begin(StreamCommand::Module);
  put(static_cast<uint32_t>(payload.value().size()));
  const size_t behind_padding_field = out_.size() + 4;
  const size_t padding = (alignment_ - behind_padding_field % alignment_) % alignment_;
  put(static_cast<uint32_t>(padding));
  out_.resize(out_.size() + padding);
  append(payload.value().data(), payload.value().size());
  return module_count_++;
}

uint32_t StreamWriter::find_module(const text::OptionalName& name) const {
  if (!name) return latest_module_;
  const auto found = modules_.find(*name);
  return found == modules_.end() ? kNoStreamIndex : found->second;
}

uint32_t StreamWriter::find_instance(const text::OptionalName& name) const {
  if (!name) return current_;
  const auto found = instances_.find(*name);
  return found == instances_.end() ? kNoStreamIndex : found->second;
}

/// The expectation has to follow.
uint32_t StreamWriter::add_instance(uint32_t module) {
  begin(StreamCommand::Instantiate);
  put(module);
  return instance_count_++;
}

void StreamWriter::bind(const text::OptionalName& name, uint32_t instance) {
  if (name) instances_[*name] = instance;
  current_ = instance;
}

void StreamWriter::write(const text::ModuleSource& source) {
  latest_module_ = add_module(source);
  if (source.name) modules_[*source.name] = latest_module_;
  if (!source.is_definition) write(text::ModuleInstance{source.name, {}});
}

void StreamWriter::write(const text::ModuleInstance& command) {
  const uint32_t module = find_module(command.module_name);
  if (module == kNoStreamIndex) return bind(command.instance_name, kNoStreamIndex);
  bind(command.instance_name, add_instance(module));
  expect(Expectation::Success);
}

void StreamWriter::write(const text::Register& command) {
  const uint32_t instance = find_instance(command.instance);
  if (instance == kNoStreamIndex) return skip("needs a module that is not there");
  begin(StreamCommand::Register);
  put(instance);
  put_name(command.module_name);
}

void StreamWriter::write(const text::AssertUnlinkable& assertion) {
  const auto* source = std::get_if<text::ModuleSource>(&assertion.subject);
  const uint32_t module = source != nullptr ? add_module(*source) : find_module(std::get<text::ModuleInstance>(assertion.subject).module_name);
  if (module == kNoStreamIndex) return;
  add_instance(module);
  expect(Expectation::Unlinkable);
}

// ---- actions -------------------------------------------------------------------------------------------------------

void StreamWriter::put_value(const text::Value& value) {
  using Kind = text::Value::Kind;
  switch (value.kind) {
    case Kind::I32:
    case Kind::F32:
      put(StreamValue::Bits32);
      return put(static_cast<uint32_t>(value.bits));
    case Kind::I64:
    case Kind::F64:
      put(StreamValue::Bits64);
      return put(value.bits);
    case Kind::V128:
      put(StreamValue::Bits128);
      return append(value.v128.data(), value.v128.size());
    case Kind::RefNull: return put(StreamValue::Null);
    case Kind::RefExtern:
    case Kind::RefHost:
      put(StreamValue::Host);
      return put(static_cast<uint32_t>(value.bits));
  }
}

void StreamWriter::put_lanes(const text::ResultPattern& pattern, uint8_t bytes, uint8_t lane_bytes) {
  put(StreamPattern::Lanes);
  put(bytes);
  put(lane_bytes);
  uint16_t masks[2] = {};
  for (size_t i = 0; i < pattern.lanes.size(); ++i) {
    if (pattern.lanes[i].kind == text::LanePattern::Kind::NanCanonical) masks[0] |= static_cast<uint16_t>(1u << i);
    if (pattern.lanes[i].kind == text::LanePattern::Kind::NanArithmetic) masks[1] |= static_cast<uint16_t>(1u << i);
  }
  put(masks[0]);
  put(masks[1]);
  for (const text::LanePattern& lane : pattern.lanes) append(&lane.bits, lane_bytes);
}

void StreamWriter::put_pattern(const text::ResultPattern& pattern) {
  using Kind = text::ResultPattern::Kind;
  switch (pattern.kind) {
    case Kind::I32:
    case Kind::F32: return put_lanes(pattern, 4, 4);
    case Kind::I64:
    case Kind::F64: return put_lanes(pattern, 8, 8);
    case Kind::V128: return put_lanes(pattern, 16, static_cast<uint8_t>(pattern.lane_bits / 8));
    case Kind::RefNull: return put(StreamPattern::Null);
    case Kind::RefExtern:
    case Kind::RefHost:
      if (!pattern.number) return put(StreamPattern::NotNull);
      put(StreamPattern::Host);
      return put(*pattern.number);
    case Kind::RefFunc:
    case Kind::RefExn: return put(StreamPattern::NotNull);
    case Kind::RefI31: return put(StreamPattern::I31);
    case Kind::RefStruct:
    case Kind::RefArray: return put(StreamPattern::Object);
    case Kind::RefEq: return put(StreamPattern::Equal);
    case Kind::RefAny: return put(StreamPattern::Any);
    case Kind::Either:
      put(StreamPattern::Either);
      put(static_cast<uint8_t>(pattern.alternatives.size()));
      for (const text::ResultPattern& alternative : pattern.alternatives) put_pattern(alternative);
  }
}

/// All but the expectation; false when there is no instance to act on.
bool StreamWriter::begin(const text::Action& action) {
  const auto* invoke = std::get_if<text::Invoke>(&action);
  const uint32_t instance = find_instance(invoke != nullptr ? invoke->instance : std::get<text::Get>(action).instance);
  if (instance == kNoStreamIndex) {
    skip("needs a module that is not there");
    return false;
  }
  begin(invoke != nullptr ? StreamCommand::Invoke : StreamCommand::Get);
  put(instance);
  put_name(invoke != nullptr ? invoke->function : std::get<text::Get>(action).global);
  if (invoke == nullptr) return true;
  put(static_cast<uint8_t>(invoke->arguments.size()));
  for (const text::Value& value : invoke->arguments) put_value(value);
  return true;
}

void StreamWriter::write(const text::Action& action) {
  if (begin(action)) expect(Expectation::Success);
}

void StreamWriter::write(const text::AssertReturn& assertion) {
  if (!begin(assertion.action)) return;
  expect(Expectation::Results);
  put(static_cast<uint8_t>(assertion.results.size()));
  for (const text::ResultPattern& pattern : assertion.results) put_pattern(pattern);
}

void StreamWriter::write(const text::AssertTrap& assertion) {
  if (const auto* action = std::get_if<text::Action>(&assertion.subject)) {
    if (begin(*action)) expect_trap(assertion.message);
    return;
  }
  const auto* source = std::get_if<text::ModuleSource>(&assertion.subject);
  const uint32_t module = source != nullptr ? add_module(*source) : find_module(std::get<text::ModuleInstance>(assertion.subject).module_name);
  if (module == kNoStreamIndex) return;
  add_instance(module);
  expect_trap(assertion.message);
}

void StreamWriter::write(const text::AssertExhaustion& assertion) {
  if (begin(assertion.action)) expect(Expectation::Exhaustion);
}

void StreamWriter::write(const text::AssertException& assertion) {
  if (begin(assertion.action)) expect(Expectation::Exception);
}

}  // namespace

std::vector<uint8_t> write_stream(const std::vector<text::Command>& commands, const MakePayload& make_payload, uint32_t alignment,
                                  FileReport& report) {
  StreamWriter writer(make_payload, alignment, report);
  writer.write(commands);
  return writer.finish();
}

}  // namespace umber::spectest

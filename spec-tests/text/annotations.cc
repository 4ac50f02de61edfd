#include "spec-tests/text/annotations.h"

namespace umber::text {
namespace {

struct SectionWord {
  std::string_view word;
  SectionKind kind;
};
constexpr SectionWord kSectionWords[] = {
    {"first", SectionKind::First}, {"type", SectionKind::Type},     {"import", SectionKind::Import},
    {"func", SectionKind::Func},   {"table", SectionKind::Table},   {"memory", SectionKind::Memory},
    {"tag", SectionKind::Tag},     {"global", SectionKind::Global}, {"export", SectionKind::Export},
    {"start", SectionKind::Start}, {"elem", SectionKind::Elem},     {"datacount", SectionKind::DataCount},
    {"code", SectionKind::Code},   {"data", SectionKind::Data},     {"last", SectionKind::Last},
};

std::optional<SectionKind> section_of(std::string_view word) {
  for (const SectionWord& row : kSectionWords)
    if (row.word == word) return row.kind;
  return std::nullopt;
}

/// Reads the inside of one annotation; what goes wrong there is reported as "@id annotation: …".
class AnnotationReader {
 public:
  AnnotationReader(TokenCursor& module, const Annotation& annotation)
      : module_(module), annotation_(annotation), inside_(annotation.tokens) {}

  TokenCursor& inside() { return inside_; }
  void fail(Position place, const std::string& message) {
    module_.fail(place, "@" + annotation_.id + " annotation: " + message);
  }
  void fail_here(const std::string& message) { fail(inside_.position(), message); }
  /// Hands an error inside on to the module's cursor.
  void finish() {
    if (inside_.ok() && !inside_.at_end()) return fail_here("unexpected token " + std::string(inside_.peek().text));
    if (inside_.ok()) return;
    const TextError& error = inside_.error();
    fail({error.line, error.column}, error.message);
  }

 private:
  TokenCursor& module_;
  const Annotation& annotation_;
  TokenCursor inside_;
};

void take_placement(AnnotationReader& reader, CustomSection& section) {
  TokenCursor& inside = reader.inside();
  const std::string_view word = inside.peek(1).text;
  if (word != "before" && word != "after") return reader.fail(inside.peek(1).position, "malformed placement");
  inside.expect_open();
  section.is_before = word == "before";
  inside.take();
  const std::optional<SectionKind> anchor = inside.at(TokenKind::Keyword) ? section_of(inside.peek().text) : std::nullopt;
  if (!anchor) return reader.fail_here("malformed section kind");
  inside.take();
  section.anchor = *anchor;
  inside.expect_close();
}

}  // namespace

bool at_declared_name(const TokenCursor& cursor) { return cursor.at(TokenKind::Id) || cursor.at_annotation("name"); }

std::optional<std::string> accept_name_annotation(TokenCursor& cursor) {
  const Annotation* annotation = cursor.accept_annotation("name");
  if (annotation == nullptr) return std::nullopt;
  AnnotationReader reader(cursor, *annotation);
  std::string name = reader.inside().take_name();
  reader.finish();
  return name;
}

std::optional<CustomSection> accept_custom_annotation(TokenCursor& cursor) {
  const Annotation* annotation = cursor.accept_annotation("custom");
  if (annotation == nullptr) return std::nullopt;
  AnnotationReader reader(cursor, *annotation);
  CustomSection section;
  if (!reader.inside().at(TokenKind::String)) reader.fail_here("missing section name");
  section.name = reader.inside().take_name();
  if (reader.inside().at(TokenKind::Open)) take_placement(reader, section);
  section.content = reader.inside().take_strings();
  reader.finish();
  return section;
}

std::optional<uint8_t> accept_branch_hint(TokenCursor& cursor) {
  constexpr std::string_view kId = "metadata.code.branch_hint";
  const Annotation* annotation = cursor.accept_annotation(kId);
  if (annotation == nullptr) return std::nullopt;
  AnnotationReader reader(cursor, *annotation);
  const std::string value = reader.inside().take_string();
  reader.finish();
  if (value != std::string_view("\0", 1) && value != "\1") reader.fail(annotation->position, "invalid value");
  if (cursor.at_annotation(kId)) reader.fail(annotation->position, "duplicate annotation");
  return value == "\1" ? 1 : 0;
}

void check_annotations_taken(TokenCursor& cursor) {
  const Annotation* annotation = cursor.untaken_annotation();
  if (annotation == nullptr) return;
  if (annotation->id == "name" || annotation->id == "custom")
    cursor.fail(annotation->position, "misplaced @" + annotation->id + " annotation");
  else
    cursor.fail(annotation->position, "@" + annotation->id + " annotation: not in a function");
}

}  // namespace umber::text

// Types in the text format (https://webassembly.github.io/spec/core/text/types.html) and the type section they become.
//
// A function may state its type in place instead of naming one. Such a type is looked up among the defined ones and, if it
// is new, appended to them; so the section is complete only when the whole module has been read.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "decoder/wasm/types.h"
#include "spec-tests/text/byte_sink.h"
#include "spec-tests/text/index_space.h"

namespace umber::text {

/// The entries of a section and how many there are.
struct Section {
  uint32_t count = 0;
  ByteSink entries;
};

struct Signature {
  std::vector<wasm::ValType> params;
  std::vector<wasm::ValType> results;
  friend bool operator==(const Signature&, const Signature&) = default;
};

/// A reference to a function type (https://webassembly.github.io/spec/core/text/modules.html#type-uses).
struct TypeUse {
  uint32_t type_idx = 0;
  /// The parameters with the ids that were stated; for a type that is only named, its parameters without ids.
  IndexSpace locals{"local"};
};

enum class ParamNames : uint8_t { Allowed, Forbidden };

class Types {
 public:
  explicit Types(TokenCursor& cursor) : cursor_(cursor) {}

  /// The type index space; every definition must have been declared before the first one is parsed.
  IndexSpace names{"type"};
  Section section;

  /// "(type …)" or "(rec …)", from behind the opening keyword.
  void parse_type_field();
  void parse_rec_field();

  [[nodiscard]] wasm::HeapType take_heap_type();
  [[nodiscard]] wasm::ValType take_ref_type();
  [[nodiscard]] wasm::ValType take_val_type();
  [[nodiscard]] bool at_ref_type() const;
  [[nodiscard]] uint32_t take_type_index() { return names.take_index(cursor_); }
  /// A field of the struct type `type_idx`, by number or id.
  [[nodiscard]] uint32_t take_field_index(uint32_t type_idx);
  /// "(result t*)*"
  [[nodiscard]] std::vector<wasm::ValType> take_results();
  /// "(type x)? (param …)* (result …)*"
  [[nodiscard]] TypeUse take_type_use(ParamNames param_names);
  /// The same, encoded as a block type: nothing, one result, or a type index.
  void take_block_type(ByteSink& out);

  // Types of entities, encoded.
  void take_global_type(ByteSink& out);
  void take_table_type(ByteSink& out);
  void take_memory_type(ByteSink& out);
  /// "i64" or "i32" in front of limits; true for i64.
  [[nodiscard]] bool accept_address_type();
  /// "(pagesize n)" as log2 of n, if it is there.
  [[nodiscard]] std::optional<unsigned> accept_page_size();

 private:
  struct Definition {
    wasm::CompositeKind kind = wasm::CompositeKind::Func;
    Signature signature;
    IndexSpace fields{"field"};
  };

  [[nodiscard]] Definition take_sub_type(ByteSink& out);
  [[nodiscard]] Definition take_composite_type(ByteSink& out);
  void take_struct_fields(Definition& definition, ByteSink& out);
  void take_field_type(ByteSink& out);
  [[nodiscard]] wasm::ValType take_storage_type();
  [[nodiscard]] wasm::Limits take_limits();
  /// Parameters and results stated in place. Ids of parameters go to `locals`.
  [[nodiscard]] Signature take_signature(ParamNames param_names, IndexSpace& locals);
  /// "(type x)"
  [[nodiscard]] std::optional<uint32_t> accept_type_reference();
  void check_stated_type(uint32_t type_idx, const Signature& stated, Position place);
  /// Gives a definition the next index. `encoding` is that of a type that is a recursion group by itself, or null.
  void define(Definition definition, const ByteSink* encoding);
  void put_group(const ByteSink& encoding);
  /// The first defined type with this signature, appended if there is none.
  [[nodiscard]] uint32_t intern(const Signature& signature);

  TokenCursor& cursor_;
  std::vector<Definition> definitions_;
  /// Encoding to index of the first definition that is a recursion group by itself.
  std::unordered_map<std::string, uint32_t> lone_types_;
};

void put_heap_type(ByteSink& out, wasm::HeapType type);
void put_val_type(ByteSink& out, wasm::ValType type);
/// A vector of value types.
void put_val_types(ByteSink& out, const std::vector<wasm::ValType>& types);

/// `page_size_log2` is for memories that state their page size.
void put_limits(ByteSink& out, const wasm::Limits& limits, std::optional<unsigned> page_size_log2 = std::nullopt);

}  // namespace umber::text

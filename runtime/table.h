// A table (https://webassembly.github.io/spec/core/exec/runtime.html#table-instances): references of 8 bytes each, seen by
// code through a TableView. `elements` may move at every grow. Also Global and Tag, which are too small for files of their
// own.
#pragma once

#include <span>

#include "base/error.h"
#include "decoder/wasm/types.h"
#include "runtime/abi.h"

namespace umber {

class Store;

class Table {
 public:
  static constexpr uint64_t kGrowFailed = UINT64_MAX;

  explicit Table(Store& store) : store_(store) {}
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  ~Table();

  /// Allocates the minimum size, every element `value`. `type.element` is a store type.
  [[nodiscard]] Status init(const wasm::TableType& type, Ref value);

  /// table.grow: the size before, or kGrowFailed.
  [[nodiscard]] uint64_t grow(uint64_t delta, Ref value);
  /// table.fill; false: out of bounds, nothing written.
  [[nodiscard]] bool fill(uint64_t idx, Ref value, uint64_t count);
  /// table.copy; the tables may be the same; false: out of bounds, nothing written.
  [[nodiscard]] static bool copy(Table& to, uint64_t to_idx, const Table& from, uint64_t from_idx, uint64_t count);

  [[nodiscard]] TableView& view() { return view_; }
  [[nodiscard]] uint64_t size() const { return view_.size; }
  [[nodiscard]] std::span<Ref> elements() const { return {view_.elements, static_cast<size_t>(view_.size)}; }
  [[nodiscard]] const wasm::TableType& type() const { return type_; }
  [[nodiscard]] bool contains(uint64_t idx, uint64_t count) const {
    return count <= view_.size && idx <= view_.size - count;
  }

 private:
  [[nodiscard]] uint64_t max_elements() const;
  [[nodiscard]] bool reserve(uint64_t size, uint64_t max);

  Store& store_;
  TableView view_;
  wasm::TableType type_;
  uint64_t capacity_ = 0;
};

/// A global by value: where it lies and what it holds (a store type). The cell lives as long as the store.
struct Global {
  GlobalCell* cell = nullptr;
  wasm::GlobalType type;
};

/// A tag: its identity is its address, so two of the same type differ.
struct Tag {
  uint32_t type_id = 0;
};

}  // namespace umber

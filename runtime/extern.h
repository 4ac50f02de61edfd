// An external value (https://webassembly.github.io/spec/core/exec/runtime.html#external-values): what can be imported and
// exported. A small value; what it points at is owned by the store.
#pragma once

#include "decoder/wasm/module.h"
#include "runtime/memory.h"
#include "runtime/table.h"

namespace umber {

struct Extern {
  wasm::ExternalKind kind = wasm::ExternalKind::Func;
  union {
    Func* func;
    Table* table;
    Memory* memory;
    Tag* tag;
    Global global;
  };

  Extern() : func(nullptr) {}
  Extern(Func& f) : kind(wasm::ExternalKind::Func), func(&f) {}
  Extern(Table& t) : kind(wasm::ExternalKind::Table), table(&t) {}
  Extern(Memory& m) : kind(wasm::ExternalKind::Memory), memory(&m) {}
  Extern(Tag& t) : kind(wasm::ExternalKind::Tag), tag(&t) {}
  Extern(const Global& g) : kind(wasm::ExternalKind::Global), global(g) {}
};

}  // namespace umber

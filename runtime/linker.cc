#include "runtime/linker.h"

#include <cstring>

#include "base/nearest_word.h"
#include "decoder/wasm/hash.h"
#include "runtime/import_match.h"

namespace umber {

namespace {

/// Host functions have number types only, which are the same in every module.
bool same_types(std::span<const wasm::ValType> a, std::span<const wasm::ValType> b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i]) return false;
  return true;
}

}  // namespace

Linker::Linker(Store& store)
    : store_(store), chosen_(store.allocator()), choices_(store.allocator()), names_(store.allocator(), 1024), entries_(store.allocator()), buckets_(store.allocator()) {}

Status Linker::define(StringRef module, StringRef name, const Extern& item) {
  return insert({.module = module, .name = name, .item = item});
}

Status Linker::define(StringRef module, StringRef name, const HostFunction& function) {
  return insert_function({.module = module, .name = name}, function);
}

Status Linker::define_overload(StringRef module, StringRef name, const HostFunction& function) {
  return insert_function({.module = module, .name = name, .is_overload = true}, function);
}

Status Linker::insert_function(const Entry& entry, const HostFunction& function) {
  if (!is_wanted(entry.module, entry.name)) return {};
  Result<Func*> func = store_.create_func(function);
  if (!func.ok()) return func.error();
  Entry complete = entry;
  complete.item = Extern(**func);
  return insert(complete);
}

Status Linker::serve_only(const wasm::Module& module) {
  only_for_ = &module;
  const size_t count = module.imports.size();
  const bool has_room = chosen_.reserve(count) && chosen_.resize(count) && choices_.reserve(count) && choices_.resize(count);
  return has_room ? store_.types().reserve(module.types.size()) : Error::out_of_memory("the linker");
}

/// As insert and find_typed together: a definition counts more than an instance's export, one of the import's type more than the first.
void Linker::choose(const Entry& entry) {
  for (size_t i = 0; i < choices_.size(); ++i) {
    const wasm::Import& import = only_for_->imports[i];
    Choice& choice = choices_[i];
    Extern& item = chosen_[i];
    if (!(import.module == entry.module)) continue;
    if (entry.is_instance) {
      if (choice <= Choice::Instance && entry.instance->find_export(import.name, item)) choice = Choice::Instance;
    } else if (import.name == entry.name) {
      const bool is_it = import.kind != wasm::ExternalKind::Func || has_type(*only_for_, import, entry.item);
      if (entry.is_overload && choice >= (is_it ? Choice::Definition : Choice::OtherType)) continue;
      choice = is_it ? Choice::Definition : Choice::OtherType;
      item = entry.item;
    }
  }
}

bool Linker::is_wanted(StringRef module, StringRef name) const {
  if (only_for_ == nullptr) return true;
  for (const wasm::Import& import : only_for_->imports)
    if (import.name == name && import.module == module) return true;
  return false;
}

Status Linker::define_instance(StringRef module, const Instance& instance) {
  return insert({.module = module, .is_instance = true, .instance = &instance});
}

uint64_t Linker::Entry::hash(const void* seed) const {
  wasm::Hash hash(reinterpret_cast<uintptr_t>(seed));
  hash.add(module);
  hash.add(name);
  hash.add(is_instance ? 1 : 0);
  return hash.value();
}

bool Linker::Entry::same_name(const Entry& other) const {
  return is_instance == other.is_instance && module == other.module && name == other.name;
}

/// The bucket that holds the entry of that name, or the empty one where it belongs.
size_t Linker::bucket_of(const Entry& entry) const {
  const size_t mask = buckets_.size() - 1;
  size_t at = entry.hash(this) & mask;
  while (buckets_[at] != 0 && !entries_[buckets_[at] - 1].same_name(entry)) at = (at + 1) & mask;
  return at;
}

Status Linker::insert(Entry entry) {
  if (only_for_ != nullptr) {
    choose(entry);
    return {};
  }
  if (entries_.size() * 4 >= buckets_.size() * 3 && !rehash()) return Error::out_of_memory("the linker");
  const size_t at = bucket_of(entry);
  if (buckets_[at] != 0) {
    Entry* existing = &entries_[buckets_[at] - 1];
    if (entry.is_overload) {
      while (existing->next_overload != 0) existing = &entries_[existing->next_overload - 1];
      const auto last = static_cast<size_t>(existing - entries_.data());
      entry.module = existing->module;
      entry.name = existing->name;
      if (!entries_.push(entry)) return Error::out_of_memory("the linker");
      entries_[last].next_overload = static_cast<uint32_t>(entries_.size());
      return {};
    }
    existing->instance = entry.instance;
    existing->item = entry.item;
    existing->next_overload = 0;
    return {};
  }
  entry.is_overload = false;
  if (!copy_text(entry.module) || !copy_text(entry.name) || !entries_.push(entry))
    return Error::out_of_memory("the linker");
  buckets_[at] = static_cast<uint32_t>(entries_.size());
  return {};
}

bool Linker::rehash() {
  Vec<uint32_t> old(std::move(buckets_));
  buckets_ = Vec<uint32_t>(store_.allocator());
  if (!buckets_.resize(old.empty() ? 64 : old.size() * 2)) {
    buckets_ = std::move(old);
    return false;
  }
  for (size_t i = 0; i < entries_.size(); ++i)
    if (!entries_[i].is_overload) buckets_[bucket_of(entries_[i])] = static_cast<uint32_t>(i + 1);
  return true;
}

bool Linker::copy_text(StringRef& text) {
  char* copy = names_.allocate_array<char>(text.size());
  if (copy == nullptr) return false;
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  text = {copy, text.size()};
  return true;
}

const Linker::Entry* Linker::lookup(const Entry& name) const {
  if (buckets_.empty()) return nullptr;
  const uint32_t number = buckets_[bucket_of(name)];
  return number == 0 ? nullptr : &entries_[number - 1];
}

bool Linker::find(StringRef module, StringRef name, Extern& out, size_t nth) const {
  for (size_t i = 0; nth == 0 && i < choices_.size(); ++i) {
    if (choices_[i] == Choice::Nothing) continue;
    if (!(only_for_->imports[i].name == name) || !(only_for_->imports[i].module == module)) continue;
    out = chosen_[i];
    return true;
  }
  if (const Entry* entry = lookup({.module = module, .name = name})) {
    for (; nth > 0 && entry->next_overload != 0; --nth) entry = &entries_[entry->next_overload - 1];
    out = entry->item;
    return nth == 0;
  }
  const Entry* entry = lookup({.module = module, .is_instance = true});
  return nth == 0 && entry != nullptr && entry->instance->find_export(name, out);
}

bool Linker::has_type(const wasm::Module& module, const wasm::Import& import, const Extern& item) const {
  if (import.kind != wasm::ExternalKind::Func || item.kind != wasm::ExternalKind::Func) return false;
  const wasm::FuncType& wanted = module.func_type(import.index);
  const wasm::FuncType type = store_.type_of(*item.func).func();
  return same_types(type.params, wanted.params) && same_types(type.results, wanted.results);
}

/// The overload of the import's type; if there is none the first, and instantiating says how it differs.
bool Linker::find_typed(const wasm::Module& module, const wasm::Import& import, Extern& out) const {
  if (!find(import.module, import.name, out)) return false;
  if (import.kind != wasm::ExternalKind::Func) return true;
  Extern item;
  for (size_t nth = 0; find(import.module, import.name, item, nth); ++nth) {
    if (item.kind != wasm::ExternalKind::Func) break;
    if (!has_type(module, import, item)) continue;
    out = item;
    break;
  }
  return true;
}

/// A name of the same module's, or where that is unknown itself, a module's.
StringRef Linker::nearest_to(const wasm::Import& import) const {
  NearestWord name(import.name), module(import.module);
  for (const Entry& entry : entries_) {
    module.offer(entry.module);
    if (entry.module == import.module && !entry.is_instance) name.offer(entry.name);
  }
  return module.best() == import.module ? name.best() : module.best();
}

/// Whether every import of the only module has something.
Status Linker::check_choices() const {
  for (size_t i = 0; i < choices_.size(); ++i)
    if (choices_[i] == Choice::Nothing) return unknown_import(only_for_->imports[i], nearest_to(only_for_->imports[i]));
  return {};
}

Status Linker::resolve(const wasm::Module& module, Vec<Extern>& out) const {
  out.clear();
  if (!out.reserve(module.imports.size())) return Error::out_of_memory("imports");
  if (only_for_ == &module) {
    UMBER_TRY(check_choices());
    (void)out.append(chosen_);
    return {};
  }
  for (const wasm::Import& import : module.imports) {
    Extern item;
    if (!find_typed(module, import, item)) return unknown_import(import, nearest_to(import));
    (void)out.push(item);
  }
  return {};
}

Result<Instance*> Linker::instantiate(const wasm::Module& module, Tier& tier, Execution& execution) {
  if (only_for_ == &module) {
    UMBER_TRY(check_choices());
    return store_.instantiate(module, chosen_, tier, execution);
  }
  Vec<Extern> imports(store_.allocator());
  UMBER_TRY(resolve(module, imports));
  return store_.instantiate(module, imports, tier, execution);
}

}  // namespace umber

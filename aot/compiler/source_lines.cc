#include "aot/compiler/source_lines.h"

#include <llvm/BinaryFormat/Dwarf.h>
#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Object/Wasm.h>
#include <llvm/Support/LEB128.h>
#include <llvm/Support/raw_ostream.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <tuple>

namespace umber::aot {
namespace {

using Text = llvm::SmallVector<char, 0>;

struct SourceLine {
  uint64_t address;  ///< from the start of the code section's content
  uint32_t file;     ///< 0: none
  uint32_t line;
  uint32_t order;    ///< of being read
};

/// All that the module's own line tables say, in order of address; files are numbered from 1.
struct SourceLines {
  std::vector<SourceLine> rows;
  std::vector<std::string> files;

  void add(const llvm::DWARFDebugLine::LineTable& table, const char* folder);
  [[nodiscard]] const SourceLine* find(uint64_t address) const;

 private:
  uint32_t number_of(const std::string& file);
  std::map<std::string, uint32_t> numbers_;
};

uint32_t SourceLines::number_of(const std::string& file) {
  const auto [found, is_new] = numbers_.try_emplace(file, static_cast<uint32_t>(files.size() + 1));
  if (is_new) files.push_back(file);
  return found->second;
}

void SourceLines::add(const llvm::DWARFDebugLine::LineTable& table, const char* folder) {
  for (const llvm::DWARFDebugLine::Row& row : table.Rows) {
    std::string file;
    const bool is_known = !row.EndSequence && row.Line != 0 &&
                          table.getFileNameByIndex(row.File, folder == nullptr ? "" : folder, llvm::DILineInfoSpecifier::FileLineInfoKind::AbsoluteFilePath, file);
    // What was linked away has addresses at or before the section's start.
    if (row.Address.Address != 0) rows.push_back({row.Address.Address, is_known ? number_of(file) : 0, row.Line, static_cast<uint32_t>(rows.size())});
  }
}

const SourceLine* SourceLines::find(uint64_t address) const {
  const auto after = std::upper_bound(rows.begin(), rows.end(), address, [](uint64_t wanted, const SourceLine& row) { return wanted < row.address; });
  return after == rows.begin() || std::prev(after)->file == 0 ? nullptr : &*std::prev(after);
}

SourceLines read_source_lines(const wasm::Module& module) {
  SourceLines out;
  const llvm::StringRef bytes(reinterpret_cast<const char*>(module.bytes.data()), module.bytes.size());
  auto object = llvm::object::ObjectFile::createWasmObjectFile(llvm::MemoryBufferRef(bytes, "module.wasm"));
  if (!object) {
    llvm::consumeError(object.takeError());
    return out;
  }
  const auto ignore = [](llvm::Error error) { llvm::consumeError(std::move(error)); };
  const std::unique_ptr<llvm::DWARFContext> debug = llvm::DWARFContext::create(**object, llvm::DWARFContext::ProcessDebugRelocations::Process, nullptr, "", ignore, ignore);
  for (const std::unique_ptr<llvm::DWARFUnit>& unit : debug->compile_units()) {
    auto table = debug->getLineTableForUnit(unit.get(), ignore);
    if (!table) llvm::consumeError(table.takeError());
    else if (*table != nullptr) out.add(**table, unit->getCompilationDir());
  }
  // The end of a function comes before the start of another one.
  const auto key = [](const SourceLine& row) { return std::tuple(row.address, row.file != 0, row.order); };
  std::sort(out.rows.begin(), out.rows.end(), [&](const SourceLine& a, const SourceLine& b) { return key(a) < key(b); });
  return out;
}

/// Where the content of the code section begins in the module; DWARF's addresses count from there.
std::optional<uint32_t> code_section_start(const wasm::Module& module) {
  constexpr uint8_t kCodeSection = 10;
  const uint8_t* at = module.bytes.data() + 8;
  const uint8_t* const end = module.bytes.data() + module.bytes.size();
  while (at < end) {
    const uint8_t id = *at++;
    unsigned length = 0;
    const uint64_t size = llvm::decodeULEB128(at, &length, end);
    at += length;
    if (id == kCodeSection) return static_cast<uint32_t>(at - module.bytes.data());
    if (size > static_cast<uint64_t>(end - at)) break;
    at += size;
  }
  return std::nullopt;
}

/// Writes one line table in the format of DWARF 4, section 6.2. File 1 is the module.
class LineTableWriter {
 public:
  LineTableWriter(const std::vector<std::string>& files, unsigned address_bytes) : stream_(out_), address_bytes_(address_bytes) {
    number(0, 4);  // the length
    number(4, 2);
    const size_t header = out_.size();
    number(0, 4);
    const uint8_t fields[] = {1, 1, 1, static_cast<uint8_t>(-5), 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0};  // and no folders
    stream_.write(reinterpret_cast<const char*>(fields), sizeof fields);
    file("module.wasm");
    for (const std::string& name : files) file(name);
    number(0, 1);
    patch(header, static_cast<uint32_t>(out_.size() - header - 4));
  }
  void begin(uint64_t address) {
    number(0, 1);
    llvm::encodeULEB128(1 + address_bytes_, stream_);
    number(llvm::dwarf::DW_LNE_set_address, 1);
    addresses_.push_back(out_.size());
    number(address, address_bytes_);
    address_ = address;
    file_ = line_ = 1;
  }
  void row(uint64_t address, uint32_t file, uint32_t line) {
    advance(address);
    if (file != file_) {
      number(llvm::dwarf::DW_LNS_set_file, 1);
      llvm::encodeULEB128(file, stream_);
    }
    number(llvm::dwarf::DW_LNS_advance_line, 1);
    llvm::encodeSLEB128(int64_t{line} - int64_t{line_}, stream_);
    number(llvm::dwarf::DW_LNS_copy, 1);
    file_ = file;
    line_ = line;
  }
  void end(uint64_t address) {
    advance(address);
    number(0, 1);
    number(1, 1);
    number(llvm::dwarf::DW_LNE_end_sequence, 1);
  }
  Text finish() {
    patch(0, static_cast<uint32_t>(out_.size() - 4));
    return std::move(out_);
  }
  /// Where in the table it has addresses.
  [[nodiscard]] const std::vector<uint64_t>& addresses() const { return addresses_; }

 private:
  void number(uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) stream_ << static_cast<char>(value >> 8 * i);
  }
  void file(const std::string& name) {
    stream_ << name << '\0';
    number(0, 3);  // folder, time and size: none
  }
  void advance(uint64_t address) {
    number(llvm::dwarf::DW_LNS_advance_pc, 1);
    llvm::encodeULEB128(address - address_, stream_);
    address_ = address;
  }
  void patch(size_t at, uint32_t value) { std::memcpy(out_.data() + at, &value, sizeof value); }

  Text out_;
  llvm::raw_svector_ostream stream_;
  std::vector<uint64_t> addresses_;
  unsigned address_bytes_;
  uint64_t address_ = 0;
  uint32_t file_ = 1, line_ = 1;
};

/// Appends the table to `tables`, and where in them it has addresses to `addresses`.
void write_table(const llvm::DWARFDebugLine::LineTable& table, const SourceLines& lines, uint32_t code_start, unsigned address_bytes, Text& tables,
                 std::vector<uint64_t>& addresses) {
  LineTableWriter out(lines.files, address_bytes);
  bool is_open = false;
  for (const llvm::DWARFDebugLine::Row& row : table.Rows) {
    const uint64_t address = row.Address.Address;
    if (row.EndSequence) {
      if (is_open) out.end(address);
      is_open = false;
      continue;
    }
    if (!is_open) out.begin(address);
    is_open = true;
    const SourceLine* source = row.Line > code_start ? lines.find(row.Line - code_start) : nullptr;
    if (source != nullptr) out.row(address, source->file + 1, source->line);
    else out.row(address, 1, row.Line);
  }
  for (const uint64_t address : out.addresses()) addresses.push_back(tables.size() + address);
  tables.append(out.finish());
}

/// Where a unit says at which offset of .debug_line its table begins, from the start of .debug_info.
std::optional<uint64_t> line_table_reference(llvm::DWARFUnit& unit) {
  const llvm::DWARFDie die = unit.getUnitDIE();
  const auto* abbreviation = die.getAbbreviationDeclarationPtr();
  const auto idx = abbreviation == nullptr ? std::nullopt : abbreviation->findAttributeIndex(llvm::dwarf::DW_AT_stmt_list);
  if (!idx) return std::nullopt;
  return abbreviation->getAttributeOffsetFromIndex(*idx, die.getOffset(), unit);
}

/// The section's content from now on, at the end of the file. Section headers of ELF: name and type, 4 bytes each, then words.
template <class Word>
void replace_section(std::vector<uint8_t>& elf, const uint8_t* header, const Text& content) {
  const size_t at = static_cast<size_t>(header - elf.data()) + 8 + 2 * sizeof(Word);
  const Word place[2] = {static_cast<Word>(elf.size()), static_cast<Word>(content.size())};
  std::memcpy(elf.data() + at, place, sizeof place);
  elf.insert(elf.end(), content.begin(), content.end());
}

struct Patch {
  uint64_t at;     ///< in .debug_info
  uint32_t value;
};

template <class ElfType>
void rewrite(const llvm::object::ELFObjectFile<ElfType>& object, const Text& tables, const std::vector<Patch>& patches, std::vector<uint8_t>& elf) {
  const uint8_t* line_header = nullptr;
  for (const llvm::object::ELFSectionRef section : object.sections()) {
    const llvm::StringRef name = llvm::cantFail(section.getName());
    const auto& header = *object.getSection(section.getRawDataRefImpl());
    if (name == ".debug_line") line_header = reinterpret_cast<const uint8_t*>(&header);
    if (name != ".debug_info") continue;
    for (const Patch& patch : patches) std::memcpy(elf.data() + header.sh_offset + patch.at, &patch.value, sizeof patch.value);
  }
  using Word = std::conditional_t<ElfType::Is64Bits, uint64_t, uint32_t>;
  if (line_header != nullptr) replace_section<Word>(elf, line_header, tables);
}

}  // namespace

std::vector<uint64_t> use_source_lines(const wasm::Module& module, std::vector<uint8_t>& elf) {
  std::vector<uint64_t> addresses;
  const std::optional<uint32_t> code_start = code_section_start(module);
  if (!code_start) return addresses;
  const SourceLines lines = read_source_lines(module);
  const llvm::MemoryBufferRef buffer(llvm::StringRef(reinterpret_cast<const char*>(elf.data()), elf.size()), "");
  auto object = llvm::object::ObjectFile::createELFObjectFile(buffer);
  if (!object) {
    llvm::consumeError(object.takeError());
    return addresses;
  }
  const std::unique_ptr<llvm::DWARFContext> debug = llvm::DWARFContext::create(**object);
  Text tables;
  std::vector<Patch> patches;
  for (const std::unique_ptr<llvm::DWARFUnit>& unit : debug->compile_units()) {
    const llvm::DWARFDebugLine::LineTable* table = debug->getLineTableForUnit(unit.get());
    const std::optional<uint64_t> reference = line_table_reference(*unit);
    if (table == nullptr || !reference) continue;
    patches.push_back({*reference, static_cast<uint32_t>(tables.size())});
    write_table(*table, lines, *code_start, (*object)->getBytesInAddress(), tables, addresses);
  }
  for (uint64_t& address : addresses) address += elf.size();  // behind which the tables come
  if (const auto* elf64 = llvm::dyn_cast<llvm::object::ELF64LEObjectFile>(object->get())) rewrite(*elf64, tables, patches, elf);
  else if (const auto* elf32 = llvm::dyn_cast<llvm::object::ELF32LEObjectFile>(object->get())) rewrite(*elf32, tables, patches, elf);
  return addresses;
}

}  // namespace umber::aot

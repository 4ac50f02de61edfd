#include "aot/compiler/debug_addresses.h"

#include <cstring>
#include <memory>

#include <llvm/BinaryFormat/Dwarf.h>
#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/DebugInfo/DWARF/DWARFDie.h>
#include <llvm/Object/ELFObjectFile.h>

#include "aot/image/debug_file.h"

namespace umber::aot {
namespace {

using Elf = llvm::object::ELF64LEObjectFile;

class AddressCollector {
 public:
  AddressCollector(const Elf& object, std::vector<uint64_t>& places) : object_(object), places_(places) {}

  void collect() {
    for (const auto& segment : llvm::cantFail(object_.getELFFile().program_headers()))
      if (segment.p_type == llvm::ELF::PT_LOAD) places_.push_back(place_of(&segment.p_vaddr));
    for (const llvm::object::ELFSectionRef section : object_.sections()) {
      const auto& header = *object_.getSection(section.getRawDataRefImpl());
      if ((header.sh_flags & llvm::ELF::SHF_ALLOC) != 0) places_.push_back(place_of(&header.sh_addr));
      const llvm::StringRef name = llvm::cantFail(section.getName());
      if (name == ".debug_info") info_ = header.sh_offset;
      if (name == ".debug_frame") collect_frames(llvm::cantFail(section.getContents()));
    }
    for (const llvm::object::ELFSymbolRef symbol : object_.symbols()) {
      const auto& entry = *llvm::cantFail(object_.getSymbol(symbol.getRawDataRefImpl()));
      if (entry.st_shndx != llvm::ELF::SHN_UNDEF && entry.st_shndx < llvm::ELF::SHN_LORESERVE) places_.push_back(place_of(&entry.st_value));
    }
    collect_info();
  }

 private:
  uint64_t place_of(const void* field) const {
    return static_cast<uint64_t>(static_cast<const char*>(field) - object_.getData().data());
  }

  /// Ranges need nothing: they count from the unit's address.
  void collect_info() {
    const std::unique_ptr<llvm::DWARFContext> debug = llvm::DWARFContext::create(object_);
    for (const std::unique_ptr<llvm::DWARFUnit>& unit : debug->compile_units()) {
      (void)unit->getUnitDIE(false);
      for (const llvm::DWARFDebugInfoEntry& entry : unit->dies()) {
        if (entry.getAbbreviationDeclarationPtr() == nullptr) continue;  // the end of a list of children
        for (const llvm::DWARFAttribute& attribute : llvm::DWARFDie(unit.get(), &entry).attributes())
          if (attribute.Value.getForm() == llvm::dwarf::DW_FORM_addr) places_.push_back(info_ + attribute.Offset);
      }
    }
  }

  /// DWARF 4, section 6.4.1: a length, then -1 in a common entry; a function's has the place of its common one, and its first address.
  void collect_frames(llvm::StringRef frames) {
    constexpr size_t kAddress = 8;
    for (size_t at = 0; at + kAddress + sizeof(uint64_t) <= frames.size();) {
      uint32_t length = 0, common = 0;
      std::memcpy(&length, frames.data() + at, sizeof length);
      std::memcpy(&common, frames.data() + at + sizeof length, sizeof common);
      if (common != UINT32_MAX) places_.push_back(place_of(frames.data() + at + kAddress));
      at += sizeof length + length;
    }
  }

  const Elf& object_;
  std::vector<uint64_t>& places_;
  uint64_t info_ = 0;  ///< where .debug_info begins in the file
};

}  // namespace

void append_addresses(std::vector<uint8_t>& elf, const std::vector<uint64_t>& line_addresses) {
  const llvm::MemoryBufferRef buffer(llvm::StringRef(reinterpret_cast<const char*>(elf.data()), elf.size()), "");
  auto object = llvm::object::ObjectFile::createELFObjectFile(buffer);
  if (!object) return llvm::consumeError(object.takeError());
  const auto* elf64 = llvm::dyn_cast<Elf>(object->get());
  if (elf64 == nullptr) return;
  std::vector<uint64_t> places = line_addresses;
  AddressCollector(*elf64, places).collect();
  DebugFileEnd end;
  end.count = places.size();
  for (const uint64_t place : places) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(&place);
    elf.insert(elf.end(), bytes, bytes + sizeof place);
  }
  const auto* bytes = reinterpret_cast<const uint8_t*>(&end);
  elf.insert(elf.end(), bytes, bytes + sizeof end);
}

}  // namespace umber::aot

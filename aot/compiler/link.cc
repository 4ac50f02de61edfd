#include "aot/compiler/link.h"

#include <lld/Common/Driver.h>
#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>

#include <algorithm>
#include <map>
#include <mutex>

LLD_HAS_DRIVER(elf)

namespace umber::aot {
namespace {

// Everything that is loaded in one piece from address 0, code first; in front of the functions what has no places, where no heartbeat
// ends a run. What a loader would have to process is kept in
// sections of its own names, so that their presence can be reported.
constexpr const char kLinkerScript[] = R"(
SECTIONS {
  .blob 0 : { *(.text.thunk .text.OUTLINED_FUNCTION_*) *(.text .text.*) *(.rodata .rodata.* .srodata .srodata.*) *(.data.rel.ro .data.rel.ro.*) }
  .writable : { *(.data .data.* .sdata .sdata.*) *(.bss .bss.* .sbss .sbss.*) }
  .got : { *(.got .got.*) }
  .dynrel : { *(.rela.dyn .rel.dyn) }
  .dynsym : { *(.dynsym) }
  .gnu.hash : { *(.gnu.hash) }
  .hash : { *(.hash) }
  .dynstr : { *(.dynstr) }
  .dynamic : { *(.dynamic) }
  /DISCARD/ : { *(.eh_frame .eh_frame.*) *(.ARM.exidx* .ARM.extab*) *(.comment) *(.note.*) *(.riscv.attributes) *(.ARM.attributes) }
}
)";

/// A folder for one link, removed with all it holds.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    if (llvm::sys::fs::createUniqueDirectory("umberc", path_)) path_.clear();
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    if (!path_.empty()) llvm::sys::fs::remove_directories(path_);
  }
  [[nodiscard]] bool ok() const { return !path_.empty(); }
  [[nodiscard]] std::string file(const std::string& name) const { return path_.str().str() + "/" + name; }

 private:
  llvm::SmallString<128> path_;
};

bool write_file(const std::string& path, llvm::StringRef bytes) {
  std::error_code error;
  llvm::raw_fd_ostream out(path, error);
  if (error) return false;
  out << bytes;
  out.close();
  return !out.has_error();
}

Status run_lld(const std::vector<std::string>& arguments) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  std::string messages;
  llvm::raw_string_ostream stream(messages);
  const lld::Result result = lld::lldMain(argv, stream, stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode == 0) return {};
  return Error::of(ErrorCode::Unsupported, "linking failed: ", StringRef(stream.str()));
}

/// The scopes of all code so far; equal ones are one.
class Scopes {
 public:
  explicit Scopes(std::vector<ImageScope>& scopes) : scopes_(scopes) {}

  /// `frames`: from the innermost outwards, each with its call's offset as line; the first is the code itself.
  uint32_t find(const llvm::DIInliningInfo& frames) {
    uint32_t scope = 0;
    for (uint32_t i = frames.getNumberOfFrames(); i-- > 1;) {
      const auto [found, is_new] = numbers_.try_emplace({frames.getFrame(i).Line, scope}, static_cast<uint32_t>(scopes_.size() + 1));
      if (is_new) scopes_.push_back({frames.getFrame(i).Line, scope});
      scope = found->second;
    }
    return scope;
  }

 private:
  std::vector<ImageScope>& scopes_;
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> numbers_;
};

/// From the line tables, whose line numbers are offsets in the module, and the descriptions of inlined functions.
void read_places(const llvm::object::ObjectFile& object, Blob& blob) {
  const std::unique_ptr<llvm::DWARFContext> debug = llvm::DWARFContext::create(object);
  const llvm::DILineInfoSpecifier lines(llvm::DILineInfoSpecifier::FileLineInfoKind::RawValue);
  Scopes scopes(blob.scopes);
  for (const std::unique_ptr<llvm::DWARFUnit>& unit : debug->compile_units()) {
    const llvm::DWARFDebugLine::LineTable* table = debug->getLineTableForUnit(unit.get());
    if (table == nullptr) continue;
    const bool has_inlined_code = unit->getUnitDIE().hasChildren();
    for (const llvm::DWARFDebugLine::Row& row : table->Rows) {
      // Line 0: code without a place of its own, such as what the optimiser merged; the place before goes on.
      if (row.EndSequence || row.Line == 0) continue;
      const uint32_t scope = has_inlined_code ? scopes.find(debug->getInliningInfoForAddress(row.Address, lines)) : 0;
      blob.places.push_back({static_cast<uint32_t>(row.Address.Address), row.Line, scope});
    }
  }
  std::sort(blob.places.begin(), blob.places.end(), [](const CodePlace& a, const CodePlace& b) { return a.code < b.code; });
}

Result<Blob> read_blob(const std::string& path, bool keeps_elf) {
  auto file = llvm::MemoryBuffer::getFile(path, false, false);
  if (!file) return Error::of(ErrorCode::Io, "the linked file can't be read");
  auto object = llvm::object::ObjectFile::createELFObjectFile((*file)->getMemBufferRef());
  if (!object) {
    llvm::consumeError(object.takeError());
    return Error::of(ErrorCode::Unsupported, "the linked file is no ELF file");
  }
  Blob blob;
  for (const llvm::object::SectionRef& section : (*object)->sections()) {
    const llvm::StringRef name = llvm::cantFail(section.getName());
    if (name == ".blob") {
      const llvm::StringRef bytes = llvm::cantFail(section.getContents());
      blob.bytes.assign(bytes.begin(), bytes.end());
    } else if ((name == ".writable" || name == ".dynrel") && section.getSize() != 0) {
      return Error::of(ErrorCode::Unsupported, "the code needs ", name == ".writable" ? "writable data" : "relocations at load time");
    }
  }
  for (const llvm::object::SymbolRef& symbol : (*object)->symbols()) {
    const llvm::StringRef name = llvm::cantFail(symbol.getName());
    if (!name.empty()) blob.symbols[name.str()] = static_cast<uint32_t>(llvm::cantFail(symbol.getAddress()));
  }
  read_places(**object, blob);
  if (keeps_elf) blob.elf.assign((*file)->getBufferStart(), (*file)->getBufferEnd());
  return blob;
}

}  // namespace

Result<Blob> link_blob(const std::vector<llvm::SmallVector<char, 0>>& objects, bool keeps_elf) {
  const TemporaryFolder folder;
  if (!folder.ok()) return Error::of(ErrorCode::Io, "no temporary folder can be made");
  const std::string script = folder.file("blob.ld");
  const std::string output = folder.file("blob.elf");
  std::vector<std::string> arguments = {"ld.lld", "-T", script, "-o", output, "-pie", "--no-dynamic-linker", "-z", "text",
                                        "--no-undefined", "--build-id=none", "-z", "norelro", "--entry=0"};
  bool written = write_file(script, kLinkerScript);
  for (size_t i = 0; i < objects.size() && written; ++i) {
    arguments.push_back(folder.file(std::to_string(i) + ".o"));
    written = write_file(arguments.back(), {objects[i].data(), objects[i].size()});
  }
  if (!written) return Error::of(ErrorCode::Io, "no temporary file can be written");
  UMBER_TRY(run_lld(arguments));
  return read_blob(output, keeps_elf);
}

}  // namespace umber::aot

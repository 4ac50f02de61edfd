#include "aot/compiler/targets.h"

#include <llvm/ADT/StringMap.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/CommandLine.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/Triple.h>

namespace umber::aot {
namespace {

// MVE's vectors of floats take denormals for zeros, so vectors of floats are four scalars on a Cortex-M55.
constexpr TargetRow kTargets[] = {
    {"x86_64", "x86_64-unknown-linux-gnu", "x86-64-v2", "", true, "x86-64 with SSE4.2, Linux"},
    {"aarch64", "aarch64-unknown-linux-gnu", "generic", "", true, "AArch64, Linux"},
    {"cortex-m0plus", "thumbv6m-unknown-none-eabi", "cortex-m0plus", "", false, "Armv6-M, no FPU"},
    {"cortex-m3", "thumbv7m-unknown-none-eabi", "cortex-m3", "", false, "Armv7-M, no FPU"},
    {"cortex-m4", "thumbv7em-unknown-none-eabi", "cortex-m4", "-vfp4d16sp,-fpregs", false, "Armv7E-M, no FPU"},
    {"cortex-m4f", "thumbv7em-unknown-none-eabihf", "cortex-m4", "", false, "Armv7E-M, single precision FPU"},
    {"cortex-m7", "thumbv7em-unknown-none-eabihf", "cortex-m7", "", false, "Armv7E-M, double precision FPU"},
    {"cortex-m33", "thumbv8m.main-unknown-none-eabihf", "cortex-m33", "", false, "Armv8-M Mainline, single precision FPU"},
    {"cortex-m55", "thumbv8.1m.main-unknown-none-eabihf", "cortex-m55", "-mve.fp", false, "Armv8.1-M Mainline with MVE"},
    {"rv32imac", "riscv32-unknown-none-elf", "generic-rv32", "+m,+a,+c,+unaligned-scalar-mem", false, "RISC-V 32, no FPU"},
    {"rv32imafc", "riscv32-unknown-none-elf", "generic-rv32", "+m,+a,+f,+c,+unaligned-scalar-mem", false, "RISC-V 32, single precision FPU"},
    {"rv64gc", "riscv64-unknown-linux-gnu", "generic-rv64", "+m,+a,+f,+d,+c,+unaligned-scalar-mem", true, "RISC-V 64, double precision FPU"},
};

constexpr unsigned kCacheLine = 64;

void set_option(llvm::StringRef name, llvm::StringRef value) {
  if (llvm::cl::Option* option = llvm::cl::getRegisteredOptions().lookup(name)) option->addOccurrence(0, name, value);
}

void initialize_llvm() {
  static const bool once = [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    llvm::InitializeAllAsmParsers();
    // The cost model takes shuffles of two lanes for cheaper than they are: vectors that gain nothing on paper cost `raytrace` 10%.
    set_option("slp-threshold", "1");
    // A conditional move of what is loaded would become a branch round the load, which is also the check of its address.
    set_option("x86-cmov-converter-force-mem-operand", "false");
    return true;
  }();
  static_cast<void>(once);
}

std::string str(StringRef text) { return {text.data(), text.size()}; }

}  // namespace

std::span<const TargetRow> known_targets() { return kTargets; }

Target host_target() {
  initialize_llvm();
  Target target;
  target.triple = llvm::sys::getDefaultTargetTriple();
  target.name = llvm::Triple(target.triple).getArchName().str();
  target.cpu = llvm::sys::getHostCPUName().str();
  target.has_mmu = true;
  for (const auto& feature : llvm::sys::getHostCPUFeatures()) {
    if (!target.features.empty()) target.features += ',';
    target.features += (feature.second ? "+" : "-") + feature.first().str();
  }
  return target;
}

Result<Target> find_target(StringRef name) {
  initialize_llvm();
  for (const TargetRow& row : kTargets) {
    if (row.name == name) return Target{str(row.name), str(row.triple), str(row.cpu), str(row.features), row.has_mmu};
  }
  const llvm::Triple triple(llvm::Triple::normalize(str(name)));
  std::string why;
  if (llvm::TargetRegistry::lookupTarget(triple.str(), why) == nullptr) {
    return Error::of(ErrorCode::InvalidArgument, "unknown target ", Quoted{name}, "; umberc --list-targets shows the known ones");
  }
  if (triple.isARM()) return Error::of(ErrorCode::InvalidArgument, "images for 32-bit Arm hold Thumb code; say thumb", StringRef(triple.getArchName().drop_until([](char c) { return c == 'v'; })), "-… instead of ", Quoted{name});
  return Target{str(name), triple.str(), "", "", triple.isOSLinux()};
}

std::unique_ptr<llvm::TargetMachine> create_machine(const Target& target, Optimization level, std::string& why) {
  initialize_llvm();
  const llvm::Target* found = llvm::TargetRegistry::lookupTarget(target.triple, why);
  if (found == nullptr) return nullptr;
  llvm::TargetOptions options;
  options.FunctionSections = true;
  // Compiled code of 32-bit targets keeps the context in a register; see routine_stubs.h.
  const llvm::Triple triple(target.triple);
  std::string features = target.features;
  // A gather waits for the vector of addresses and for its slowest load: lookup tables (AES) take 1.6 times as long with them.
  if (triple.isX86()) features = "+prefer-no-gather," + features;
  // Rotations by SHLD, which some processors prefer, are a byte longer.
  if (triple.isX86() && (level == Optimization::Os || level == Optimization::Oz)) features = "-fast-shld-rotate," + features;
  // Where a loop begins within a cache line decides over up to a third of its time; so it is the same whatever lies in front of it.
  if (triple.isX86() && (level == Optimization::O2 || level == Optimization::O3)) options.LoopAlignment = kCacheLine;
  if (triple.isThumb()) features += ",+reserve-r9";
  if (triple.isRISCV32()) features += ",+reserve-x27";
  // The linker makes calls and addresses as short as their distance allows.
  if (triple.isRISCV()) features += ",+relax";
  const llvm::Reloc::Model relocation = triple.isThumb() ? llvm::Reloc::ROPI_RWPI : llvm::Reloc::PIC_;
  const llvm::CodeGenOptLevel codegen = level == Optimization::O0   ? llvm::CodeGenOptLevel::None
                                        : level == Optimization::O1 ? llvm::CodeGenOptLevel::Less
                                        : level == Optimization::O3 ? llvm::CodeGenOptLevel::Aggressive
                                                                    : llvm::CodeGenOptLevel::Default;
  return std::unique_ptr<llvm::TargetMachine>(
      found->createTargetMachine(target.triple, target.cpu, features, options, relocation, std::nullopt, codegen));
}

}  // namespace umber::aot

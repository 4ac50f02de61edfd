#include "aot/compiler/codegen.h"

#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/CodeGen/MachineModuleInfo.h>
#include <llvm/CodeGen/Passes.h>
#include <llvm/CodeGen/TargetPassConfig.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/OptBisect.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Transforms/InstCombine/InstCombine.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/LICM.h>
#include <llvm/Transforms/Scalar/LoopPassManager.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>
#include <llvm/Transforms/Utils/LCSSA.h>
#include <llvm/Transforms/Utils/LoopSimplify.h>
#include <llvm/Transforms/Utils/Mem2Reg.h>

#include "aot/compiler/bounds_checks.h"
#include "aot/compiler/call_checks.h"
#include "aot/compiler/faulting_loads.h"
#include "aot/compiler/integer_doubles.h"
#include "aot/compiler/merge_checks.h"
#include "aot/compiler/place_traps.h"
#include "aot/compiler/relate_addresses.h"
#include "aot/compiler/scattered_loops.h"
#include "aot/compiler/stack_checks.h"
#include "aot/compiler/thread_states.h"
#include "aot/compiler/unpredictable_selects.h"
#include "aot/compiler/version_loops.h"
#include "aot/compiler/widen_inductions.h"

namespace umber::aot {
namespace {

llvm::OptimizationLevel level_of(Optimization level) {
  switch (level) {
    case Optimization::O0: return llvm::OptimizationLevel::O0;
    case Optimization::O1: return llvm::OptimizationLevel::O1;
    case Optimization::O2: return llvm::OptimizationLevel::O2;
    case Optimization::O3: return llvm::OptimizationLevel::O3;
    case Optimization::Os: return llvm::OptimizationLevel::Os;
    case Optimization::Oz: return llvm::OptimizationLevel::Oz;
  }
  return llvm::OptimizationLevel::O2;
}

/// Inlining what the module's own compiler did not is worth little, and large functions don't fit into few registers.
constexpr int kSmallCoreInlining = 25;

/// There is no C library to call: loops that look like memset stay loops.
llvm::TargetLibraryInfoImpl no_libraries(const llvm::TargetMachine& machine) {
  llvm::TargetLibraryInfoImpl library(machine.getTargetTriple());
  library.disableAllFunctions();
  return library;
}

/// While loops still look as they do in Wasm and no check is a comparison that LLVM rewrites.
void add_loop_passes(llvm::FunctionPassManager& passes, Optimization level, const OptimizeOptions& options) {
  const bool may_grow = level == Optimization::O2 || level == Optimization::O3;
  if (options.faulting) passes.addPass(PinLoads());
  passes.addPass(llvm::InstCombinePass());
  passes.addPass(llvm::SimplifyCFGPass());
  if (!options.faulting) {
    passes.addPass(llvm::EarlyCSEPass(true));
    passes.addPass(MergeChecks(may_grow ? Copies::Code : options.call_checks ? Copies::Nothing : Copies::CodeWithoutEffects));
    passes.addPass(llvm::SimplifyCFGPass());
  }
  passes.addPass(llvm::LoopSimplifyPass());
  passes.addPass(llvm::LCSSAPass());
  passes.addPass(VersionLoops(may_grow));
  passes.addPass(llvm::LoopSimplifyPass());
  passes.addPass(WidenInductions());
}

/// Small code does without passes that take registers for what could be computed again: what they hoist is spilled, on small cores above all.
class SmallCodePasses : public llvm::OptPassGate {
 public:
  explicit SmallCodePasses(bool few_registers) : few_registers_(few_registers) {}
  bool shouldRunPass(llvm::StringRef name, llvm::StringRef) override {
    if (name == "Loop Strength Reduction") return !few_registers_;
    return name != "Early Machine Loop Invariant Code Motion" && name != "Machine Loop Invariant Code Motion";
  }
  [[nodiscard]] bool isEnabled() const override { return true; }

 private:
  const bool few_registers_;
};

/// Checks that were opaque so far: what the pipeline made redundant falls away, the rest become calls or, behind these passes, comparisons.
llvm::ModulePassManager check_calls() {
  llvm::FunctionPassManager merge;
  merge.addPass(MergeChecks(Copies::Nothing));
  merge.addPass(llvm::SimplifyCFGPass());
  llvm::ModulePassManager passes;
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(merge)));
  passes.addPass(CallChecks());
  return passes;
}

/// After the last checks became comparisons: limits are computed once, and in front of loops.
llvm::ModulePassManager share_limits() {
  llvm::FunctionPassManager share;
  share.addPass(llvm::EarlyCSEPass());
  share.addPass(llvm::createFunctionToLoopPassAdaptor(llvm::LICMPass(llvm::LICMOptions()), true));
  llvm::ModulePassManager passes;
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(share)));
  return passes;
}

}  // namespace

void optimize(llvm::Module& module, llvm::TargetMachine& machine, Optimization level, const OptimizeOptions& options) {
  assert(!llvm::verifyModule(module, &llvm::errs()));
  const bool is_small = level == Optimization::Os || level == Optimization::Oz;
  if (is_small) {
    for (llvm::Function& function : module) {
      function.addFnAttr(level == Optimization::Os ? llvm::Attribute::OptimizeForSize : llvm::Attribute::MinSize);
    }
  }
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  tuning.SLPVectorization = !is_small;
  tuning.LoopVectorization = !is_small;
  if (options.small_core) tuning.InlinerThreshold = kSmallCoreInlining;
  llvm::PassBuilder passes(&machine, tuning);
  if (options.faulting) {
    passes.registerVectorizerStartEPCallback([](llvm::FunctionPassManager& late, llvm::OptimizationLevel) { late.addPass(UnpinNeededLoads()); });
    passes.registerOptimizerLastEPCallback([](llvm::ModulePassManager& last, llvm::OptimizationLevel at) {
      if (at != llvm::OptimizationLevel::O0) last.addPass(llvm::createModuleToFunctionPassAdaptor(KeepFaults()));
    });
  }
  if (options.has_hole) {
    passes.registerVectorizerStartEPCallback(
        [faulting = options.faulting](llvm::FunctionPassManager& late, llvm::OptimizationLevel) { late.addPass(RelateAddresses(faulting)); });
  }
  if (machine.getTargetTriple().isX86() && tuning.LoopVectorization && level != Optimization::O0) {
    passes.registerVectorizerStartEPCallback([](llvm::FunctionPassManager& late, llvm::OptimizationLevel) { late.addPass(ScatteredLoops()); });
  }
  passes.registerVectorizerStartEPCallback([](llvm::FunctionPassManager& late, llvm::OptimizationLevel at) {
    if (at.getSizeLevel() == 0 && at != llvm::OptimizationLevel::O1) late.addPass(ThreadStates());
  });
  if (machine.getTargetTriple().isX86() && !is_small) {
    passes.registerOptimizerLastEPCallback([](llvm::ModulePassManager& last, llvm::OptimizationLevel at) {
      if (at != llvm::OptimizationLevel::O0) last.addPass(llvm::createModuleToFunctionPassAdaptor(UnpredictableSelects()));
    });
  }
  functions.registerPass([&] { return llvm::TargetLibraryAnalysis(no_libraries(machine)); });
  passes.registerModuleAnalyses(modules);
  passes.registerCGSCCAnalyses(components);
  passes.registerFunctionAnalyses(functions);
  passes.registerLoopAnalyses(loops);
  passes.crossRegisterProxies(loops, functions, components, modules);
  llvm::FunctionPassManager first;
  first.addPass(llvm::PromotePass());
  if (level != Optimization::O0) add_loop_passes(first, level, options);
  else if (options.faulting) first.addPass(KeepAllLoads());
  llvm::ModulePassManager before;
  before.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(first)));
  before.run(module, modules);
  if (!options.call_checks) lower_bounds_checks(module);
  modules.clear();
  functions.clear();
  llvm::ModulePassManager pipeline = level == Optimization::O0 ? passes.buildO0DefaultPipeline(llvm::OptimizationLevel::O0)
                                                               : passes.buildPerModuleDefaultPipeline(level_of(level));
  pipeline.run(module, modules);
  if (options.call_checks) {
    check_calls().run(module, modules);
    lower_bounds_checks(module);
    modules.clear();
    functions.clear();
    share_limits().run(module, modules);
  }
  StackChecks().run(module, modules);
  if (machine.getTargetTriple().isThumb()) use_integers_for_doubles(module);
  // What keeps code fast costs more bytes than it is worth at -Os: aligned loops, divisions as products, constants in five bytes.
  if (level == Optimization::Os && (options.small_core || machine.getTargetTriple().isX86())) {
    for (llvm::Function& function : module) function.addFnAttr(llvm::Attribute::MinSize);
  }
}

Status generate(llvm::Module& module, llvm::TargetMachine& machine, Emit emit, bool is_small, llvm::SmallVectorImpl<char>& out) {
  SmallCodePasses gate(machine.getTargetTriple().isArch32Bit());
  if (is_small) module.getContext().setOptPassGate(gate);
  llvm::raw_svector_ostream stream(out);
  llvm::legacy::PassManager passes;
  passes.add(new llvm::TargetLibraryInfoWrapperPass(no_libraries(machine)));
  const auto type = emit == Emit::Object ? llvm::CodeGenFileType::ObjectFile : llvm::CodeGenFileType::AssemblyFile;
  // As TargetMachine::addPassesToEmitFile, which takes no passes of ours.
  auto& generator = static_cast<llvm::LLVMTargetMachine&>(machine);
  llvm::TargetPassConfig* config = generator.createPassConfig(passes);
  if (is_small) config->insertPass(&llvm::MachineBlockPlacementID, new PlaceTraps);
  if (is_small) config->insertPass(&llvm::MachineBlockPlacementID, new LabelCalls(machine.getTargetTriple().isArch64Bit()));
  passes.add(config);
  auto* modules = new llvm::MachineModuleInfoWrapperPass(&generator);
  passes.add(modules);
  bool failed = config->addISelPasses();
  if (!failed) {
    config->addMachinePasses();
    config->setInitialized();
    failed = generator.addAsmPrinter(passes, stream, nullptr, type, modules->getMMI().getContext());
  }
  if (failed) return Error::of(ErrorCode::Unsupported, "this target can't emit that kind of file");
  passes.add(llvm::createFreeMachineFunctionPass());
  passes.run(module);
  module.getContext().setOptPassGate(llvm::getGlobalPassGate());
  return {};
}

}  // namespace umber::aot

// A module in LLVM's text, and what one of our function passes makes of its first function.
#pragma once

#include <gtest/gtest.h>
#include <llvm/AsmParser/Parser.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/raw_ostream.h>

#include <memory>
#include <string>

namespace umber::aot::test {

class PassedModule {
 public:
  /// Expects that the text is a module before the pass and a well-formed one behind it.
  template <class Pass>
  PassedModule(const std::string& text, Pass pass) {
    llvm::SMDiagnostic why;
    module_ = llvm::parseAssemblyString(text, why, context_);
    EXPECT_NE(module_, nullptr) << why.getMessage().str();
    if (module_ == nullptr) return;
    llvm::FunctionAnalysisManager analyses;
    llvm::PassBuilder().registerFunctionAnalyses(analyses);
    for (llvm::Function& function : *module_) {
      if (function.isDeclaration()) continue;
      pass.run(function, analyses);
      break;
    }
    std::string problems;
    llvm::raw_string_ostream stream(problems);
    EXPECT_FALSE(llvm::verifyModule(*module_, &stream)) << stream.str();
  }

  /// Null if the text is no module.
  [[nodiscard]] const llvm::Function* function(const char* name) const { return module_ == nullptr ? nullptr : module_->getFunction(name); }
  [[nodiscard]] std::string text() const {
    std::string text;
    llvm::raw_string_ostream stream(text);
    if (module_ != nullptr) stream << *module_;
    return stream.str();
  }

 private:
  llvm::LLVMContext context_;
  std::unique_ptr<llvm::Module> module_;
};

}  // namespace umber::aot::test

//===- Targets.cpp - choosing the instruction set of the kernels ------------===//
#include "Kernels/Targets.h"

#include "Kernels/Matmul.h"
#include "ttc/Runtime/Runtime.h"

#include "hwy/highway.h"

#include <fmt/format.h>

#include <algorithm>

namespace ttc::runtime {
namespace {
/// Names for users, worst first.
struct Named {
  std::string_view name;
  int64_t target;
};
constexpr Named all[] = {{"scalar", HWY_SCALAR}, {"scalar", HWY_EMU128}, {"neon", HWY_NEON},
                         {"avx2", HWY_AVX2},     {"avx512", HWY_AVX3}};
} // namespace

std::vector<std::string> simdNames() {
  std::vector<std::string> names;
  hwy::SetSupportedTargetsForTest(0); // what the CPU has
  for (const Named &n : all)
    if (hwy::SupportedTargets() & HWY_TARGETS & n.target)
      names.emplace_back(n.name);
  sim::allowAmx(true);
  if (sim::amxMatmul())
    names.push_back("amx");
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return names;
}

Expected<void> selectSimd(const std::string &name) {
  std::vector<std::string> names = simdNames();
  if (name.empty())
    return {};
  if (std::find(names.begin(), names.end(), name) == names.end())
    return Error{fmt::format("instruction set '{}': this host has {}", name, fmt::join(names, ", "))};
  sim::allowAmx(name == "amx");
  for (const Named &n : all)
    if (n.name == name) {
      hwy::SetSupportedTargetsForTest(n.target);
      hwy::GetChosenTarget().Update(n.target);
    }
  return {};
}

} // namespace ttc::runtime

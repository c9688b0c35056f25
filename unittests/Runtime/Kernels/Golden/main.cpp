//===- ttc-golden-test - the exact kernels against recorded bit patterns ----===//
//
// ttc-golden-test [DIR]: DIR, else $TTC_GOLDEN_DIR, else ../shared/golden/numerics.
// Exit code 0: every set that has a rule matches; 1: some differ; 2: unreadable.
//
//===----------------------------------------------------------------------===//
#include "Golden.h"

#include <fmt/format.h>

using namespace ttc;

int main(int argc, char **argv) {
  std::string directory = argc > 1 ? argv[1] : golden::defaultDirectory();
  if (directory.empty()) {
    fmt::print(stderr, "no vectors: set TTC_GOLDEN_DIR or pass a directory\n");
    return 2;
  }
  auto report = golden::check(directory);
  if (!report) {
    fmt::print(stderr, "{}\n", report.error().message);
    return 2;
  }
  using golden::SetResult;
  int64_t elements = 0;
  for (const SetResult &set : report->sets) {
    elements += set.elements;
    if (set.outcome == SetResult::Differs)
      fmt::print("differs  {}: {} of {} elements; {}\n", set.name, set.different, set.elements,
                 set.detail);
    else if (set.outcome == SetResult::Skipped)
      fmt::print("skipped  {}: {}\n", set.name, set.detail);
  }
  fmt::print("{}: {} sets match bit for bit, {} differ, {} skipped, {} are inputs; {} elements\n",
             directory, report->count(SetResult::Matched), report->count(SetResult::Differs),
             report->count(SetResult::Skipped), report->count(SetResult::Input), elements);
  return report->count(SetResult::Differs) ? 1 : 0;
}

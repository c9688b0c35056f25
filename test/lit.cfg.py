"""lit configuration: FileCheck tests of the tools in build/bin."""
import os

import lit.formats

config.name = "ttc"
config.test_format = lit.formats.ShTest(True)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.join(config.ttc_source_dir, "test")
config.test_exec_root = os.path.join(config.ttc_build_dir, "test")
config.environment["PATH"] = os.pathsep.join(
    [os.path.join(config.ttc_build_dir, "bin"), config.llvm_tools_dir, os.environ["PATH"]]
)
# Every run of a tool on the simulator is watched: ttc run|check, ttc-run.
config.environment["TTC_SANITIZE"] = "all"
config.environment["FILECHECK_OPTS"] = "-enable-var-scope"
config.substitutions.append(("%source", config.ttc_source_dir))
config.substitutions.append(("%build", config.ttc_build_dir))
# What ../shared holds is not part of the project: tests that need it say REQUIRES: shared.
shared = os.path.join(os.path.dirname(config.ttc_source_dir), "shared")
if os.path.isdir(shared):
    config.available_features.add("shared")
    config.substitutions.append(("%shared", shared))
# Whole networks run in their own, longer pass: lit --param e2e=1
if lit_config.params.get("e2e"):
    config.available_features.add("e2e")
# Built where LLVM has the language server's library.
if os.path.exists(os.path.join(config.ttc_build_dir, "bin", "ttc-lsp-server")):
    config.available_features.add("lsp")

//===- cpu_test.cc - instruction set detection ----------------------------===//

extern "C" {
#include "internal.h"
}
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

/// Whether the system lists all of `flags` for the first processor.
static bool systemLists(std::initializer_list<const char *> flags) {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind("flags", 0) == 0) {
      std::istringstream words(line);
      std::vector<std::string> listed{std::istream_iterator<std::string>(words),
                                      {}};
      return std::all_of(flags.begin(), flags.end(), [&](const char *flag) {
        return std::find(listed.begin(), listed.end(), flag) != listed.end();
      });
    }
  }
  return false;
}

TEST(Cpu, AgreesWithTheSystem) {
  bool v3 = systemLists({"avx2", "fma", "bmi1", "bmi2", "f16c", "movbe"});
  bool v4 = v3 && systemLists({"avx512f", "avx512bw", "avx512cd", "avx512dq",
                               "avx512vl"});
  bool amx = v4 && systemLists({"amx_tile", "amx_bf16", "amx_int8"});
  EXPECT_EQ(tsr_runtime_cpu_supports(TSR_ISA_X86_64_V3) != 0, v3);
  EXPECT_EQ(tsr_runtime_cpu_supports(TSR_ISA_X86_64_V4) != 0, v4);
  EXPECT_EQ(tsr_runtime_cpu_supports(TSR_ISA_X86_64_AMX) != 0, amx);
}

TEST(Cpu, UnknownSetsAreNotSupported) {
  EXPECT_EQ(tsr_runtime_cpu_supports(TSR_ISA_BEST), 0);
  EXPECT_EQ(tsr_runtime_cpu_supports(1000), 0);
}

TEST(Cpu, OnlyTilesNeedPermission) {
  EXPECT_TRUE(tsr_runtime_cpu_request(TSR_ISA_X86_64_V3));
  EXPECT_TRUE(tsr_runtime_cpu_request(TSR_ISA_X86_64_V4));
}

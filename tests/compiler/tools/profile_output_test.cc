//===- profile_output_test.cc - profiles as comma-separated values --------===//

#include "compiler/tools/Profile.h"
#include "tests/ScratchFolder.h"
#include "llvm/Support/Error.h"
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

using namespace tessera;
using namespace tessera::tools;

TEST(WriteCsv, HasAColumnForWhatAnyKernelHas) {
  ScratchFolder folder;
  std::string path = folder / "kernels.csv";
  Json kernels = {{{"launch", 0}, {"nodes", "a \"b\", c"}},
                  {{"launch", 1}, {"nodes", ""}, {"tuned_gain", 1.5}}};
  ASSERT_FALSE(bool(writeCsv(kernels, path)));
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), "launch,nodes,tuned_gain\n"
                        "0,\"a \"\"b\"\", c\",\n"
                        "1,\"\",1.5\n");
}

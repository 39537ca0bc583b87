//===- Command.cpp - what all commands of the tool share ------------------===//

#include "compiler/tools/Command.h"
#include "compiler/tools/io/Tensor.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace tessera::tools;

void tessera::tools::addJsonOption(CLI::App &command, std::string &path) {
  command
      .add_option("--json", path,
                  "Write the result as JSON; - is standard output")
      ->type_name("FILE");
}

void tessera::tools::addRepeatedOption(CLI::App &command, const char *name,
                                       std::vector<std::string> &values,
                                       const char *help) {
  command.add_option(name, values, help)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

std::string tessera::tools::printable(StringRef text) {
  const auto *begin = reinterpret_cast<const UTF8 *>(text.begin());
  bool isUtf8 = isLegalUTF8String(&begin, begin + text.size());
  std::string result;
  for (char c : text) {
    unsigned char byte = c;
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !isUtf8)) {
      result += "\\x" + toHex(StringRef(&c, 1), /*LowerCase=*/true);
    } else {
      result += c;
    }
  }
  return result;
}

int tessera::tools::reportError(Error error) {
  handleAllErrors(std::move(error), [](const ErrorInfoBase &info) {
    WithColor::error(errs()) << printable(info.message()) << "\n";
  });
  return exitRefused;
}

Error tessera::tools::writeJson(const Json &object, StringRef path) {
  using Handler = Json::error_handler_t;
  if (path.empty()) {
    return Error::success();
  }
  if (path == "-") {
    outs() << object.dump(-1, ' ', false, Handler::replace) << "\n";
    outs().flush();
    return Error::success();
  }
  Error error = writeToOutput(path, [&](raw_ostream &stream) {
    stream << object.dump(2, ' ', false, Handler::replace) << "\n";
    return Error::success();
  });
  return error ? toolError("cannot write " + path + ": " +
                           toString(std::move(error)))
               : Error::success();
}

Error tessera::tools::createFolder(StringRef path) {
  if (std::error_code code = sys::fs::create_directories(path)) {
    return toolError("cannot create the folder " + path + ": " +
                     code.message());
  }
  return Error::success();
}

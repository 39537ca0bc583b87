//===- Regex.cpp - regular expressions as programs ------------------------===//
//
// Recursive descent into a tree of code fragments: a fragment is instructions
// with jumps relative to its start that fall through at its end.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Regex.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include <array>

using namespace llvm;

namespace tessera::import {
namespace {

enum Code : int64_t { bytes, split, atBegin, atEnd, atWord, match };
using Set = std::array<uint64_t, 4>;
using Fragment = SmallVector<std::array<int64_t, 3>>;

constexpr unsigned kMaxInstructions = 1 << 14, kMaxDepth = 200;
constexpr unsigned kMaxRepeats = 1000;

class Parser {
public:
  Parser(StringRef pattern, RegexProgram &program)
      : rest(pattern), program(program) {}

  Fragment alternatives(unsigned depth);
  bool atEndOfPattern() const { return rest.empty(); }

  std::string problem;

private:
  Fragment sequence(unsigned depth);
  Fragment repeated(unsigned depth);
  Fragment atom(unsigned depth);
  Fragment escape();
  Fragment group(unsigned depth);
  Fragment bracket();
  bool counts(unsigned &least, int &most);
  Fragment repeat(const Fragment &part, unsigned least, int most);

  Fragment setOf(const Set &set);
  char take() {
    char c = rest.empty() ? 0 : rest.front();
    rest = rest.drop_front(rest.empty() ? 0 : 1);
    return c;
  }
  void fail(const Twine &why) {
    problem = problem.empty() ? why.str() : problem;
    rest = "";
  }

  StringRef rest;
  RegexProgram &program;
};
} // namespace

static void addRange(Set &set, unsigned first, unsigned last) {
  for (unsigned c = first; c <= last && c < 256; ++c) {
    set[c / 64] |= uint64_t(1) << (c % 64);
  }
}

static Set complementOf(Set set) {
  for (uint64_t &word : set) {
    word = ~word;
  }
  return set;
}

/// `\d`, `\w`, `\s` and their complements; nothing for another letter.
static std::optional<Set> classOf(char letter) {
  Set set{};
  switch (toLower(letter)) {
  case 'd':
    addRange(set, '0', '9');
    break;
  case 'w':
    addRange(set, '0', '9');
    addRange(set, 'a', 'z');
    addRange(set, 'A', 'Z');
    addRange(set, '_', '_');
    break;
  case 's':
    for (char c : {' ', '\t', '\n', '\r', '\f'}) {
      addRange(set, c, c);
    }
    break;
  default:
    return std::nullopt;
  }
  return isUpper(letter) ? complementOf(set) : set;
}

/// The character that an escape stands for.
static char escapedCharacter(char letter) {
  switch (letter) {
  case 'n':
    return '\n';
  case 't':
    return '\t';
  case 'r':
    return '\r';
  case 'f':
    return '\f';
  case 'v':
    return '\v';
  default:
    return letter;
  }
}

Fragment Parser::setOf(const Set &set) {
  ArrayRef<int64_t> sets = program.sets;
  int64_t index = 0, count = sets.size() / 4;
  auto same = [&](int64_t at) {
    return std::equal(set.begin(), set.end(), sets.begin() + 4 * at,
                      [](uint64_t a, int64_t b) { return a == uint64_t(b); });
  };
  while (index < count && !same(index)) {
    ++index;
  }
  if (index == count) {
    program.sets.append(set.begin(), set.end());
  }
  return {{bytes, index, 0}};
}

/// One behind the other; jumps are relative to a fragment's start.
static void append(Fragment &to, const Fragment &part) {
  int64_t shift = to.size();
  for (std::array<int64_t, 3> op : part) {
    if (op[0] == split) {
      op[1] += shift;
      op[2] += shift;
    }
    to.push_back(op);
  }
}

/// Either part.
static Fragment either(const Fragment &a, const Fragment &b) {
  int64_t second = a.size() + 2, end = second + b.size();
  Fragment result = {{split, 1, second}};
  append(result, a);
  result.push_back({split, end, end});
  append(result, b);
  return result;
}

Fragment Parser::repeat(const Fragment &part, unsigned least, int most) {
  Fragment result;
  if (most >= 0 && unsigned(most) < least) {
    fail("a repetition of at least " + Twine(least) + " and at most " +
         Twine(most));
    return result;
  }
  unsigned copies = std::max<unsigned>(least, most < 0 ? 1 : most);
  if (copies > kMaxRepeats || copies * part.size() > kMaxInstructions) {
    fail("a repetition that is too large");
    return result;
  }
  for (unsigned i = 0; i < least; ++i) {
    append(result, part);
  }
  if (most < 0) {
    Fragment loop = {{split, 1, int64_t(part.size()) + 2}};
    append(loop, part);
    loop.push_back({split, 0, 0});
    append(result, loop);
  }
  for (int i = least; i < most; ++i) {
    Fragment option = {{split, 1, int64_t(part.size()) + 1}};
    append(option, part);
    append(result, option);
  }
  return result;
}

/// `{m}`, `{m,}` or `{m,n}`; anything else is text.
bool Parser::counts(unsigned &least, int &most) {
  size_t close = rest.find('}');
  if (!rest.starts_with("{") || close == StringRef::npos) {
    return false;
  }
  auto [low, high] = rest.slice(1, close).split(',');
  bool isRange = rest.slice(1, close).contains(',');
  if (low.getAsInteger(10, least)) {
    return false;
  }
  most = isRange ? -1 : int(least);
  if (isRange && !high.empty() && high.getAsInteger(10, most)) {
    return false;
  }
  rest = rest.drop_front(close + 1);
  return true;
}

Fragment Parser::repeated(unsigned depth) {
  Fragment part = atom(depth);
  while (!rest.empty()) {
    unsigned least = 0;
    int most = -1;
    if (rest.front() == '*' || rest.front() == '+' || rest.front() == '?') {
      char sign = take();
      least = sign == '+' ? 1 : 0;
      most = sign == '?' ? 1 : -1;
    } else if (!counts(least, most)) {
      break;
    }
    rest.consume_front("?"); // Whether few or many are tried first is the same.
    part = repeat(part, least, most);
  }
  return part;
}

Fragment Parser::escape() {
  char letter = take();
  if (letter == 'b' || letter == 'B') {
    return {{atWord, letter == 'b', 0}};
  }
  if (letter == 'A' || letter == 'z') {
    return {{letter == 'A' ? atBegin : atEnd, 0, 0}};
  }
  if (std::optional<Set> set = classOf(letter)) {
    return setOf(*set);
  }
  char c = escapedCharacter(letter);
  if (isAlnum(letter) && c == letter) {
    fail("the escape \\" + Twine(letter));
  }
  Set set{};
  addRange(set, uint8_t(c), uint8_t(c));
  return setOf(set);
}

Fragment Parser::group(unsigned depth) {
  if (rest.starts_with("?") && !rest.consume_front("?:")) {
    fail("the group (" + rest.take_front(2));
    return {};
  }
  Fragment inner = alternatives(depth + 1);
  if (take() != ')') {
    fail("a group without an end");
  }
  return inner;
}

Fragment Parser::bracket() {
  Set set{};
  bool isComplement = rest.consume_front("^");
  for (bool first = true; first || !rest.starts_with("]"); first = false) {
    if (rest.empty() || rest.starts_with("[:")) {
      fail(rest.empty() ? "a set without an end" : "a named class in a set");
      return {};
    }
    char c = take();
    if (c == '\\') {
      char letter = take();
      if (std::optional<Set> inner = classOf(letter)) {
        for (auto [word, more] : zip(set, *inner)) {
          word |= more;
        }
        continue;
      }
      c = escapedCharacter(letter);
    }
    char last = c;
    if (rest.size() > 1 && rest[0] == '-' && rest[1] != ']') {
      take();
      last = take();
      last = last == '\\' ? escapedCharacter(take()) : last;
    }
    addRange(set, uint8_t(c), uint8_t(last));
  }
  take();
  return setOf(isComplement ? complementOf(set) : set);
}

Fragment Parser::atom(unsigned depth) {
  char c = take();
  Set set{};
  switch (c) {
  case '(':
    return group(depth);
  case '[':
    return bracket();
  case '\\':
    return escape();
  case '^':
    return {{atBegin, 0, 0}};
  case '$':
    return {{atEnd, 0, 0}};
  case '.':
    addRange(set, '\n', '\n');
    return setOf(complementOf(set));
  case '*':
  case '+':
  case '?':
    fail("a repetition of nothing");
    return {};
  default:
    addRange(set, uint8_t(c), uint8_t(c));
    return setOf(set);
  }
}

Fragment Parser::sequence(unsigned depth) {
  Fragment result;
  while (!rest.empty() && rest.front() != '|' && rest.front() != ')') {
    append(result, repeated(depth));
    if (result.size() > kMaxInstructions) {
      fail("more than " + Twine(kMaxInstructions) + " instructions");
    }
  }
  return result;
}

Fragment Parser::alternatives(unsigned depth) {
  if (depth > kMaxDepth) {
    fail("more than " + Twine(kMaxDepth) + " groups in each other");
    return {};
  }
  Fragment result = sequence(depth);
  while (rest.consume_front("|")) {
    result = either(result, sequence(depth));
  }
  return result;
}

Expected<RegexProgram> compileRegex(StringRef pattern) {
  RegexProgram program;
  Parser parser(pattern, program);
  Fragment code = parser.alternatives(0);
  if (parser.problem.empty() && !parser.atEndOfPattern()) {
    parser.problem = "a group without a beginning";
  }
  if (!parser.problem.empty()) {
    return createStringError(inconvertibleErrorCode(),
                             "regular expressions with " + parser.problem +
                                 " are not supported");
  }
  code.push_back({match, 0, 0});
  for (const std::array<int64_t, 3> &op : code) {
    program.code.append(op.begin(), op.end());
  }
  return program;
}

} // namespace tessera::import

// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/pickle_reader.h"

#include <bit>
#include <cstring>
#include <stdexcept>
#include <unordered_map>

#include "model/base/in_quotes.h"
#include "model/weights/pickle_bytes.h"
#include "model/weights/torch_objects.h"

namespace dali {
namespace {

// Far more than the names of any model take.
constexpr std::size_t kLongestPickle = std::size_t{16} << 20;
constexpr std::size_t kMostValues = std::size_t{1} << 20;
constexpr std::size_t kDeepestStack = std::size_t{1} << 22;

class PickleMachine {
 public:
  explicit PickleMachine(std::span<const char> pickle) : bytes_(pickle) {}

  PickleDocument run() {
    while (true) {
      const auto opcode = static_cast<PickleOpcode>(bytes_.number<unsigned char>());
      if (opcode == kStop) {
        document_.root = pop();
        return std::move(document_);
      }
      if (!push_scalar(opcode) && !change_containers(opcode) && !use_memo(opcode)) {
        use_names(opcode);
      }
    }
  }

 private:
  // Each does what the opcode says, or returns false for an opcode that is not of its kind.
  bool push_scalar(PickleOpcode opcode);
  bool change_containers(PickleOpcode opcode);
  bool use_memo(PickleOpcode opcode);
  void use_names(PickleOpcode opcode);

  PickleValue* made(PickleValue value) {
    if (document_.values.size() >= kMostValues) throw PickleError("pickle has too many values");
    return &document_.values.emplace_back(std::move(value));
  }
  void push(PickleValue* value) {
    if (stack_.size() >= kDeepestStack) throw PickleError("pickle needs too deep a stack");
    stack_.push_back(value);
  }
  void push_new(PickleValue value) { push(made(std::move(value))); }

  PickleValue* top() const {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) {
      throw PickleError("pickle takes from an empty stack");
    }
    return stack_.back();
  }
  PickleValue* pop() {
    PickleValue* value = top();
    stack_.pop_back();
    return value;
  }
  std::vector<const PickleValue*> pop_many(std::size_t count) {
    std::vector<const PickleValue*> values(count);
    while (count > 0) values[--count] = pop();
    return values;
  }
  // Everything above the last mark, and the mark.
  std::vector<const PickleValue*> pop_to_mark() {
    if (marks_.empty()) throw PickleError("pickle takes from an empty stack");
    auto values = pop_many(stack_.size() - marks_.back());
    marks_.pop_back();
    return values;
  }

  template <typename Container>
  Container& top_as(const char* what) const {
    if (auto* container = std::get_if<Container>(&top()->content)) return *container;
    throw PickleError(std::string("pickle adds to a ") + what + " that is none");
  }
  void set_items(const std::vector<const PickleValue*>& keys_and_values) {
    auto& items = top_as<PickleDict>("dictionary").items;
    if (keys_and_values.size() % 2 != 0) throw PickleError("pickle has a key without a value");
    for (std::size_t i = 0; i < keys_and_values.size(); i += 2) {
      items.emplace_back(keys_and_values[i], keys_and_values[i + 1]);
    }
  }
  void append(const std::vector<const PickleValue*>& values) {
    auto& items = top_as<PickleList>("list").items;
    items.insert(items.end(), values.begin(), values.end());
  }

  std::int64_t long_number();
  void push_name(std::string_view module, std::string_view name);
  std::string_view pop_text();

  PickleBytes bytes_;
  PickleDocument document_;
  std::vector<PickleValue*> stack_;  // points into document_
  std::vector<std::size_t> marks_;   // sizes of the stack
  std::unordered_map<std::uint32_t, PickleValue*> memo_;
};

// Little-endian, of up to 8 bytes.
std::int64_t PickleMachine::long_number() {
  const std::string_view digits = bytes_.text<std::uint8_t>();
  if (digits.size() > 8) throw PickleError("pickle has a number beyond 64 bits");
  const bool is_negative = !digits.empty() && (digits.back() & 0x80) != 0;
  std::int64_t number = is_negative ? -1 : 0;
  std::memcpy(&number, digits.data(), digits.size());
  return number;
}

bool PickleMachine::push_scalar(PickleOpcode opcode) {
  switch (opcode) {
    case kNone:
      push_new({PickleNone{}});
      return true;
    case kNewTrue:
    case kNewFalse:
      push_new({opcode == kNewTrue});
      return true;
    case kBinInt:
      push_new({std::int64_t{bytes_.number<std::int32_t>()}});
      return true;
    case kBinInt1:
      push_new({std::int64_t{bytes_.number<std::uint8_t>()}});
      return true;
    case kBinInt2:
      push_new({std::int64_t{bytes_.number<std::uint16_t>()}});
      return true;
    case kLong1:
      push_new({long_number()});
      return true;
    case kBinFloat:  // the one number that is stored big-endian
      push_new({std::bit_cast<double>(__builtin_bswap64(bytes_.number<std::uint64_t>()))});
      return true;
    case kShortBinUnicode:
    case kShortBinString:
    case kShortBinBytes:
      push_new({bytes_.text<std::uint8_t>()});
      return true;
    case kBinUnicode:
    case kBinString:
    case kBinBytes:
      push_new({bytes_.text<std::uint32_t>()});
      return true;
    case kBinUnicode8:
    case kBinBytes8:
      push_new({bytes_.text<std::uint64_t>()});
      return true;
    default:
      return false;
  }
}

bool PickleMachine::change_containers(PickleOpcode opcode) {
  switch (opcode) {
    case kMark:
      if (marks_.size() >= kDeepestStack) throw PickleError("pickle needs too deep a stack");
      marks_.push_back(stack_.size());
      return true;
    case kPop:
      pop();
      return true;
    case kPopMark:
      pop_to_mark();
      return true;
    case kEmptyTuple:
      push_new({PickleTuple{}});
      return true;
    case kTuple1:
    case kTuple2:
    case kTuple3:
      push_new({PickleTuple{pop_many(std::size_t{1} + opcode - kTuple1)}});
      return true;
    case kTuple:
      push_new({PickleTuple{pop_to_mark()}});
      return true;
    case kEmptyList:
      push_new({PickleList{}});
      return true;
    case kAppend:
      append(pop_many(1));
      return true;
    case kAppends:
      append(pop_to_mark());
      return true;
    case kEmptyDict:
      push_new({PickleDict{}});
      return true;
    case kSetItem:
      set_items(pop_many(2));
      return true;
    case kSetItems:
      set_items(pop_to_mark());
      return true;
    default:
      return false;
  }
}

bool PickleMachine::use_memo(PickleOpcode opcode) {
  switch (opcode) {
    case kBinPut:
      memo_[bytes_.number<std::uint8_t>()] = top();
      return true;
    case kLongBinPut:
      memo_[bytes_.number<std::uint32_t>()] = top();
      return true;
    case kMemoize:
      memo_[static_cast<std::uint32_t>(memo_.size())] = top();
      return true;
    case kBinGet:
    case kLongBinGet: {
      const std::uint32_t index =
          opcode == kBinGet ? bytes_.number<std::uint8_t>() : bytes_.number<std::uint32_t>();
      const auto found = memo_.find(index);
      if (found == memo_.end()) throw PickleError("pickle asks for a value that it never kept");
      push(found->second);
      return true;
    }
    default:
      return false;
  }
}

void PickleMachine::push_name(std::string_view module, std::string_view name) {
  const auto known = known_pickle_name(module, name);
  if (!known) {
    throw PickleError("refuses " + in_quotes(std::string(module) + "." + std::string(name)) +
                      ": only tensors and plain containers are read");
  }
  push_new({*known});
}

std::string_view PickleMachine::pop_text() {
  const auto* text = pop()->as<std::string_view>();
  if (text == nullptr) throw PickleError("pickle has a name that is no text");
  return *text;
}

void PickleMachine::use_names(PickleOpcode opcode) {
  switch (opcode) {
    case kProto:
      if (const auto version = bytes_.number<std::uint8_t>(); version < 2 || version > 5) {
        throw PickleError("pickle has protocol " + std::to_string(version) + ", not 2 to 5");
      }
      return;
    case kFrame:
      bytes_.number<std::uint64_t>();  // how many bytes to read ahead
      return;
    case kGlobal:
    case kInst: {
      const auto module = bytes_.line();
      push_name(module, bytes_.line());
      if (opcode == kInst)
        throw PickleError("pickle makes an object in a way that torch never does");
      return;
    }
    case kStackGlobal: {
      const auto name = pop_text();
      push_name(pop_text(), name);
      return;
    }
    case kBinPersId:
      push_new({storage_of(*pop())});
      return;
    case kReduce: {
      const auto* arguments = pop()->as<PickleTuple>();
      const auto* name = pop()->as<PickleName>();
      if (arguments == nullptr || name == nullptr) {
        throw PickleError("pickle calls what cannot be called");
      }
      push_new(called(*name, *arguments));
      return;
    }
    case kBuild:
      // An OrderedDict's attributes: state_dict() notes versions there. They are of no use here.
      pop();
      top_as<PickleDict>("dictionary");
      return;
    case kNewObj:
    case kNewObjEx:
    case kObj:
      throw PickleError("pickle makes an object in a way that torch never does");
    default:
      throw PickleError("pickle has the unknown opcode " + std::to_string(opcode) + " at byte " +
                        std::to_string(bytes_.position() - 1));
  }
}

}  // namespace

PickleDocument read_pickle(std::span<const char> pickle, const std::string& source) {
  if (pickle.size() > kLongestPickle) {
    throw std::runtime_error(source + ": pickle is longer than " + std::to_string(kLongestPickle) +
                             " bytes");
  }
  try {
    return PickleMachine(pickle).run();
  } catch (const PickleError& error) {
    throw std::runtime_error(source + ": " + error.what());
  }
}

}  // namespace dali

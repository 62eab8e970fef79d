#include "flags/flag_set.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "config/encoding.hpp"
#include "config/suggestion.hpp"
#include "flags/flag_syntax.hpp"

namespace konduit::flags {
namespace {

using Sets = std::span<const std::span<const Flag>>;

std::string canonical(std::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

const Flag* find_flag(Sets sets, std::string_view name) {
  for (auto set : sets) {
    for (const Flag& flag : set) {
      if (flag.name == name) return &flag;
    }
  }
  return nullptr;
}

std::string unknown(Sets sets, std::string_view name) {
  std::vector<std::string_view> names;
  for (auto set : sets) {
    for (const Flag& flag : set) names.emplace_back(flag.name);
  }
  std::string_view near = config::nearest(name, names);
  return near.empty() ? "unknown flag; --help lists those there are"
                      : "unknown flag; did you mean --" + std::string(near) + "?";
}

/// One sentence for all of them: who has mistaken the form has mistaken it once.
std::string only_flags(std::span<const std::string_view> stray) {
  std::string text = stray.size() == 1 ? "the argument " : "the arguments ";
  std::string_view separator;
  for (std::string_view word : stray) {
    text.append(separator).append("\"").append(word).append("\"");
    separator = ", ";
  }
  return text + (stray.size() == 1 ? " is" : " are") +
         " ignored: only flags count, and a switch takes its value as in --flag=false";
}

/// A word of the command line, taken apart.
struct Written {
  std::string name;
  std::string value;
  bool has_value = false;
};

Written written(Sets sets, std::string_view word) {
  const bool one_dash = !word.starts_with("--");
  word.remove_prefix(one_dash ? 1 : 2);
  const std::size_t equals = word.find('=');
  Written result{canonical(word.substr(0, equals)), "", equals != std::string_view::npos};
  if (result.has_value) result.value = word.substr(equals + 1);
  // -v4: a letter and its value.
  if (one_dash && word.size() > 1 && find_flag(sets, result.name) == nullptr &&
      find_flag(sets, word.substr(0, 1)) != nullptr)
    return {std::string(word.substr(0, 1)), std::string(word.substr(1)), true};
  return result;
}

/// One walk over a command line.
class Reading {
 public:
  Reading(Sets sets, std::span<const std::string> words, FlagValues& values, config::Problems& problems)
      : sets_(sets), words_(words), values_(values), problems_(problems) {}

  void all() {
    for (bool only_words = false; at_ < words_.size();) {
      const std::string& word = words_[at_++];
      if (word == "--" && !std::exchange(only_words, true)) continue;
      if (only_words || word == "-" || !word.starts_with('-')) {
        stray_.emplace_back(word);
      } else {
        read_flag(written(sets_, word));
      }
    }
    if (stray_.empty()) return;
    problems_.add({.mark = {std::make_shared<const std::string>("command line"), 0, 0},
                   .what = only_flags(stray_),
                   .severity = config::Severity::warning});
  }

 private:
  void read_flag(Written given) {
    const Flag* flag = find_flag(sets_, given.name);
    if (flag == nullptr) {
      values_.error(given.name, unknown(sets_, given.name), problems_);
      // Most likely the value of the unknown flag: complaining of it as well would not help.
      if (!given.has_value && at_ < words_.size() && !words_[at_].starts_with('-')) ++at_;
      return;
    }
    if (!given.has_value) {
      if (flag->type == FlagType::boolean) {
        given.value = "true";
      } else if (at_ < words_.size()) {
        given.value = words_[at_++];
      } else {
        return values_.error(given.name, "needs a value", problems_);
      }
    }
    if (const std::string fault = fault_of(flag->type, given.value); !fault.empty()) {
      return values_.error(given.name, fault + ", found \"" + given.value + "\"", problems_);
    }
    // A document cannot hold it.
    if (const auto illegal = config::find_illegal_text(given.value)) {
      return values_.error(given.name, illegal->what, problems_);
    }
    if (flag->use != FlagUse::live && !values_.given(flag->name)) {
      values_.warn(given.name, std::string("has no effect: ") + flag->summary, problems_);
    }
    values_.set(*flag, std::move(given.value));
  }

  const Sets sets_;
  const std::span<const std::string> words_;
  FlagValues& values_;
  config::Problems& problems_;
  std::size_t at_ = 0;
  std::vector<std::string_view> stray_;
};

}  // namespace

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    if (!part.empty()) parts.emplace_back(part);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return parts;
}

FlagValues parse_flags(Sets sets, std::span<const std::string> arguments, config::Problems& problems) {
  FlagValues values;
  for (auto set : sets) {
    for (const Flag& flag : set) values.declare(flag);
  }
  Reading(sets, arguments, values, problems).all();
  return values;
}

}  // namespace konduit::flags

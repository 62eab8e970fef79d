#include "telemetry/symbols.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <optional>

namespace konduit::telemetry {
namespace {

struct Free {
  void operator()(char* text) const noexcept { std::free(text); }
};

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, Free> text(abi::__cxa_demangle(name, nullptr, nullptr, &status));
  return status == 0 && text ? std::string(text.get()) : std::string(name);
}

std::string hexadecimal(std::uintptr_t number) {
  char digits[2 * sizeof number];
  const auto end = std::to_chars(digits, digits + sizeof digits, number, 16).ptr;
  return "0x" + std::string(digits, end);
}

std::optional<std::uintptr_t> parse_address(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  std::uintptr_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string symbol_at(std::uintptr_t address) {
  Dl_info object{};
  void* entry = nullptr;
  const void* place = reinterpret_cast<const void*>(address);
  if (::dladdr1(place, &object, &entry, RTLD_DL_SYMENT) == 0 || object.dli_fname == nullptr) return {};
  const auto* found = static_cast<const ElfW(Sym)*>(entry);
  // The nearest exported name before an address may be that of another function.
  if (object.dli_sname != nullptr && found != nullptr &&
      address - reinterpret_cast<std::uintptr_t>(object.dli_saddr) < std::max<std::size_t>(found->st_size, 1)) {
    return demangled(object.dli_sname);
  }
  std::string_view file = object.dli_fname;
  file.remove_prefix(file.rfind('/') == std::string_view::npos ? 0 : file.rfind('/') + 1);
  return std::string(file) + "+" + hexadecimal(address - reinterpret_cast<std::uintptr_t>(object.dli_fbase));
}

std::string symbol_page(std::string_view addresses) {
  std::string page = "num_symbols: 1\n";
  while (!addresses.empty()) {
    const std::string_view word = addresses.substr(0, addresses.find_first_of("+\r\n "));
    addresses.remove_prefix(std::min(word.size() + 1, addresses.size()));
    const auto address = parse_address(word);
    if (!address || *address == 0) continue;
    if (const std::string name = symbol_at(*address); !name.empty()) page += hexadecimal(*address) + " " + name + "\n";
  }
  return page;
}

}  // namespace konduit::telemetry

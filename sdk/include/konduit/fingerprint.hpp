#pragma once

#include <openssl/opensslv.h>
#include <boost/version.hpp>

#include <cstddef>

// What must be equal on both sides of the plugin boundary, as text that the core can compare key by key. Macros,
// because it also goes into an ELF note, which needs a string literal.

#define KONDUIT_TEXT_(x) #x
#define KONDUIT_TEXT(x) KONDUIT_TEXT_(x)

#if !defined(__GXX_ABI_VERSION)
#error "konduit needs a compiler with the Itanium C++ ABI"
#endif
#if !defined(__GLIBCXX__)
#error "konduit needs libstdc++"
#endif
#if defined(__clang__) && __clang_major__ < 16
#error "konduit needs clang 16 or newer: older coroutines do not work with Asio 1.81"
#endif
#if !defined(BOOST_ASIO_SEPARATE_COMPILATION) || !defined(BOOST_ASIO_DYN_LINK)
#error "Asio must come from the core library: compile with the definitions of konduit::sdk (konduit_add_plugin does)"
#endif

#if _GLIBCXX_USE_CXX11_ABI
#define KONDUIT_FP_STRING "cxx11"
#else
#define KONDUIT_FP_STRING "legacy"
#endif
#if defined(__SANITIZE_ADDRESS__)
#define KONDUIT_FP_SANITIZER "address"
#elif defined(__SANITIZE_THREAD__)
#define KONDUIT_FP_SANITIZER "thread"
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KONDUIT_FP_SANITIZER "address"
#elif __has_feature(thread_sanitizer)
#define KONDUIT_FP_SANITIZER "thread"
#endif
#endif
#if !defined(KONDUIT_FP_SANITIZER)
#define KONDUIT_FP_SANITIZER "none"
#endif

#if defined(__x86_64__)
#define KONDUIT_FP_ARCH "x86_64"
#elif defined(__aarch64__)
#define KONDUIT_FP_ARCH "aarch64"
#else
#define KONDUIT_FP_ARCH "other"
#endif

/// `key=value` pairs separated by ';'.
#define KONDUIT_FINGERPRINT                                                                               \
  "cxxabi=itanium;stdlib=libstdc++;string=" KONDUIT_FP_STRING ";boost=" BOOST_LIB_VERSION                 \
  ";asio=separate,shared;openssl=" KONDUIT_TEXT(OPENSSL_VERSION_MAJOR) ";sanitizer=" KONDUIT_FP_SANITIZER \
                                                                       ";arch=" KONDUIT_FP_ARCH

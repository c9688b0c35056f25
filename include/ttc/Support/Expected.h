//===- Expected.h - a value or an error message for the user ---------------===//
//
// Used where no MLIR diagnostics exist: readers, device files, the runtime.
// The message says what was expected, what was found and where.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_SUPPORT_EXPECTED_H
#define TTC_SUPPORT_EXPECTED_H

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace ttc {

struct [[nodiscard]] Error {
  std::string message;
};

template <typename T> class [[nodiscard]] Expected {
public:
  Expected(T value) : state(std::in_place_index<0>, std::move(value)) {}
  Expected(Error error) : state(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state.index() == 0; }
  T &operator*() & { return std::get<0>(state); }
  const T &operator*() const & { return std::get<0>(state); }
  T &&operator*() && { return std::get<0>(std::move(state)); }
  T *operator->() { return &std::get<0>(state); }
  const T *operator->() const { return &std::get<0>(state); }
  const Error &error() const {
    assert(!*this && "no error to take");
    return std::get<1>(state);
  }

private:
  std::variant<T, Error> state;
};

/// Success, or an error.
template <> class [[nodiscard]] Expected<void> {
public:
  Expected() = default;
  Expected(Error error) : failure(std::move(error)), failed(true) {}
  explicit operator bool() const { return !failed; }
  const Error &error() const { return failure; }

private:
  Error failure;
  bool failed = false;
};

} // namespace ttc

#endif

// Where exceptions leave the library: each is one of the three of chainrule/error.h.
#pragma once

#include <exception>
#include <functional>
#include <utility>

namespace chainrule {

// For a public function's catch (...): throws what is being handled as one of the three. Memory
// that is not there and what the operating system refuses are DataErrors; whatever else the library
// did not mean to throw is an InternalError.
[[noreturn]] void throw_ours();

// What a caller's own function throws is no error of the library and leaves it as it is.
class CallersFunctions {
 public:
  template <class F, class... Arguments>
  auto call(const F& function, Arguments&&... arguments) {
    try {
      return function(std::forward<Arguments>(arguments)...);
    } catch (...) {
      thrown_ = std::current_exception();
      throw;
    }
  }

  // A function that calls the given one, or nothing where there is none. This must outlive it.
  template <class Result, class... Arguments>
  std::function<Result(Arguments...)> wrapped(std::function<Result(Arguments...)> function) {
    if (!function) return function;
    return [this, own = std::move(function)](Arguments... arguments) -> Result {
      return call(own, std::forward<Arguments>(arguments)...);
    };
  }

  // For the catch (...) of those that call such functions.
  [[noreturn]] void throw_ours_or_theirs() const;

 private:
  std::exception_ptr thrown_;
};

}  // namespace chainrule

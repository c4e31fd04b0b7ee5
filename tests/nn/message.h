// What a UsageError said, so that tests can claim its exact words.
#pragma once

#include <string>

#include "chainrule/error.h"

namespace chainrule {

template <class Act>
std::string message(Act act) {
  try {
    act();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no UsageError";
}

}  // namespace chainrule

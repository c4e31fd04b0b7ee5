#include "base/boundary.h"

#include <filesystem>
#include <new>
#include <stdexcept>
#include <system_error>

#include "chainrule/error.h"

namespace chainrule {
namespace {

// Made before anything else, for there will be no memory to make it with. Copying it takes none.
const DataError no_memory(
    {}, "there is not enough memory for this; try a smaller network or less data");

}  // namespace

void throw_ours() {
  try {
    try {
      throw;
    } catch (const UsageError&) {
      throw;
    } catch (const DataError&) {
      throw;
    } catch (const InternalError&) {
      throw;
    } catch (const std::filesystem::filesystem_error& error) {
      throw DataError({error.path1().string()}, "cannot be used: " + error.code().message());
    } catch (const std::system_error& error) {
      throw DataError({}, std::string("the operating system refuses: ") + error.what());
    } catch (const std::bad_alloc&) {
      throw no_memory;  // NOLINT(misc-throw-by-value-catch-by-reference): made while there was some
    } catch (const std::length_error&) {  // more than any memory could hold
      throw no_memory;  // NOLINT(misc-throw-by-value-catch-by-reference): made while there was some
    } catch (const std::exception& error) {
      throw InternalError(error.what());
    } catch (...) {
      throw InternalError("something was thrown that is no error");
    }
  } catch (const std::bad_alloc&) {  // not even for the message
    throw no_memory;  // NOLINT(misc-throw-by-value-catch-by-reference): made while there was some
  }
}

void CallersFunctions::throw_ours_or_theirs() const {
  if (thrown_ != nullptr) std::rethrow_exception(thrown_);
  throw_ours();
}

}  // namespace chainrule

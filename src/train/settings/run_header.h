// What everything that a run writes says of itself: by whom, in which form, and of which run.
#pragma once

#include <string>
#include <string_view>

#include "chainrule/error.h"
#include "chainrule/run.h"

namespace chainrule {

// The form of a run's files. 0: those of before they had a header and hashes. A release that
// changes the form counts on, and reads all earlier ones or refuses them in one line.
inline constexpr int newest_format = 1;

// The arithmetic that a run's bits belong to: the order of every sum, the elementary functions, how
// random numbers are drawn. Within one layout they depend on no processor, compiler or C library
// (docs/exact.md). A release that changes a bit of any run counts on. 0: that of before there were
// numbers, which differed between instruction sets.
inline constexpr int newest_layout = 1;

struct RunHeader {
  int format = 0;
  std::string version{};          // of the program
  std::string run{};              // its id
  std::string instruction_set{};  // that computed it
  int layout = 0;                 // of the arithmetic

  bool operator==(const RunHeader&) const = default;
};

// What this program on this machine writes of a run.
RunHeader header_of(std::string run);

// A hash of what decides a run's numbers: settings, data and seed. Not of where its data lies, of
// threads and of checkpoints: equal runs have one id, wherever they were made.
std::string run_id(const RunConfig& config);

// Throws DataError: what is wrong with a file of a run, and the way out.
[[noreturn]] void refuse_damaged(const FilePlace& where, const std::string& what);

// Throws DataError for a format that this program does not know, with the version that does.
void require_known(const RunHeader& header, const std::string& path);

// What to say where the run's bits are of another layout than this program's; "" where they are
// not.
Text layout_note(const RunHeader& header, const std::string& folder);

// "format 1, layout 1, chainrule 0.1.0, run 0123456789abcdef, avx512"
std::string to_text(const RunHeader& header);

}  // namespace chainrule

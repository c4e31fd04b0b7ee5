#include "launched.h"

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <dlfcn.h>
#include <fmt/format.h>

#include "base/display.h"
#include "chainrule/error.h"
#include "terminal.h"

struct Launched::Library {
  chainrule::Communicator* (*begin)() = nullptr;
  void (*end)(chainrule::Communicator*) = nullptr;
  void (*abort)(int) = nullptr;
};

// Open MPI's, MPICH's and Slurm's word to the processes that they start.
bool is_rank() {
  constexpr std::array names{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMI_RANK", "PMIX_RANK",
                             "MPI_LOCALNRANKS"};
  for (const char* name : names)
    if (std::getenv(name) != nullptr) return true;  // NOLINT: no other thread writes it
  return false;
}

namespace {

constexpr const char* library_name = "libchainrule_mpi.so";

// Beside the program, or where it is installed; MPI's own parts look for its symbols among all.
void* open_library() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (const auto& folder : {program, program.parent_path() / "lib"})
    if (void* found = ::dlopen((folder / library_name).c_str(), RTLD_NOW | RTLD_GLOBAL))
      return found;
  const char* why = ::dlerror();
  throw chainrule::DataError(
      {}, fmt::format("started as one of several ranks, but {} cannot be loaded ({}); build "
                      "Chainrule where MPI's headers are, such as those of libopenmpi-dev",
                      library_name, why == nullptr ? "not found" : why));
}

// How many the starter says that there are; 0 where it does not.
int announced_ranks() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"})
    if (const char* told = std::getenv(name))  // NOLINT: no other thread writes it
      return static_cast<int>(std::strtol(told, nullptr, 10));
  return 0;
}

template <class Function>
void find_function(void* library, const char* name, Function*& to) {
  to = reinterpret_cast<Function*>(::dlsym(library, name));  // NOLINT: what POSIX has dlsym for
  if (to == nullptr)
    throw chainrule::DataError({}, fmt::format("{} is of another version", library_name));
}

}  // namespace

Launched::Launched(std::unique_ptr<Library> library)
    : library_(std::move(library)), ranks_(library_->begin()) {}

Launched::~Launched() { library_->end(ranks_); }

std::unique_ptr<Launched> Launched::find() {
  if (!is_rank()) return nullptr;
  void* opened = open_library();
  auto library = std::make_unique<Library>();
  find_function(opened, "chainrule_mpi_begin", library->begin);
  find_function(opened, "chainrule_mpi_end", library->end);
  find_function(opened, "chainrule_mpi_abort", library->abort);
  std::unique_ptr<Launched> launched(new Launched(std::move(library)));
  // With another MPI than that which started it each process would be a run of its own.
  if (const int told = announced_ranks(); told > 1 && launched->ranks_->size() == 1)
    throw chainrule::DataError(
        {},
        fmt::format("started as one of {} ranks, but by another MPI than {} is built for; start "
                    "it with that one's mpirun, or build with -DMPI_CXX_COMPILER",
                    told, library_name));
  return launched;
}

// What is wrong on all of them is told by rank 0, which the others leave time to.
void Launched::abort(const std::string& what, int exit_code) {
  if (ranks_->rank() > 0) std::this_thread::sleep_for(std::chrono::seconds(3));
  const std::string who =
      ranks_->rank() == 0 ? "" : fmt::format("rank {} on {}: ", ranks_->rank(), ranks_->place());
  message(styled("chainrule:", Style::red, stderr) + " " + chainrule::visible(who + what) + "\n");
  library_->abort(exit_code);
  std::abort();
}

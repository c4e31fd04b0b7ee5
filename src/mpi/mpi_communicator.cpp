#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "chainrule/mpi.h"

namespace chainrule {
namespace {

// Larger messages wait for the receiver's word, which over TCP comes behind what it sends itself:
// then both ways take turns. Open MPI and MPICH send this much at once.
constexpr std::size_t piece = std::size_t{48} << 10;
constexpr int tag = 1;

// A file in memory, mapped; null where it is not there or there is no room. A new one has all its
// pages at once: one that is missing later would end the program.
void* mapped_file(const char* name, std::size_t bytes, bool is_new) {
  constexpr mode_t own = 0600;
  const int file = ::shm_open(name, is_new ? O_CREAT | O_EXCL | O_RDWR : O_RDWR, own);
  if (file < 0) return nullptr;
  void* memory = nullptr;
  if (!is_new || ::posix_fallocate(file, 0, static_cast<off_t>(bytes)) == 0)
    memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
  ::close(file);
  if (memory == MAP_FAILED) memory = nullptr;
  if (memory == nullptr && is_new) ::shm_unlink(name);
  return memory;
}

class MpiCommunicator : public Communicator {
 public:
  explicit MpiCommunicator(MPI_Comm ranks) {
    MPI_Comm_dup(ranks, &ranks_);
    MPI_Comm_rank(ranks_, &rank_);
    MPI_Comm_size(ranks_, &size_);
    MPI_Comm here = MPI_COMM_NULL;
    MPI_Comm_split_type(ranks_, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here);
    MPI_Comm_size(here, &on_this_machine_);
    MPI_Comm_free(&here);
    int level = MPI_THREAD_SINGLE;
    MPI_Query_thread(&level);
    may_change_threads_ = level >= MPI_THREAD_SERIALIZED;
    std::array<char, MPI_MAX_PROCESSOR_NAME> name{};
    int length = 0;
    MPI_Get_processor_name(name.data(), &length);
    place_.assign(name.data(), static_cast<std::size_t>(length));
  }
  ~MpiCommunicator() override { MPI_Comm_free(&ranks_); }
  MpiCommunicator(const MpiCommunicator&) = delete;
  MpiCommunicator& operator=(const MpiCommunicator&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  int on_this_machine() const override { return on_this_machine_; }
  std::string place() const override { return place_; }
  bool may_change_threads() const override { return may_change_threads_; }

  void exchange(int with, std::span<const std::byte> send, std::span<std::byte> receive) override {
    requests_.clear();
    for (; !receive.empty(); receive = receive.subspan(std::min(receive.size(), piece)))
      MPI_Irecv(receive.data(), static_cast<int>(std::min(receive.size(), piece)), MPI_BYTE, with,
                tag, ranks_, &requests_.emplace_back());
    for (; !send.empty(); send = send.subspan(std::min(send.size(), piece)))
      MPI_Isend(send.data(), static_cast<int>(std::min(send.size(), piece)), MPI_BYTE, with, tag,
                ranks_, &requests_.emplace_back());
    MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE);
  }

  // Rank 0 makes a file and tells its name, which goes as soon as all have opened it.
  std::shared_ptr<std::byte> shared_memory(std::size_t bytes) override {
    if (size_ == 1 || on_this_machine_ < size_ || bytes == 0) return nullptr;
    const std::string words =
        "/chainrule-" + std::to_string(::getpid()) + "-" + std::to_string(files_++);
    std::array<char, 64> name{};
    std::ranges::copy(words, name.begin());
    void* memory = rank_ == 0 ? mapped_file(name.data(), bytes, true) : nullptr;
    if (memory == nullptr) name[0] = '\0';
    MPI_Bcast(name.data(), static_cast<int>(name.size()), MPI_CHAR, 0, ranks_);
    if (name[0] == '\0') return nullptr;
    if (rank_ > 0) memory = mapped_file(name.data(), bytes, false);
    int has_memory = memory != nullptr ? 1 : 0, all_have = 0;
    MPI_Allreduce(&has_memory, &all_have, 1, MPI_INT, MPI_MIN, ranks_);
    if (rank_ == 0) ::shm_unlink(name.data());
    if (memory == nullptr) return nullptr;
    std::shared_ptr<std::byte> shared(static_cast<std::byte*>(memory),
                                      [bytes](std::byte* own) { ::munmap(own, bytes); });
    return all_have != 0 ? shared : nullptr;
  }

 private:
  MPI_Comm ranks_ = MPI_COMM_NULL;
  int rank_ = 0, size_ = 1, on_this_machine_ = 1;
  bool may_change_threads_ = false;
  std::string place_;
  int files_ = 0;  // made for shared memory so far
  std::vector<MPI_Request> requests_;
};

}  // namespace

std::unique_ptr<Communicator> mpi_communicator(MPI_Comm ranks) {
  return std::make_unique<MpiCommunicator>(ranks);
}

}  // namespace chainrule

chainrule::Communicator* chainrule_mpi_begin() {
  int is_there = 0;
  MPI_Initialized(&is_there);
  // One thread at a time calls MPI: the one that trains, or one that exchanges meanwhile.
  if (is_there == 0) MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &is_there);
  return chainrule::mpi_communicator(MPI_COMM_WORLD).release();
}

void chainrule_mpi_end(chainrule::Communicator* ranks) {
  delete ranks;  // NOLINT(cppcoreguidelines-owning-memory): C's way of giving it back
  MPI_Finalize();
}

void chainrule_mpi_abort(int exit_code) { MPI_Abort(MPI_COMM_WORLD, exit_code); }

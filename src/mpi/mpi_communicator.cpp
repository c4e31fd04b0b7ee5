#include <algorithm>
#include <array>
#include <vector>

#include "chainrule/mpi.h"

namespace chainrule {
namespace {

// Larger messages wait for the receiver's word, which over TCP comes behind what it sends itself:
// then both ways take turns. Open MPI and MPICH send this much at once.
constexpr std::size_t piece = std::size_t{48} << 10;
constexpr int tag = 1;

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

 private:
  MPI_Comm ranks_ = MPI_COMM_NULL;
  int rank_ = 0, size_ = 1, on_this_machine_ = 1;
  std::string place_;
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
  // One thread at a time calls MPI, the one that trains.
  if (is_there == 0) MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &is_there);
  return chainrule::mpi_communicator(MPI_COMM_WORLD).release();
}

void chainrule_mpi_end(chainrule::Communicator* ranks) {
  delete ranks;  // NOLINT(cppcoreguidelines-owning-memory): C's way of giving it back
  MPI_Finalize();
}

void chainrule_mpi_abort(int exit_code) { MPI_Abort(MPI_COMM_WORLD, exit_code); }

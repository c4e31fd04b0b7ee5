// Ranks over MPI, for programs that link chainrule_mpi. The program `chainrule` needs no MPI: it
// loads that library where mpirun, srun or the like has started it.
#pragma once

#include <memory>

#include <mpi.h>

#include "chainrule/communicator.h"

namespace chainrule {

// MPI has been initialised, and is finalised after this has gone. It works in a duplicate of the
// communicator, so that its messages meet no others. If a rank is gone, MPI ends the job.
std::unique_ptr<Communicator> mpi_communicator(MPI_Comm ranks);

}  // namespace chainrule

// For programs that load the library: the ranks of MPI_COMM_WORLD, and the end of all of them.
// begin initialises MPI where nobody has; abort does not return.
extern "C" {
chainrule::Communicator* chainrule_mpi_begin();
void chainrule_mpi_end(chainrule::Communicator* ranks);
void chainrule_mpi_abort(int exit_code);
}

#ifndef EVERTOKEN_SERVER_BROKER_KEEP_ALIVE_SHARE_H_
#define EVERTOKEN_SERVER_BROKER_KEEP_ALIVE_SHARE_H_

#include <algorithm>

namespace evertoken {

// Which part of a process's work on the due queue one loop does.
struct KeepAliveShare {
  int seat = 0;
  int seats = 1;  // loops of the process
  // Of the whole process; see KeepAlive in server_config.proto.
  double rate = 200;
  int concurrent = 500;

  // What this loop may do of it, at a queue with so many shards: loops beyond them have nothing to do.
  double LoopRate(int shards) const { return rate / WorkingSeats(shards); }
  int LoopConcurrent(int shards) const { return std::max(1, concurrent / WorkingSeats(shards)); }

 private:
  int WorkingSeats(int shards) const { return std::max(1, std::min(seats, shards)); }
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_KEEP_ALIVE_SHARE_H_

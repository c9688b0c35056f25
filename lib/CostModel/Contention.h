//===- Contention.h - what transfers cost each other ------------------------===//
//
// Cores of a program do the same things at the same time, so what one moves up to a
// barrier meets what the others move up to the same barrier: on links, at ports, at
// DRAM channels. Here the bytes of all cores are summed up for each of these along
// the simulator's routes (NocMap). A resource is busy for its sum; a core that moves
// a part of it over that resource waits as long as max-min fair flows that start
// together would, until the resource has carried everybody's.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_LIB_COSTMODEL_CONTENTION_H
#define TTC_LIB_COSTMODEL_CONTENTION_H

#include "Playback.h"
#include "ttc/Device/NocMap.h"

namespace ttc::cost {

/// Sets `drain` and `tail` of the recording's transfers.
void shareOut(const DeviceSpec &spec, const NocMap &map, Recording &recording);

} // namespace ttc::cost

#endif

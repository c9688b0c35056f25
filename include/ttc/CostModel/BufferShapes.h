//===- BufferShapes.h - addresses of buffers that have no address yet --------===//
#ifndef TTC_COSTMODEL_BUFFERSHAPES_H
#define TTC_COSTMODEL_BUFFERSHAPES_H

#include "ttc/CostModel/ProgramBuilder.h"
#include "ttc/Program/BufferAccess.h"

namespace ttc {

/// What decides where the buffer's pages lie; its address is 0.
BufferShape shapeOf(const BufferDesc &desc);

} // namespace ttc

#endif
